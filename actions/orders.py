"""Orders: the track_order form and its answer."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._asking import in_time
from actions._form import Form, Slots, checked, taken
from actions._job import UseCaseAction
from actions._message import entity, number_beside_postcode, requested
from actions._run import Call, utter, verified_email
from actions._values import value_or_text
from bridge.formatting import inbound
from bridge.model.identity import Claim
from bridge.model.outcome import Outcome

OWN = {"track_order"}
FORM = "track_order_form"


class ValidateTrackOrderForm(Form):
    """Take an order number and a proof, in any order and any spelling."""

    def name(self) -> str:
        return "validate_track_order_form"

    def extract_orders_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        number = number_beside_postcode(tracker)
        if asks_for_proof(tracker) and number == entity(tracker, "postcode"):
            number = None  # a bare 94107, when a postcode was asked for
        return taken("orders_number", value_or_text(tracker, "orders_number", OWN, number))

    async def extract_orders_contact(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        asked = asks_for_proof(tracker)
        postcode = entity(tracker, "postcode")
        number = number_beside_postcode(tracker)
        if not asked and postcode == number:
            postcode = None  # five digits that nobody asked for: the number takes them
        if asked and number and not postcode and not entity(tracker, "email"):
            return {}  # a correction of the number
        found = entity(tracker, "email") or postcode
        is_open = not asked and not tracker.get_slot("orders_contact")
        known = (await verified_email(tracker) or tracker.get_slot("tickets_email")) if is_open else None
        return taken("orders_contact", value_or_text(tracker, "orders_contact", OWN, found) or known)

    def validate_orders_number(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        unclear = "utter_orders_number_unclear" if any(map(str.isdigit, value)) else "utter_orders_number_unknown"
        return checked("orders_number", value, inbound.order_number, dispatcher, otherwise=unclear)

    def validate_orders_contact(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return checked(
            "orders_contact",
            value,
            inbound.email_or_postcode,
            dispatcher,
            spelled_out="utter_dialog_email_spelled_out",
            otherwise="utter_orders_contact_unclear",
        )


def asks_for_proof(tracker: Tracker) -> bool:
    """Tell whether an e-mail or a postcode is what the person was asked for, or asked to correct."""
    return requested(tracker) == "orders_contact" or tracker.get_slot("dialog_retry") == FORM


class ActionAskWhichToTrack(Action):
    """Ask which order is meant, with those of whoever is proven."""

    def name(self) -> str:
        return "action_ask_track_order_form_orders_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        listed = await in_time(tracker, lambda frontdesk, turn: frontdesk.order_changes.which(turn))
        utter(listed or Outcome("utter_ask_orders_number"), dispatcher)
        return []


class ActionTrackOrder(UseCaseAction):
    """Tell how the order stands."""

    form = FORM

    def name(self) -> str:
        return "action_track_order"

    def call(self, tracker: Tracker) -> Call:
        number, contact = tracker.get_slot("orders_number"), tracker.get_slot("orders_contact")
        claim = Claim(email=contact) if "@" in contact else Claim(postcode=contact)
        return lambda frontdesk, turn: frontdesk.orders.track(turn, number, claim)
