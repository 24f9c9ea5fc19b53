"""Orders: what every form that changes one takes."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Slots, checked, kept, taken
from actions._message import number_beside_postcode, requested, text_of
from actions._run import current_turn
from actions._values import value_or_text, yes_or_no
from actions._verified import VerifiedForm
from bridge.bootstrap import shared
from bridge.formatting import inbound
from bridge.usecases import wording

NUMBER, CONFIRMED = "orders_number", "orders_confirmed"


class ChangeForm(VerifiedForm, ABC):
    """Take what every change of an order needs: who asks, which order, and a yes to what was shown."""

    operation: ClassVar[str]
    """Of the shop; where it cannot do this, nothing is asked."""
    between: ClassVar[tuple[str, ...]] = ()
    """What is asked after the order and before the yes."""
    validate_orders_confirmed = kept(CONFIRMED)

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        turn = await current_turn(tracker)
        offered = shared().verification.can_be(turn) and shared().order_changes.is_offered(turn, self.operation)
        return [*await self.proof(tracker), NUMBER, *self.between, CONFIRMED] if offered else []

    def extract_orders_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if self.gives_code(tracker):
            return {}
        number = number_beside_postcode(tracker)
        asked = requested(tracker) == NUMBER
        # "cancel it": the order that was last spoken of, unless the words are about several.
        is_known = asked or tracker.get_slot(NUMBER) or wording.asks_for_all(text_of(tracker))
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
