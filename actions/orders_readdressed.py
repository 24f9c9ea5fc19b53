"""Orders: ask for the address that one will go to, show it, and change it."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._asking import in_time
from actions._changes import CONFIRMED, NUMBER
from actions._job import UseCaseAction
from actions._run import Call, utter
from bridge.formatting import addresses
from bridge.usecases.readdressing import ADDRESS, CONFIRM, TOLD, missing


class ActionAskAddress(Action):
    """Ask for the address, or for what is missing of it; not where the order cannot be sent elsewhere any more."""

    def name(self) -> str:
        return "action_ask_change_address_form_orders_address"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        number, known = str(tracker.get_slot(NUMBER)), dict(tracker.get_slot(TOLD) or {})
        if not known and not tracker.get_slot("dialog_again"):
            found = await in_time(tracker, lambda frontdesk, turn: frontdesk.readdressing.show(turn, number, {}))
            if found and found.response != missing(addresses.NEEDED[0]):
                return [SlotSet("requested_slot", None)]
        part = addresses.missing(known)
        dispatcher.utter_message(response=missing(part) if known and part else "utter_ask_orders_address")
        return []


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
