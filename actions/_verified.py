"""What forms share that need a proven person: an address, and the code that was sent to it, before anything else."""

from __future__ import annotations

from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Form, Slots, checked, taken
from actions._message import TRIES, entity, intent_of, is_sure, requested, text_of
from actions._run import current_turn, in_thread, utter, within
from actions._values import value_or_text
from bridge.bootstrap import shared
from bridge.formatting import inbound
from bridge.usecases.verification import CODE, EMAIL, code_in

PROVEN = "proven"
WANTS_ANOTHER = "verify_identity"
"""What the button below the question for a code says."""
_SPEAKS_OF_A_NUMBER = {"track_order", "check_ticket", "update_ticket"}


class VerifiedForm(Form):
    """Take an address and the code that was sent to it; the code itself is kept in no slot."""

    own_intents = frozenset({WANTS_ANOTHER})

    def name(self) -> str:
        return "validate__form"

    async def proof(self, tracker: Tracker) -> list[str]:
        """Return the slots that have to be filled until the person is known."""
        turn = await current_turn(tracker)
        return [EMAIL, CODE] if shared().verification.is_needed(turn) else []

    def gives_code(self, tracker: Tracker) -> bool:
        """Tell whether digits are a code and no number: what was asked for, or was just taken and is tried again."""
        is_tried_again = not requested(tracker) and tracker.get_slot(CODE) and code_in(text_of(tracker))
        return requested(tracker) in {EMAIL, CODE} or bool(is_tried_again)

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        events: list[EventType] = await super().get_validation_events(dispatcher, tracker, domain)
        tracker.add_slots(events)
        if tracker.get_slot(CODE) and await self.proof(tracker):
            events.append(SlotSet(CODE, None))  # it proved somebody whose time has run out meanwhile
        return events

    def extract_account_email(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        typed = value_or_text(tracker, EMAIL, set(self.own_intents), entity(tracker, "email"))
        contact = tracker.get_slot("tickets_email") or tracker.get_slot("orders_contact") or ""
        is_begun = requested(tracker) or tracker.get_slot(EMAIL)
        return taken(EMAIL, typed or (contact if "@" in contact and not is_begun else None))

    def extract_account_code(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Slots:
        text, intent = text_of(tracker), intent_of(tracker)
        if requested(tracker) != CODE or entity(tracker, "email"):
            return {}
        if intent == WANTS_ANOTHER and WANTS_ANOTHER not in self.own_intents:
            return {CODE: ""}
        if intent in _SPEAKS_OF_A_NUMBER and is_sure(tracker):
            return {}
        is_meant = code_in(text) or (intent in TRIES and any(map(str.isdigit, text)))
        return {CODE: text} if is_meant else {}

    def validate_account_email(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return checked(
            EMAIL,
            inbound.find_email(value) or value,
            inbound.email,
            dispatcher,
            spelled_out="utter_dialog_email_spelled_out",
            otherwise="utter_dialog_email_unclear",
        )

    async def validate_account_code(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if not value:
            return {CODE: None}  # another one is sent when it is asked for again
        turn = await current_turn(tracker)
        outcome = await in_thread(
            partial(within, turn, lambda frontdesk, turn: frontdesk.verification.check(turn, value))
        )
        if outcome.forget:
            utter(outcome, dispatcher)
            return {CODE: None}
        return {CODE: PROVEN}
