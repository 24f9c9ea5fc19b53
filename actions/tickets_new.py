"""Tickets: the form that opens one."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Slots, checked, kept, taken
from actions._message import entity, intent_of, requested, text_of
from actions._offer import order_before, told_before
from actions._values import addition, free_text, value_or_text, yes_or_no
from actions.tickets_forms import TicketForm
from bridge.formatting import inbound
from bridge.model.helpdesk import Priority
from bridge.usecases import wording

NO_ORDER = "none"
OPENING = frozenset({"create_ticket", "report_payment_problem"})


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
        tells = intent_of(tracker) in OPENING and wording.tells_a_problem(text_of(tracker))
        known = tracker.get_slot("tickets_description")
        if not known:
            told = text_of(tracker) if tells else told_before(tracker)
            return taken("tickets_description", free_text(tracker, "tickets_description") or told)
        more = addition(tracker, "tickets_confirmed", "email", "order_number")
        if (
            more is None
            and tells
            and requested(tracker)
            and not (entity(tracker, "order_number") or entity(tracker, "email"))
        ):
            dispatcher.utter_message(response="utter_tickets_noted")
            more = text_of(tracker)
        return {"tickets_description": f"{known}\n{more}"} if more else {}

    def extract_tickets_order_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        asked = requested(tracker) == "tickets_order_number"
        if (
            asked
            and (intent_of(tracker) == "deny" or wording.gives_nothing(text_of(tracker)))
            and not entity(tracker, "order_number")
        ):
            return {"tickets_order_number": NO_ORDER}
        if not tracker.get_slot("tickets_order_number") and (number := order_before(tracker)):
            return {"tickets_order_number": number}
        # "order 1003" alone is a question about that order, but here it answers ours; "where is 1003" stays a question.
        if wording.asks_where(text_of(tracker)):
            return {}
        own = OPENING | ({"track_order"} if asked else set())
        number = entity(tracker, "order_number")
        return taken("tickets_order_number", value_or_text(tracker, "tickets_order_number", own, number))

    def extract_tickets_priority(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if requested(tracker) != "tickets_priority":
            return {}
        if intent_of(tracker) == "deny" or wording.gives_nothing(text_of(tracker)):
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
