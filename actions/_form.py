"""What all forms share: remembering what was begun, meeting anger, and asking again kindly."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._heard import offer_person_if_missed_again
from actions._message import requested, times_angry
from bridge.errors import InvalidError

Slots = dict[str, Any]

# Forms whose work would be lost if another one took its place for good.
_WRITING = {
    "place_order_form",
    "create_ticket_form",
    "update_ticket_form",
    "contact_sales_form",
    "cancel_order_form",
    "change_address_form",
    "update_contact_details_form",
}


class Form(FormValidationAction, ABC):
    """Check the slots of a form; whatever becomes of its action, a bare value or a "yes" comes back to it."""

    @abstractmethod
    def name(self) -> str:
        """Name the action; abstract, or the SDK would register this class too."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        events: list[EventType] = await super().run(dispatcher, tracker, domain)
        offer_person_if_missed_again(dispatcher, tracker, events)
        values = [event["value"] for event in events if event["event"] == "slot" and event["name"] != "requested_slot"]
        # A form that rejects a message leaves it to action_answer_aside; one that begins rejects nothing.
        if (values or not requested(tracker)) and (calm := calming(tracker)):
            dispatcher.utter_message(response=calm)
            dispatcher.messages.insert(0, dispatcher.messages.pop())
        # Not for a message that speaks of something else: with no slot set, the form rejects it.
        return [*events, *self._noted(tracker, values)] if values else events

    def _noted(self, tracker: Tracker, values: list[Any]) -> list[EventType]:
        """Return what the dialog remembers of an answer: who takes a retry, what was broken off, whether it helped."""
        before = tracker.get_slot("dialog_retry")
        broken_off = [SlotSet("dialog_interrupted", before)] if before in _WRITING - {self.form_name()} else []
        refused = all(value is None for value in values)
        return [*broken_off, SlotSet("dialog_retry", self.form_name()), SlotSet("dialog_again", refused)]


def calming(tracker: Tracker) -> str | None:
    """Return the response that an angry message is met with; who is angry again is offered a person."""
    return {0: None, 1: "utter_dialog_calm"}.get(times_angry(tracker), "utter_dialog_calm_person")


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
