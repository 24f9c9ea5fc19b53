"""Account: change the contact details of whoever is proven, after showing what becomes of them."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._asking import in_time
from actions._form import Slots, kept, taken
from actions._job import UseCaseAction
from actions._message import TRIES, entity, gives_nothing, intent_of, requested, text_of
from actions._run import Call, current_turn, utter
from actions._values import free_text, value_or_text, yes_or_no
from actions._verified import VerifiedForm
from bridge.bootstrap import shared
from bridge.errors import InvalidError
from bridge.usecases import wording
from bridge.usecases.contact_details import CONFIRM, CONFIRMED, DETAIL, KEPT_HERE, VALUE
from bridge.usecases.verification import CODE, EMAIL

OTHER = "other"
"""Something that no contact of ours holds."""


class ValidateUpdateContactDetailsForm(VerifiedForm):
    """Take who asks, which detail, its new value, and a yes."""

    own_intents = frozenset({"update_contact_details"})
    validate_account_detail = kept(DETAIL)
    validate_account_confirmed = kept(CONFIRMED)

    def name(self) -> str:
        return "validate_update_contact_details_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        detail = tracker.get_slot(DETAIL)
        turn = await current_turn(tracker)
        is_nameless = not shared().verification.is_needed(turn) and not turn.identity.email
        offered = shared().verification.can_be(turn) and shared().contact_details.is_offered and not is_nameless
        if not offered:
            return []
        if detail and detail not in KEPT_HERE:
            return [DETAIL]
        return [*await self.proof(tracker), DETAIL, VALUE, CONFIRMED]

    def extract_account_detail(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        asked, intent = requested(tracker) == DETAIL, intent_of(tracker)
        if requested(tracker) in {EMAIL, CODE} or not (asked or intent in self.own_intents):
            return {}
        named = wording.detail_in(text_of(tracker))
        is_other = asked and intent in TRIES | self.own_intents and not gives_nothing(tracker)
        return taken(DETAIL, named or (OTHER if is_other else None))

    def extract_account_value(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if requested(tracker) in {EMAIL, CODE}:
            return {}  # digits are the code then
        if tracker.get_slot(DETAIL) == "phone":
            text, asked = text_of(tracker), requested(tracker) == VALUE and intent_of(tracker) in TRIES
            # Some digits are a number to us that is wrong, whatever else they might name.
            typed = entity(tracker, "phone") or (text if asked and any(map(str.isdigit, text)) else None)
            return taken(VALUE, value_or_text(tracker, VALUE, set(self.own_intents), typed))
        return taken(VALUE, free_text(tracker, VALUE))

    def extract_account_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken(CONFIRMED, yes_or_no(tracker, CONFIRMED, "phone"))

    def validate_account_value(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        detail = str(tracker.get_slot(DETAIL))
        try:
            return {VALUE: shared().contact_details.normal(detail, value)}
        except InvalidError:
            dispatcher.utter_message(response=f"utter_account_{'phone' if detail == 'phone' else 'value'}_unclear")
            return {VALUE: None}


class ActionAskToConfirmDetails(Action):
    """Show what will be changed; where there is nothing to confirm, leave the rest to the form's action."""

    def name(self) -> str:
        return "action_ask_update_contact_details_form_account_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        detail, value = str(tracker.get_slot(DETAIL)), str(tracker.get_slot(VALUE))
        shown = await in_time(tracker, lambda frontdesk, turn: frontdesk.contact_details.show(turn, detail, value))
        if shown is None:
            shown = await in_time(
                tracker, lambda frontdesk, turn: frontdesk.contact_details.show_unseen(turn, detail, value)
            )
        if shown is None or shown.response not in CONFIRM:
            return [SlotSet("requested_slot", None)]
        utter(shown, dispatcher)
        return [SlotSet("backend_state", shown.state.value)]


class ActionUpdateContact(UseCaseAction):
    """Change what was shown."""

    form = "update_contact_details_form"

    def name(self) -> str:
        return "action_update_contact"

    def call(self, tracker: Tracker) -> Call:
        detail, confirmed = str(tracker.get_slot(DETAIL) or ""), tracker.get_slot(CONFIRMED)
        return lambda frontdesk, turn: frontdesk.contact_details.update(turn, detail, confirmed)
