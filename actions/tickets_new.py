"""Tickets: the form that opens one."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions._form import (
    Slots,
    checked,
    entity,
    free_text,
    intent_of,
    kept,
    requested,
    taken,
    text_of,
    value_or_text,
    yes_or_no,
)
from actions.tickets_forms import TicketForm
from bridge.formatting import inbound
from bridge.model.helpdesk import Priority
from bridge.usecases import wording

NO_ORDER = "none"


class ValidateCreateTicketForm(TicketForm):
    """Learn what happened; ask for order number and priority only where the words leave them open."""

    own_intent = "create_ticket"
    validate_tickets_description = kept("tickets_description")

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        told = str(tracker.get_slot("tickets_description") or "")
        skipped = set()
        if told and not wording.is_about_an_order(told):
            skipped.add("tickets_order_number")
        if told and wording.priority_in(told):
            skipped.add("tickets_priority")
        return [slot for slot in domain_slots if slot not in skipped]

    def extract_tickets_description(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        opens = intent_of(tracker) in {self.own_intent, "report_payment_problem"}
        if opens and not tracker.get_slot("tickets_description") and wording.tells_a_problem(text_of(tracker)):
            return {"tickets_description": text_of(tracker)}
        return taken("tickets_description", free_text(tracker, "tickets_description"))

    def extract_tickets_order_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        asked = requested(tracker) == "tickets_order_number"
        if asked and yes_or_no(tracker, "tickets_order_number", "order_number") is False:
            return {"tickets_order_number": NO_ORDER}
        # "order 1003" alone is a question about that order, but here it answers ours; "where is 1003" stays a question.
        answers = asked and not wording.asks_where(text_of(tracker))
        own = {self.own_intent, "report_payment_problem"} | ({"track_order"} if answers else set())
        number = entity(tracker, "order_number")
        return taken("tickets_order_number", value_or_text(tracker, "tickets_order_number", own, number))

    def extract_tickets_priority(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if requested(tracker) != "tickets_priority":
            return {}
        if yes_or_no(tracker, "tickets_priority") is False:
            return {"tickets_priority": Priority.NORMAL.value}
        button = entity(tracker, "priority")
        return taken("tickets_priority", button or value_or_text(tracker, "tickets_priority", {self.own_intent}, None))

    def extract_tickets_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken("tickets_confirmed", yes_or_no(tracker, "tickets_confirmed", "email", "order_number"))

    def validate_tickets_order_number(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if value.strip(" .!").casefold() == NO_ORDER:
            return {"tickets_order_number": NO_ORDER}
        return checked(
            "tickets_order_number",
            value,
            inbound.order_number,
            dispatcher,
            otherwise="utter_tickets_order_number_unclear",
        )

    def validate_tickets_priority(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if value in {level.value for level in Priority}:
            return {"tickets_priority": value}
        found = wording.priority_in(value)
        return {"tickets_priority": found.value if found else Priority.NORMAL.value}
