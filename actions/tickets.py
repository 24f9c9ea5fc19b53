"""Tickets: show what will be written, write it, tell how a ticket stands."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._asking import in_time
from actions._job import UseCaseAction
from actions._run import Call, answer, utter
from actions.tickets_new import NO_ORDER
from bridge.model.helpdesk import Priority
from bridge.model.outcome import Outcome
from bridge.usecases import wording


class ActionAskWhichTicket(Action):
    """Ask which ticket is meant, with those of whoever is proven."""

    def name(self) -> str:
        return "action_ask_tickets_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        listed = await in_time(tracker, lambda frontdesk, turn: frontdesk.tickets.which(turn))
        utter(listed or Outcome("utter_ask_tickets_number"), dispatcher)
        return []


class ActionAskToConfirmTicket(Action):
    """Show the ticket before it is made; what is shown is the draft that a "yes" will use."""

    def name(self) -> str:
        return "action_ask_create_ticket_form_tickets_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if tracker.get_slot("dialog_again"):
            # Nothing was taken since it was shown; the draft that a "yes" uses is still the same.
            dispatcher.utter_message(response="utter_tickets_confirm_again")
            return []
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


class ActionCreateTicket(UseCaseAction):
    """Open the ticket that was shown."""

    form = "create_ticket_form"

    def name(self) -> str:
        return "action_create_ticket"

    def call(self, tracker: Tracker) -> Call:
        confirmed = bool(tracker.get_slot("tickets_confirmed"))
        return lambda frontdesk, turn: frontdesk.tickets.create(turn, confirmed)


class ActionCheckTicket(UseCaseAction):
    """Tell how a ticket stands."""

    form = "check_ticket_form"

    def name(self) -> str:
        return "action_check_ticket"

    def call(self, tracker: Tracker) -> Call:
        number, email = tracker.get_slot("tickets_number"), tracker.get_slot("tickets_email")
        return lambda frontdesk, turn: frontdesk.feedback.after_ticket(
            turn, frontdesk.tickets.check(turn, number, email)
        )


class ActionAskToConfirmComment(Action):
    """Show what will be added to a ticket."""

    def name(self) -> str:
        return "action_ask_update_ticket_form_tickets_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if tracker.get_slot("dialog_again"):
            dispatcher.utter_message(response="utter_tickets_confirm_comment_again")
            return []
        number, email = tracker.get_slot("tickets_number"), tracker.get_slot("tickets_email")
        comment = tracker.get_slot("tickets_comment")
        return await answer(
            dispatcher, tracker, lambda frontdesk, turn: frontdesk.tickets.draft_comment(turn, number, email, comment)
        )


class ActionUpdateTicket(UseCaseAction):
    """Add the comment that was shown."""

    form = "update_ticket_form"

    def name(self) -> str:
        return "action_update_ticket"

    def call(self, tracker: Tracker) -> Call:
        confirmed = bool(tracker.get_slot("tickets_confirmed"))
        return lambda frontdesk, turn: frontdesk.tickets.add_comment(turn, confirmed)
