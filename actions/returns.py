"""Returns: the form that learns which items of which order go back, why, and what is wanted for them."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Slots, checked, kept, taken
from actions._message import entity, gives_nothing, intent_of, requested, text_of
from actions._run import current_turn
from actions._values import addition, free_text, value_or_text, yes_or_no
from actions._verified import VerifiedForm
from actions.returns_found import looked_up
from actions.returns_words import answer_in, changed, picked, told_of, wished
from bridge.bootstrap import shared
from bridge.formatting import inbound
from bridge.model.commerce import ReturnReason
from bridge.usecases.picking import reason_in

OWN = frozenset({"return_item", "exchange_item"})
_AFTER_ORDER = ("returns_items", "returns_reason", "returns_instead", "returns_confirmed")


class ValidateReturnItemForm(VerifiedForm):
    """Prove who asks, find the order, and take what goes back; what the first message tells is not asked for."""

    own_intents = OWN
    validate_returns_instead = kept("returns_instead")
    validate_returns_confirmed = kept("returns_confirmed")

    def name(self) -> str:
        return "validate_return_item_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        turn = await current_turn(tracker)
        if not (shared().verification.can_be(turn) and shared().returns.is_offered(turn)):
            return []
        proof = await self.proof(tracker)
        if proof or "items" not in (tracker.get_slot("returns_found") or {}):
            return [*proof, "returns_order"]  # what was found instead is told by the action after the form
        swaps = tracker.get_slot("returns_wish") == "exchange_item"
        return ["returns_order", *(slot for slot in _AFTER_ORDER if swaps or slot != "returns_instead")]

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        begun = wished(tracker, OWN)
        tracker.add_slots(begun)
        events = [*begun, *await super().get_validation_events(dispatcher, tracker, domain)]
        tracker.add_slots(events)
        is_known = tracker.get_slot("returns_order") and not await self.proof(tracker)
        if is_known and not tracker.get_slot("returns_found"):
            return [*events, *await looked_up(dispatcher, tracker)]
        more = addition(tracker, "returns_confirmed", "order_number")
        return [*events, *(changed(dispatcher, tracker, more) if more else ())]

    def extract_returns_order(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        known = tracker.get_slot("returns_order")
        if self.gives_code(tracker):
            return {}
        last = None if known or requested(tracker) else tracker.get_slot("orders_last")
        number = value_or_text(tracker, "returns_order", set(OWN), entity(tracker, "order_number")) or last
        return taken("returns_order", None if number == known else number)

    def validate_returns_order(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        number = checked(
            "returns_order", value, inbound.order_number, dispatcher, otherwise="utter_orders_number_unclear"
        )
        return {**number, "returns_found": None, "returns_items": None, "returns_unsure": None}

    def extract_returns_items(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken("returns_items", entity(tracker, "item") or answer_in(tracker, "returns_items", OWN))

    def validate_returns_items(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return picked(value, dispatcher, tracker)

    def extract_returns_reason(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if requested(tracker) != "returns_reason":
            return {}
        known = reason_in(text_of(tracker))  # "changed my mind" stops nothing here
        if known or gives_nothing(tracker) or intent_of(tracker) == "deny":
            return {"returns_reason": (known or ReturnReason.OTHER).value}
        return taken("returns_reason", entity(tracker, "reason") or answer_in(tracker, "returns_reason", OWN))

    def validate_returns_reason(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        known = value in set(ReturnReason)
        return {"returns_reason": value if known else ReturnReason.OTHER.value, **told_of(tracker)}

    def extract_returns_instead(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken("returns_instead", free_text(tracker, "returns_instead"))

    def extract_returns_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return taken("returns_confirmed", yes_or_no(tracker, "returns_confirmed", "order_number", also="change_words"))
