"""Orders: show the address that one will go to, and change it."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._asking import in_time
from actions._changes import CONFIRMED, NUMBER
from actions._job import UseCaseAction
from actions._run import Call, utter
from bridge.usecases.readdressing import ADDRESS, CONFIRM


class ActionAskToConfirmAddress(Action):
    """Show where the order will go; where there is nothing to confirm, leave the rest to the form's action."""

    def name(self) -> str:
        return "action_ask_change_address_form_orders_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        number, known = str(tracker.get_slot(NUMBER)), dict(tracker.get_slot(ADDRESS))
        if tracker.get_slot("dialog_again"):
            dispatcher.utter_message(response="utter_orders_address_confirm_again", order=number)
            return []
        shown = await in_time(tracker, lambda frontdesk, turn: frontdesk.readdressing.show(turn, number, known))
        if shown is None or shown.response != CONFIRM:
            return [SlotSet("requested_slot", None)]
        utter(shown, dispatcher)
        return [SlotSet("backend_state", shown.state.value)]


class ActionChangeAddress(UseCaseAction):
    """Change the address to the one that was shown."""

    form = "change_address_form"

    def name(self) -> str:
        return "action_change_address"

    def call(self, tracker: Tracker) -> Call:
        number, known = str(tracker.get_slot(NUMBER) or ""), dict(tracker.get_slot(ADDRESS) or {})
        confirmed = tracker.get_slot(CONFIRMED)
        return lambda frontdesk, turn: frontdesk.readdressing.change(turn, number, known, confirmed)
