"""Unclear messages: which of two wishes, in other words, or by another way."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bridge.bootstrap import shared
from bridge.model.outcome import BackendState

Message = dict[str, Any]
FALLBACK = "nlu_fallback"
# Two wishes are worth a question if the second is at least this likely, and half as likely as the first.
_LIKELY = 0.1
_CARRIED = 400
"""Characters of the unclear words that a button carries on; a payload has 2,000 at most."""


class ActionAskAgain(Action):
    """Ask which of two close wishes is meant, or to rephrase; the second time in a row offer a ticket or a person."""

    def name(self) -> str:
        return "action_ask_again"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        said = unclear_in_a_row(tracker)
        titles = shared().speech.labels["wishes"]
        close = close_wishes(tracker.latest_message.get("intent_ranking") or [], titles)
        if not _is_typed(tracker.latest_message):
            dispatcher.utter_message(response="utter_dialog_neither")
        elif len(said) > 1:
            ticket = payload("create_ticket", said)
            dispatcher.utter_message(response="utter_dialog_unclear_again", ticket_payload=ticket)
        elif close:
            dispatcher.utter_message(response="utter_dialog_which", **_choice(close, titles, said))
        else:
            dispatcher.utter_message(response="utter_dialog_nlu_fallback")
        return [SlotSet("backend_state", BackendState.DONE.value)]


def unclear_in_a_row(tracker: Tracker) -> list[Message]:
    """Return the typed messages since something was understood for the last time, oldest first."""
    said: list[Message] = []
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            parsed = {**(event.get("parse_data") or {}), "text": event.get("text")}
            if (parsed.get("intent") or {}).get("name") != FALLBACK:
                break
            if _is_typed(parsed):
                said.insert(0, parsed)
    return said


def close_wishes(ranking: list[dict[str, Any]], titles: dict[str, str]) -> tuple[str, str] | None:
    """Return the two intents that a message may mean, if both are wishes that can be named."""
    guesses = [guess for guess in ranking if guess["name"] != FALLBACK][:2]
    if len(guesses) < 2 or not all(guess["name"] in titles for guess in guesses):
        return None
    first, second = guesses
    near = second["confidence"] >= max(_LIKELY, first["confidence"] / 2)
    return (str(first["name"]), str(second["name"])) if near else None


def payload(intent: str, said: list[Message]) -> str:
    """Return what a button sends so that nothing has to be said twice: the wish, what was named, and the words."""
    named = {
        one["entity"]: one["value"]
        for message in said
        for one in message.get("entities") or []
        if not one.get("role") and one["entity"] != "language"
    }
    words = "\n".join(str(message["text"]).strip() for message in said)
    content = {**named, "said": words[-_CARRIED:]}
    return f"/{intent}{json.dumps(content, ensure_ascii=False)}"


def _choice(close: tuple[str, str], titles: dict[str, str], said: list[Message]) -> dict[str, str]:
    values = {}
    for place, intent in zip(("first", "second"), close, strict=True):
        title = titles[intent]
        values[place] = title
        values[f"{place}_title"] = title[:1].upper() + title[1:]
        values[f"{place}_payload"] = payload(intent, said)
    return values


def _is_typed(message: Message) -> bool:
    return not str(message.get("text") or "").strip().startswith("/")
