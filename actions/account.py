"""Account: the form that proves an e-mail address by a code, and how far somebody is known."""

from __future__ import annotations

from functools import partial
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Form, Slots, checked, taken
from actions._job import UseCaseAction
from actions._message import TRIES, entity, intent_of, is_sure, requested, text_of
from actions._run import Call, answer, current_turn, in_thread, utter, within
from actions._values import value_or_text
from bridge.bootstrap import shared
from bridge.formatting import inbound
from bridge.usecases.verification import CODE, EMAIL, code_in

OWN = "verify_identity"
PROVEN = "proven"
_ANEW = {OWN, "try_again"}
_SPEAKS_OF_A_NUMBER = {"track_order", "check_ticket", "update_ticket"}


class ValidateVerifyForm(Form):
    """Take an address and the code that was sent to it; the code itself is kept in no slot."""

    def name(self) -> str:
        return "validate_verify_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        turn = await current_turn(tracker)
        return domain_slots if shared().verification.is_needed(turn) else []

    def extract_account_email(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        typed = value_or_text(tracker, EMAIL, {OWN}, entity(tracker, "email"))
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


class ActionAskCode(Action):
    """Ask for the code, and send one where that is needed."""

    def name(self) -> str:
        return "action_ask_verify_form_account_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        email = tracker.get_slot(EMAIL)
        anew = requested(tracker) == CODE and intent_of(tracker) in _ANEW
        return await answer(
            dispatcher, tracker, lambda frontdesk, turn: frontdesk.verification.ask(turn, email, anew=anew)
        )


class ActionTellIdentity(UseCaseAction):
    """Tell how far the person is known."""

    form = "verify_form"

    def name(self) -> str:
        return "action_tell_identity"

    def call(self, tracker: Tracker) -> Call:
        return lambda frontdesk, turn: frontdesk.verification.stands(turn)
