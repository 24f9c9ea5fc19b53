"""Read the latest message: what it is about, what it names, and where it only asks back or gives nothing."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker

from actions._heard import words_of
from bridge.usecases import wording

# An answer that holds a value may come with any intent; without one, only these still try to answer.
TRIES = {"inform", "nlu_fallback"}
_RECENT = 10
"""So many messages of a person count when it is asked how angry they are."""


def requested(tracker: Tracker) -> str | None:
    """Return the slot whose question stands open."""
    slot = tracker.get_slot("requested_slot")
    return str(slot) if slot else None


def intent_of(tracker: Tracker) -> str:
    """Return the intent of the latest message."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


def is_sure(tracker: Tracker, confidence: float = 0.8) -> bool:
    """Tell whether the latest message was understood with some confidence."""
    return float((tracker.latest_message.get("intent") or {}).get("confidence") or 0) >= confidence


def text_of(tracker: Tracker) -> str:
    """Return what the person typed of the wish that is answered now; of a button, the words that it carries."""
    return words_of(tracker)


def entity(tracker: Tracker, name: str) -> str | None:
    """Return the last entity of this name in the latest message: in "not 1001, 1002" the later one is meant."""
    values = [str(value) for value in tracker.get_latest_entity_values(name)]
    return values[-1] if values else None


def number_beside_postcode(tracker: Tracker) -> str | None:
    """Return the order number: in "1001 94107" the one that is no postcode."""
    values = [str(value) for value in tracker.get_latest_entity_values("order_number")]
    others = [value for value in values if value != entity(tracker, "postcode")]
    return (others or values or [None])[-1]


def asks_back(tracker: Tracker) -> bool:
    """Tell whether a message asks what our question means, or why we ask it, instead of answering."""
    if intent_of(tracker) == "explain":
        return True
    unclear = intent_of(tracker) in TRIES or not wording.has_words(text_of(tracker))
    return unclear and not tracker.latest_message.get("entities") and wording.asks_back(text_of(tracker))


def gives_nothing(tracker: Tracker) -> bool:
    """Tell whether a message says no more than that there is no answer: "idk", "don't have it", "…"."""
    text = text_of(tracker)
    if tracker.latest_message.get("entities") or not text:
        return False
    says_nothing = intent_of(tracker) in TRIES and not wording.has_words(text)
    return says_nothing or intent_of(tracker) == "deny" or wording.gives_nothing(text)


def times_angry(tracker: Tracker) -> int:
    """Count the angry ones among the last messages; 0 unless the latest is one."""
    said = [event for event in tracker.events if event.get("event") == "user"][-_RECENT:]
    angry = [_is_angry(event.get("parse_data") or event) for event in said]
    latest = _is_angry(tracker.latest_message)
    return max(1, sum(angry)) if latest else 0


def _typed(message: dict[str, Any]) -> str:
    text = str(message.get("text") or "").strip()
    return "" if text.startswith("/") else text


def _is_angry(message: dict[str, Any]) -> bool:
    return (message.get("intent") or {}).get("name") == "complain" or wording.is_angry(_typed(message))
