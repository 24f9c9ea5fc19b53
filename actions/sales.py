"""Sales: the form for people who want to buy much, and the lead it makes."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Form, Slots, checked, kept, taken
from actions._job import UseCaseAction
from actions._message import entity, intent_of, requested, text_of
from actions._run import Call, answer, verified_email
from actions._values import addition, free_text, value_or_text, yes_or_no
from bridge.formatting import inbound


class ValidateContactSalesForm(Form):
    """Take what somebody is interested in and how to reach them."""

    validate_sales_interest = kept("sales_interest")
    validate_sales_confirmed = kept("sales_confirmed")

    def name(self) -> str:
        return "validate_contact_sales_form"

    def extract_sales_interest(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        told = text_of(tracker)
        known = tracker.get_slot("sales_interest")
        names_goods = entity(tracker, "product") or entity(tracker, "quantity")
        if intent_of(tracker) == "contact_sales" and not known and names_goods:
            return {"sales_interest": told}
        more = addition(tracker, "sales_confirmed", "email")
        return taken("sales_interest", f"{known}\n{more}" if more else free_text(tracker, "sales_interest"))

    async def extract_sales_email(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        is_open = requested(tracker) != "sales_email" and not tracker.get_slot("sales_email")
        known = await verified_email(tracker) if is_open else None
        typed = value_or_text(tracker, "sales_email", {"contact_sales"}, entity(tracker, "email"))
        return taken("sales_email", typed or known)

    def extract_sales_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken("sales_confirmed", yes_or_no(tracker, "sales_confirmed", "email"))

    def validate_sales_email(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return checked(
            "sales_email",
            inbound.find_email(value) or value,
            inbound.email,
            dispatcher,
            spelled_out="utter_dialog_email_spelled_out",
            otherwise="utter_dialog_email_unclear",
        )


class ActionAskToConfirmLead(Action):
    """Show what will be passed on."""

    def name(self) -> str:
        return "action_ask_contact_sales_form_sales_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if tracker.get_slot("dialog_again"):
            dispatcher.utter_message(response="utter_sales_confirm_again")
            return []
        interest, email = tracker.get_slot("sales_interest"), tracker.get_slot("sales_email")
        return await answer(dispatcher, tracker, lambda frontdesk, turn: frontdesk.sales.draft(turn, interest, email))


class ActionCreateLead(UseCaseAction):
    """Pass on what was shown."""

    form = "contact_sales_form"

    def name(self) -> str:
        return "action_create_lead"

    def call(self, tracker: Tracker) -> Call:
        confirmed = bool(tracker.get_slot("sales_confirmed"))
        return lambda frontdesk, turn: frontdesk.sales.create(turn, confirmed)
