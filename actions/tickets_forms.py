"""Tickets: what all their forms take, and the forms that check and update one."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Form, Slots, checked, kept, taken
from actions._message import entity, intent_of, requested, text_of
from actions._run import verified_email
from actions._values import addition, free_text, value_or_text, yes_or_no
from bridge.formatting import inbound
from bridge.usecases import wording


class TicketForm(Form):
    """Take what all ticket forms ask for."""

    own_intent = ""
    own_intents = frozenset({"create_ticket", "check_ticket", "update_ticket"})
    validate_tickets_confirmed = kept("tickets_confirmed")

    def name(self) -> str:
        return f"validate_{self.own_intent}_form"

    async def extract_tickets_email(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        is_open = requested(tracker) != "tickets_email" and not tracker.get_slot("tickets_email")
        known = (await verified_email(tracker) or tracker.get_slot("orders_contact") or "") if is_open else ""
        reuse = known if "@" in known else None
        typed = value_or_text(tracker, "tickets_email", {self.own_intent}, entity(tracker, "email"))
        return taken("tickets_email", typed or reuse)

    def extract_tickets_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        asked = requested(tracker) == "tickets_number"
        own = set(self.own_intents) if asked else {self.own_intent}
        number = entity(tracker, "ticket_number") or (entity(tracker, "order_number") if asked else None)
        # "reopen it": the ticket that was last spoken of.
        is_known = number or asked or tracker.get_slot("tickets_number") or wording.asks_for_all(text_of(tracker))
        last = None if is_known else tracker.get_slot("tickets_last")
        return taken("tickets_number", value_or_text(tracker, "tickets_number", own, number) or last)

    def validate_tickets_email(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return checked(
            "tickets_email",
            inbound.find_email(value) or value,
            inbound.email,
            dispatcher,
            spelled_out="utter_dialog_email_spelled_out",
            otherwise="utter_dialog_email_unclear",
        )

    def validate_tickets_number(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return checked(
            "tickets_number", value, inbound.ticket_number, dispatcher, otherwise="utter_tickets_number_unclear"
        )


class ValidateCheckTicketForm(TicketForm):
    """Take the number and the e-mail of a ticket."""

    own_intent = "check_ticket"


class ValidateUpdateTicketForm(TicketForm):
    """Take the number, the e-mail, and what to add."""

    own_intent = "update_ticket"
    validate_tickets_comment = kept("tickets_comment")

    def extract_tickets_comment(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        told, known = text_of(tracker), tracker.get_slot("tickets_comment")
        if intent_of(tracker) == self.own_intent and not known and wording.tells_news(told):
            return {"tickets_comment": told}
        more = addition(tracker, "tickets_confirmed", "email", "ticket_number")
        return taken("tickets_comment", f"{known}\n{more}" if more else free_text(tracker, "tickets_comment"))

    def extract_tickets_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken("tickets_confirmed", yes_or_no(tracker, "tickets_confirmed", "email", "ticket_number"))
