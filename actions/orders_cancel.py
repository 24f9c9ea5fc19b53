"""Orders: cancel one, after whoever asks is proven and has seen what it is."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._asking import in_time
from actions._changes import CONFIRMED, NUMBER, ChangeForm
from actions._job import UseCaseAction
from actions._run import Call, utter
from bridge.model.outcome import Outcome
from bridge.usecases.order_changes import CONFIRM
from bridge.usecases.orders import OPEN


class ValidateCancelOrderForm(ChangeForm):
    """Take what a cancellation needs."""

    own_intents = frozenset({"cancel_order"})
    operation = "cancel_order"

    def name(self) -> str:
        return "validate_cancel_order_form"


class ActionAskWhichToCancel(Action):
    """Ask which order is to be cancelled, with those that still can be."""

    def name(self) -> str:
        return "action_ask_cancel_order_form_orders_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        listed = await in_time(tracker, lambda frontdesk, turn: frontdesk.order_changes.which(turn, OPEN))
        utter(listed or Outcome("utter_ask_orders_number"), dispatcher)
        return []


class ActionAskToConfirmCancellation(Action):
    """Show the order that will be cancelled; where there is nothing to confirm, leave the rest to the form's action."""

    def name(self) -> str:
        return "action_ask_cancel_order_form_orders_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        number = str(tracker.get_slot(NUMBER))
        if tracker.get_slot("dialog_again"):
            dispatcher.utter_message(response="utter_orders_cancel_confirm_again", order=number)
            return []
        shown = await in_time(tracker, lambda frontdesk, turn: frontdesk.order_changes.show_cancellation(turn, number))
        if shown is None:
            shown = await in_time(tracker, lambda frontdesk, turn: frontdesk.order_changes.show_unseen(turn, number))
        if shown is None or shown.response not in CONFIRM:
            return [SlotSet("requested_slot", None)]
        utter(shown, dispatcher)
        return [SlotSet("backend_state", shown.state.value)]


class ActionCancelOrder(UseCaseAction):
    """Cancel the order that was shown."""

    form = "cancel_order_form"

    def name(self) -> str:
        return "action_cancel_order"

    def call(self, tracker: Tracker) -> Call:
        number, confirmed = str(tracker.get_slot(NUMBER) or ""), tracker.get_slot(CONFIRMED)
        return lambda frontdesk, turn: frontdesk.order_changes.cancel(turn, number, confirmed)
