"""Returns: what became of the money of an order."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Slots
from actions._job import UseCaseAction
from actions._message import requested
from actions._run import Call
from actions.orders import ProvenOrderForm, claim_of


class ValidateRefundStatusForm(ProvenOrderForm):
    """Take the order that a refund is about; said without a number, it is the one that was last spoken of."""

    own_intents = frozenset({"refund_status"})

    def name(self) -> str:
        return "validate_refund_status_form"

    def extract_orders_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        is_open = not requested(tracker) and not tracker.get_slot("orders_number")
        last = {"orders_number": tracker.get_slot("orders_last")} if is_open and tracker.get_slot("orders_last") else {}
        return super().extract_orders_number(dispatcher, tracker, domain) or last


class ActionTellRefund(UseCaseAction):
    """Tell what became of the money of an order."""

    form = "refund_status_form"

    def name(self) -> str:
        return "action_tell_refund"

    def call(self, tracker: Tracker) -> Call:
        number, claim = tracker.get_slot("orders_number"), claim_of(tracker)
        return lambda frontdesk, turn: frontdesk.returns.status(turn, number, claim)
