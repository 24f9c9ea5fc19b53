"""Tickets: the forms that open, check and update one, and their answers."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Slots, checked, entity, free_text, requested, taken, text_of, value_or_text, yes_or_no
from actions._run import answer
from bridge.formatting import inbound
from bridge.model.helpdesk import Priority
from bridge.usecases import wording

NO_ORDER = "none"


class TicketForm(FormValidationAction):
    """Take what all ticket forms ask for."""

    own_intent = ""

    def name(self) -> str:
        return f"validate_{self.own_intent}_form"

    def extract_tickets_email(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        known = tracker.get_slot("orders_contact") or ""
        reuse = known if "@" in known and not tracker.get_slot("tickets_email") and not requested(tracker) else None
        typed = value_or_text(tracker, "tickets_email", self.own_intent, entity(tracker, "email"))
        return taken("tickets_email", typed or reuse)

    def extract_tickets_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        asked = requested(tracker) == "tickets_number"
        number = entity(tracker, "ticket_number") or (entity(tracker, "order_number") if asked else None)
        return taken("tickets_number", value_or_text(tracker, "tickets_number", self.own_intent, number))

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


class ValidateCreateTicketForm(TicketForm):
    """Learn what happened; ask for order number and priority only where the words leave them open."""

    own_intent = "create_ticket"

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
        first = text_of(tracker)
        if (
            requested(tracker) is None
            and not tracker.get_slot("tickets_description")
            and wording.tells_a_problem(first)
        ):
            return {"tickets_description": first}
        return taken("tickets_description", free_text(tracker, "tickets_description"))

    def extract_tickets_order_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        asked = requested(tracker) == "tickets_order_number"
        if asked and yes_or_no(tracker, "tickets_order_number", "order_number") is False:
            return {"tickets_order_number": NO_ORDER}
        number = entity(tracker, "order_number")
        return taken("tickets_order_number", value_or_text(tracker, "tickets_order_number", self.own_intent, number))

    def extract_tickets_priority(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if requested(tracker) != "tickets_priority":
            return {}
        button = entity(tracker, "priority")
        return taken("tickets_priority", button or value_or_text(tracker, "tickets_priority", self.own_intent, None))

    def extract_tickets_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken("tickets_confirmed", yes_or_no(tracker, "tickets_confirmed", "email", "order_number"))

    def validate_tickets_order_number(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if value == NO_ORDER:
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


class ValidateCheckTicketForm(TicketForm):
    """Take the number and the e-mail of a ticket."""

    own_intent = "check_ticket"


class ValidateUpdateTicketForm(TicketForm):
    """Take the number, the e-mail, and what to add."""

    own_intent = "update_ticket"

    def extract_tickets_comment(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken("tickets_comment", free_text(tracker, "tickets_comment"))

    def extract_tickets_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken("tickets_confirmed", yes_or_no(tracker, "tickets_confirmed", "email", "ticket_number"))


class ActionAskToConfirmTicket(Action):
    """Show the ticket before it is made; what is shown is the draft that a "yes" will use."""

    def name(self) -> str:
        return "action_ask_create_ticket_form_tickets_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        told, email = tracker.get_slot("tickets_description"), tracker.get_slot("tickets_email")
        order = tracker.get_slot("tickets_order_number") or NO_ORDER
        stated = wording.priority_in(told)
        priority = stated or Priority(tracker.get_slot("tickets_priority") or Priority.NORMAL)
        return await answer(
            dispatcher,
            tracker,
            lambda frontdesk, turn: frontdesk.tickets.draft(
                turn, told, email, "" if order == NO_ORDER else order, priority
            ),
        )


class ActionCreateTicket(Action):
    """Open the ticket that was shown."""

    def name(self) -> str:
        return "action_create_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        confirmed = bool(tracker.get_slot("tickets_confirmed"))
        return await answer(dispatcher, tracker, lambda frontdesk, turn: frontdesk.tickets.create(turn, confirmed))


class ActionCheckTicket(Action):
    """Tell how a ticket stands."""

    def name(self) -> str:
        return "action_check_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        number, email = tracker.get_slot("tickets_number"), tracker.get_slot("tickets_email")
        return await answer(dispatcher, tracker, lambda frontdesk, turn: frontdesk.tickets.check(turn, number, email))


class ActionAskToConfirmComment(Action):
    """Show what will be added to a ticket."""

    def name(self) -> str:
        return "action_ask_update_ticket_form_tickets_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        number, email = tracker.get_slot("tickets_number"), tracker.get_slot("tickets_email")
        comment = tracker.get_slot("tickets_comment")
        return await answer(
            dispatcher, tracker, lambda frontdesk, turn: frontdesk.tickets.draft_comment(turn, number, email, comment)
        )


class ActionUpdateTicket(Action):
    """Add the comment that was shown."""

    def name(self) -> str:
        return "action_update_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        confirmed = bool(tracker.get_slot("tickets_confirmed"))
        return await answer(dispatcher, tracker, lambda frontdesk, turn: frontdesk.tickets.add_comment(turn, confirmed))
