"""What all forms share: telling an answer from a change of subject, and asking again kindly."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._heard import offer_person_if_missed_again, words_of
from bridge.errors import InvalidError

Slots = dict[str, Any]

# An answer that holds a value may come with any of these intents; without one, only the first two still try to answer.
_TRIES = {"inform", "nlu_fallback"}
_ANSWERS = _TRIES | {"affirm", "deny", "out_of_scope"}
# What stops even free text, if it is short: "please call me in the morning, not later" is to be written down.
_BREAKS = {"stop", "talk_to_human", "help", "bot_challenge"}


class Form(FormValidationAction, ABC):
    """Check the slots of a form; whatever becomes of its action, a bare value or a "yes" comes back to it."""

    @abstractmethod
    def name(self) -> str:
        """Name the action; abstract, or the SDK would register this class too."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        events: list[EventType] = await super().run(dispatcher, tracker, domain)
        offer_person_if_missed_again(dispatcher, tracker, events)
        # Not for a message that speaks of something else: with no slot set, the form rejects it.
        takes_something = any(event["event"] == "slot" and event["name"] != "requested_slot" for event in events)
        return [*events, SlotSet("dialog_retry", self.form_name())] if takes_something else events


def requested(tracker: Tracker) -> str | None:
    """Return the slot whose question stands open."""
    slot = tracker.get_slot("requested_slot")
    return str(slot) if slot else None


def intent_of(tracker: Tracker) -> str:
    """Return the intent of the latest message."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


text_of = words_of


def entity(tracker: Tracker, name: str) -> str | None:
    """Return the last entity of this name in the latest message: in "not 1001, 1002" the later one is meant."""
    values = [str(value) for value in tracker.get_latest_entity_values(name)]
    return values[-1] if values else None


def value_or_text(tracker: Tracker, slot: str, own_intents: set[str], value: str | None) -> str | None:
    """Return what the message gives for a slot, or None where it speaks of something else.

    Args:
        slot: taken from the bare text only while its question stands open, and only if no other value is in it.
        own_intents: the intents under which a `value` found in the message is meant for this form.
    """
    text, intent = text_of(tracker), intent_of(tracker)
    if value is not None:
        is_most_of_it = len(value) * 2 >= len(text)
        return value if is_most_of_it or intent in _ANSWERS | own_intents else None
    speaks_of_it = requested(tracker) == slot and intent in _TRIES
    return text if speaks_of_it and text and not tracker.latest_message.get("entities") else None


def free_text(tracker: Tracker, slot: str) -> str | None:
    """Return the whole message as the value of a free-text slot whose question stands open."""
    text = words_of(tracker, whole=True)
    breaks = intent_of(tracker) in _BREAKS and len(text.split()) <= 6
    return text or None if requested(tracker) == slot and not breaks else None


def yes_or_no(tracker: Tracker, slot: str, *changed: str) -> bool | None:
    """Return a plain yes or no to an open question; None where the message corrects something instead.

    Args:
        changed: entities that make "no, ..." a correction.
    """
    if requested(tracker) != slot or any(entity(tracker, name) for name in changed):
        return None
    return {"affirm": True, "deny": False}.get(intent_of(tracker))


def kept(slot: str) -> Callable[..., Slots]:
    """Return the validation of a slot that is taken as it is; without one the SDK warns at every message."""

    def validate(form: Any, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> Slots:
        return {slot: value}

    return validate


def taken(slot: str, value: object) -> Slots:
    """Return a slot to set, or nothing where there is no value."""
    return {} if value is None else {slot: value}


def checked(
    slot: str, value: str, normalise: Callable[[str], str], dispatcher: CollectingDispatcher, **responses: str
) -> Slots:
    """Return the slot in its normal form, or empty, with a kind word on why it was not taken.

    Args:
        responses: which response says why, by the reason of the InvalidError; `otherwise` for all others.
    """
    try:
        return {slot: normalise(value)}
    except InvalidError as error:
        dispatcher.utter_message(response=responses.get(error.reason, responses["otherwise"]))
        return {slot: None}
