"""Readdressing: have an order sent to another address before it leaves."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from bridge.conversation.drafts import Draft, Drafts
from bridge.conversation.turns import Turn
from bridge.conversation.watches import Watches
from bridge.errors import ConflictError, InvalidError
from bridge.events import order_changes
from bridge.formatting import addresses
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import REFUSALS
from bridge.model.commerce import Address, Order, OrderStatus
from bridge.model.identity import Level
from bridge.model.outcome import Outcome
from bridge.ports.commerce import Commerce
from bridge.usecases.degradation import AWAY, Degradation, Wish
from bridge.usecases.order_changes import CONFIRM_AGAIN, NUMBER, OrderChanges, kept_as, proven
from bridge.usecases.orders import OPEN, TRACK

INTENT, OPERATION = "change_shipping_address", "change_address"
ADDRESS, TOLD = "orders_address", "orders_address_told"
"""The slots of a whole address, and of what is known of one."""
ANEW = (ADDRESS, TOLD)
SETTLED = (*NUMBER, *ANEW)
CONFIRM = "utter_orders_address_confirm"
"""What asks for a yes; all else that comes of showing a change, but a part that is missing, is the end of it."""
_AS_IT_STANDS = {
    OrderStatus.CANCELLED: "utter_orders_address_cancelled",
    OrderStatus.DELIVERED: "utter_orders_address_delivered",
    OrderStatus.RETURNED: "utter_orders_address_delivered",
}
"""Why an order cannot be sent elsewhere; all others that cannot are on their way."""
_FIELDS = dict.fromkeys(("address", "name", "line1", "line2", "city", "postcode", "region", "country"), ANEW)


class Readdressing:
    """Change where orders of proven people go, each from the address that was shown."""

    def __init__(
        self,
        commerce: Commerce,
        changes: OrderChanges,
        drafts: Drafts,
        watches: Watches,
        degradation: Degradation,
        speech: Speech,
    ) -> None:
        self._commerce = commerce
        self._changes = changes
        self._drafts = drafts
        self._watches = watches
        self._degradation = degradation
        self._speech = speech

    def show(self, turn: Turn, number: str, known: addresses.Parts) -> Outcome:
        """Keep where the order will go, and show it line by line, or tell why nothing will be changed."""
        if proven(turn) is None or OPERATION not in self._commerce.capabilities:
            return Outcome("utter_orders_change_shipping_address", forget=SETTLED)
        try:
            order = self._changes.find(turn, number)
        except AWAY as error:
            return self._degradation.read(TRACK, error, lambda _: Outcome("utter_orders_change_again"))
        if isinstance(order, Outcome):
            return order
        if order.status not in OPEN:
            return _as_it_stands(order)
        try:
            address = addresses.whole(known, order.address)
        except InvalidError as error:
            return Outcome(missing(error.field), forget=(ADDRESS,), again=True)
        content = {"number": number, "email": proven(turn), "address": asdict(address)}
        self._drafts.make(turn.conversation_id, INTENT, content)
        told = {"order": number, "address": addresses.lines(address, self._speech.locale)}
        return Outcome(CONFIRM, told, again=True)

    def change(self, turn: Turn, number: str, known: addresses.Parts, confirmed: bool | None) -> Outcome:
        """Change the address to the one that was shown, if that was wished; a repeated "yes" tells of the same change.

        Args:
            confirmed: None where there was nothing to confirm: it is told why, or shown after all.
        """
        if confirmed is None:
            return self.show(turn, number, known)
        if not confirmed:
            return Outcome("utter_orders_address_dropped", forget=SETTLED)
        draft = self._drafts.newest(turn.conversation_id, INTENT)
        if draft is None or proven(turn) != draft.content["email"] or number != draft.content["number"]:
            return Outcome("utter_orders_change_lapsed", forget=CONFIRM_AGAIN, again=True)
        kept = kept_as("utter_orders_address_kept", draft, SETTLED)
        wish = Wish(order_changes.ADDRESS, draft, dict(draft.content), kept, CONFIRM_AGAIN)
        return self._degradation.write(wish, partial(self._written, turn, draft))

    def _written(self, turn: Turn, draft: Draft) -> Outcome:
        number = draft.content["number"]
        order = self._changes.find(turn, number)
        if isinstance(order, Outcome):
            return order
        try:
            order = self._commerce.change_address(order.id, Address(**draft.content["address"]), draft.key)
        except ConflictError:
            return Outcome("utter_orders_address_on_its_way", {"order": number}, forget=SETTLED)
        except REFUSALS as error:
            return self._degradation.refused(
                "utter_orders_address_refused", error, _FIELDS, CONFIRM_AGAIN, order=number
            )
        self._drafts.consume(draft, {"order": number})
        self._watches.add(draft.conversation_id, self._commerce.system, order, Level.VERIFIED)
        return Outcome("utter_orders_address_done", {"order": number}, forget=SETTLED)


def missing(field: str) -> str:
    """Return the response that asks for a part of the address."""
    return f"utter_orders_address_missing_{field}"


def _as_it_stands(order: Order) -> Outcome:
    response = _AS_IT_STANDS.get(order.status, "utter_orders_address_on_its_way")
    return Outcome(response, {"order": order.number}, forget=SETTLED)
