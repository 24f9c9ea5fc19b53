"""Orders: cancel one, after whoever asks is proven and has seen what it is."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._asking import in_time
from actions._form import Slots, checked, kept, taken
from actions._job import UseCaseAction
from actions._message import number_beside_postcode, requested
from actions._run import Call, utter
from actions._values import value_or_text, yes_or_no
from actions._verified import VerifiedForm
from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.formatting import inbound
from bridge.model.outcome import Outcome
from bridge.usecases import wording
from bridge.usecases.order_changes import CONFIRM
from bridge.usecases.orders import OPEN
from bridge.usecases.verification import CODE, EMAIL

NUMBER, CONFIRMED = "orders_number", "orders_confirmed"


class ChangeForm(VerifiedForm, ABC):
    """Take what every change of an order needs: who asks, which order, and a yes to what was shown."""

    operation: ClassVar[str]
    """Of the shop; where it cannot do this, nothing is asked."""
    validate_orders_confirmed = kept(CONFIRMED)

    def is_offered(self, frontdesk: Frontdesk, turn: Turn) -> bool:
        return super().is_offered(frontdesk, turn) and frontdesk.order_changes.is_offered(turn, self.operation)

    def extract_orders_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if requested(tracker) in {EMAIL, CODE}:
            return {}  # digits are the code then
        number = number_beside_postcode(tracker)
        asked = requested(tracker) == NUMBER
        # "cancel it": the order that was last spoken of, unless the words are about several.
        is_known = asked or tracker.get_slot(NUMBER) or wording.asks_for_all(str(tracker.latest_message.get("text")))
        last = None if number or is_known else tracker.get_slot("orders_last")
        own = {*self.own_intents, *({"track_order"} if asked else ())}
        return taken(NUMBER, value_or_text(tracker, NUMBER, own, number) or last)

    def extract_orders_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken(CONFIRMED, yes_or_no(tracker, CONFIRMED, "order_number", also="change_words"))

    def validate_orders_number(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        unclear = "utter_orders_number_unclear" if any(map(str.isdigit, value)) else "utter_orders_number_unknown"
        return checked(NUMBER, value, inbound.order_number, dispatcher, otherwise=unclear)


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
