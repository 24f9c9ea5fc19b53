"""Orders: send one elsewhere, after whoever asks is proven and has seen the new address."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._asking import in_time
from actions._changes import CONFIRMED, ChangeForm
from actions._form import Slots, taken
from actions._message import TRIES, entity, intent_of, is_sure, number_beside_postcode, requested, text_of
from actions._run import utter
from actions._values import addition, free_text, yes_or_no
from bridge.errors import InvalidError
from bridge.formatting import addresses
from bridge.model.outcome import Outcome
from bridge.usecases import wording
from bridge.usecases.orders import OPEN
from bridge.usecases.readdressing import ADDRESS, INTENT, TOLD

_ANSWERS = TRIES | {INTENT, "affirm", "deny", "track_order", "update_contact_details"}
"""Intents that an address is taken for; under any other sure one it needs a postcode."""


class ValidateChangeAddressForm(ChangeForm):
    """Take what a change of address needs."""

    own_intents = frozenset({INTENT})
    operation = "change_address"
    between = (ADDRESS,)

    def name(self) -> str:
        return "validate_change_address_form"

    def extract_orders_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if requested(tracker) in {ADDRESS, CONFIRMED} and not _names_an_order(tracker):
            return {}  # house numbers and postcodes
        return super().extract_orders_number(dispatcher, tracker, domain)

    def extract_orders_address(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if requested(tracker) and _names_an_order(tracker):
            return {}
        said = free_text(tracker, ADDRESS) or addition(tracker, CONFIRMED)
        if not said and requested(tracker) == CONFIRMED and intent_of(tracker) in TRIES:
            said = text_of(tracker)
        if not said and intent_of(tracker) == INTENT and not tracker.get_slot(TOLD):
            said = addresses.wished(text_of(tracker), number_beside_postcode(tracker))
        found = _parts(said) if said else {}
        if intent_of(tracker) not in _ANSWERS and is_sure(tracker) and "postcode" not in found:
            return {}  # "do you ship to Norway?" in the middle
        asked = requested(tracker) == ADDRESS and intent_of(tracker) in TRIES
        return taken(ADDRESS, said if found or (asked and said) else None)

    def validate_orders_address(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        known, found = dict(tracker.get_slot(TOLD) or {}), _parts(value)
        if not found or (set(found) == {"city"} and "line1" not in known):
            dispatcher.utter_message(response="utter_orders_address_unclear")
            return {ADDRESS: None}
        known = addresses.merged(known, found)
        return {TOLD: known, ADDRESS: None if addresses.missing(known) else known}

    def extract_orders_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        changed = "order_number", "postcode"
        return taken(CONFIRMED, yes_or_no(tracker, CONFIRMED, *changed, also="change_words"))


def _names_an_order(tracker: Tracker) -> bool:
    """Tell whether a number is that of an order: "no, order 1003"."""
    speaks_of_one = intent_of(tracker) == INTENT or wording.is_about_an_order(text_of(tracker))
    return speaks_of_one and entity(tracker, "order_number") is not None


def _parts(said: str) -> addresses.Parts:
    try:
        return addresses.parts(said)
    except InvalidError:
        return {}


class ActionAskWhichToReaddress(Action):
    """Ask which order is to go elsewhere, with those that still can."""

    def name(self) -> str:
        return "action_ask_change_address_form_orders_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        listed = await in_time(tracker, lambda frontdesk, turn: frontdesk.order_changes.which(turn, OPEN))
        utter(listed or Outcome("utter_ask_orders_number"), dispatcher)
        return []
