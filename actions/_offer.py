"""What was offered before the latest message, and which message that offer answered."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker

from actions._message import intent_of, requested

# Messages whose answer offers a ticket as one way on among others: they do not say what it would be about.
_TELLS_NOTHING = {"greet", "goodbye", "thank", "affirm", "deny", "stop", "help", "bot_challenge", "inform", "complain"}
_TELLS_NOTHING |= {"give_feedback", "explain", "try_again", "out_of_scope", "nlu_fallback"}


def offered(tracker: Tracker, turns: int = 2) -> tuple[list[str], dict[str, Any]]:
    """Return the payloads of the last buttons that were shown, and the message that they answered.

    Args:
        turns: how many messages of the person, besides the latest, an offer survives.
    """
    buttons: list[str] = []
    for event in reversed(tracker.events[: _start_of_turn(tracker)]):
        if event.get("event") == "bot" and not buttons:
            shown = (event.get("data") or {}).get("buttons") or []
            buttons = [str(button.get("payload")) for button in shown]
        if event.get("event") == "user":
            if buttons:
                return buttons, dict(event)
            turns -= 1
            if turns == 0:
                break
    return buttons, {}


def _start_of_turn(tracker: Tracker) -> int:
    places = [place for place, event in enumerate(tracker.events) if event.get("event") == "user"]
    return places[-1] if places else 0


def told_before(tracker: Tracker) -> str | None:
    """Return the message that was answered by the offer of a ticket, where the offer is what was just taken."""
    before = _offered_for(tracker)
    text = str(before.get("text") or "")
    return text if text and not text.startswith("/") else None


def order_before(tracker: Tracker) -> str | None:
    """Return the order that message named."""
    entities = (_offered_for(tracker).get("parse_data") or {}).get("entities") or []
    numbers = [str(one["value"]) for one in entities if one.get("entity") == "order_number" and not one.get("role")]
    return numbers[-1] if numbers else None


def _offered_for(tracker: Tracker) -> dict[str, Any]:
    if requested(tracker):
        return {}
    takes = intent_of(tracker) == "affirm" or str(tracker.latest_message.get("text") or "").startswith("/create_ticket")
    payloads, message = offered(tracker)
    known = ((message.get("parse_data") or {}).get("intent") or {}).get("name")
    return message if takes and "/create_ticket" in payloads and known not in _TELLS_NOTHING else {}
