"""What a form needs that is for proven people only: the address, and the code that was sent to it."""

from __future__ import annotations

from abc import ABC
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Form, Slots, checked, taken
from actions._message import TRIES, entity, intent_of, is_sure, requested, text_of
from actions._run import current_turn, in_thread, utter, within
from actions._values import value_or_text
from bridge.bootstrap import Frontdesk, shared
from bridge.conversation.turns import Turn
from bridge.formatting import inbound
from bridge.usecases.verification import CODE, EMAIL, code_in

VERIFY = "verify_identity"
PROVEN = "proven"
_SPEAKS_OF_A_NUMBER = {"track_order", "check_ticket", "update_ticket"}


class VerifiedForm(Form, ABC):
    """Take an address and the code that was sent to it, unless the person is proven; the code is kept in no slot."""

    own_intents: frozenset[str] = frozenset()
    """The intents that begin the form."""

    def is_offered(self, frontdesk: Frontdesk, turn: Turn) -> bool:
        """Tell whether there is anything to ask: the systems do it, and whoever asks can be proven."""
        return frontdesk.verification.can_be(turn)

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        turn = await current_turn(tracker)
        if not self.is_offered(shared(), turn):
            return []
        proven = set() if shared().verification.is_needed(turn) else {EMAIL, CODE}
        return [slot for slot in domain_slots if slot not in proven]

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = await current_turn(tracker)
        if tracker.get_slot(CODE) != PROVEN or not shared().verification.is_needed(turn):
            return await super().run(dispatcher, tracker, domain)
        # What was proven has lapsed since: the form must not take it for answered.
        tracker.slots[CODE] = None
        return [SlotSet(CODE, None), *await super().run(dispatcher, tracker, domain)]

    def extract_account_email(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        own = {*self.own_intents, VERIFY}
        typed = value_or_text(tracker, EMAIL, own, entity(tracker, "email"))
        contact = tracker.get_slot("tickets_email") or tracker.get_slot("orders_contact") or ""
        is_begun = requested(tracker) or tracker.get_slot(EMAIL)
        return taken(EMAIL, typed or (contact if "@" in contact and not is_begun else None))

    def extract_account_code(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Slots:
        text, intent = text_of(tracker), intent_of(tracker)
        if requested(tracker) != CODE or entity(tracker, "email"):
            return {}
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
        turn = await current_turn(tracker)
        outcome = await in_thread(
            partial(within, turn, lambda frontdesk, turn: frontdesk.verification.check(turn, value))
        )
        if outcome.forget:
            utter(outcome, dispatcher)
            return {CODE: None}
        return {CODE: PROVEN}
