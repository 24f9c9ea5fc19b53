"""Hear a message rightly: its words that count now, and whether the question was misunderstood before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

_UNCLEAR = ("_unclear", "_spelled_out", "_nlu_fallback", "_out_of_scope", "_unclear_twice")
"""How the responses end that say that an answer was not understood."""


def words_of(tracker: Tracker, *, whole: bool = False) -> str:
    """Return what the person typed; of a button, the words of an unclear message that it carries, if any.

    Args:
        whole: also of a message with two wishes, of which only the first is answered now.
    """
    text = str(tracker.latest_message.get("text") or "").strip()
    if text.startswith("/"):
        return str(next(tracker.get_latest_entity_values("said"), ""))
    first = (tracker.latest_message.get("next_wish") or {}).get("first")
    return str(first or text) if not whole else text


def missed_before(tracker: Tracker) -> bool:
    """Tell whether the message before the latest one answered the same question, and was not understood."""
    said = [place for place, event in enumerate(tracker.events) if event.get("event") == "user"][-2:]
    if len(said) < 2 or not tracker.get_slot("requested_slot"):
        return False
    before, latest = said
    asked = _question(tracker.events[:before]) == tracker.get_slot("requested_slot")
    return asked and any(_says_unclear(event) for event in tracker.events[before:latest])


def offer_person_if_missed_again(dispatcher: CollectingDispatcher, tracker: Tracker, events: list[EventType]) -> None:
    """Offer a person where a form has just refused the second answer in a row to its question."""
    slot = tracker.get_slot("requested_slot")
    refused = any(event.get("name") == slot and event["value"] is None for event in events)
    if refused and missed_before(tracker):
        dispatcher.utter_message(response="utter_dialog_unclear_twice")


def _question(events: Sequence[dict[str, Any]]) -> Any:
    for event in reversed(events):
        if event.get("event") == "slot" and event.get("name") == "requested_slot":
            return event.get("value")
    return None


def _says_unclear(event: dict[str, Any]) -> bool:
    response = str((event.get("metadata") or {}).get("utter_action") or "")
    return event.get("event") == "bot" and response.endswith(_UNCLEAR)
