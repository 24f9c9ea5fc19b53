"""Changes of an order, only by whoever its address is proven to belong to: what they share, and cancelling."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from bridge.conversation.drafts import Draft, Drafts
from bridge.conversation.guesses import Guesses
from bridge.conversation.turns import Turn
from bridge.conversation.watches import Watches
from bridge.errors import BridgeError, ConflictError, LockedError, NotFoundError
from bridge.events import order_changes
from bridge.formatting.cards import orders_card
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import REFUSALS
from bridge.model.commerce import Order, OrderStatus
from bridge.model.identity import Claim, Level
from bridge.model.outcome import Outcome
from bridge.ports.commerce import Commerce
from bridge.storage.types import Clock, utc_now
from bridge.usecases.degradation import AWAY, Degradation, Wish
from bridge.usecases.orders import OPEN, TRACK

CANCEL = "cancel_order"
CONFIRM = frozenset({"utter_orders_cancel_confirm", "utter_orders_cancel_confirm_unseen"})
"""What asks for a yes; everything else that comes of showing a change is the end of it."""
NUMBER = ("orders_number", "orders_confirmed")
CONFIRM_AGAIN = ("orders_confirmed",)
_AS_IT_STANDS = {
    OrderStatus.CANCELLED: "utter_orders_cancel_already",
    OrderStatus.DELIVERED: "utter_orders_cancel_delivered",
    OrderStatus.RETURNED: "utter_orders_cancel_delivered",
}
"""Why an order cannot be cancelled; all others that cannot are on their way."""


class OrderChanges:
    """Change orders of proven people; every write starts from the draft that was shown."""

    def __init__(
        self,
        commerce: Commerce,
        drafts: Drafts,
        guesses: Guesses,
        watches: Watches,
        degradation: Degradation,
        speech: Speech,
        clock: Clock = utc_now,
    ) -> None:
        self._commerce = commerce
        self._drafts = drafts
        self._guesses = guesses
        self._watches = watches
        self._degradation = degradation
        self._speech = speech
        self._clock = clock

    def is_offered(self, turn: Turn, operation: str) -> bool:
        """Tell whether there is anything to ask: the shop does this, and it can be known whose orders are meant."""
        is_nameless = turn.identity.level is Level.VERIFIED and not turn.identity.email
        return operation in self._commerce.capabilities and not is_nameless

    def which(self, turn: Turn, fitting: Collection[OrderStatus] | None = None) -> Outcome:
        """Ask which order is meant, with those that it can be.

        Args:
            fitting: how they stand; all of them without it.
        """
        plain = Outcome("utter_ask_orders_number")
        email = proven(turn)
        if email is None or "list_orders" not in self._commerce.capabilities:
            return plain
        try:
            found = [one for one in self._commerce.list_orders(email) if fitting is None or one.status in fitting]
        except BridgeError:
            return plain
        if not found:
            return Outcome("utter_orders_none") if fitting is None else Outcome("utter_orders_none_open")
        now = self._clock()
        listed = self._speech.orders(found, now)
        return Outcome("utter_orders_which", {"orders": listed}, card=orders_card(found, self._speech, now))

    def show_cancellation(self, turn: Turn, number: str) -> Outcome:
        """Keep what will be cancelled and show it, or tell why nothing will be."""
        if not self._is_possible(turn):
            return Outcome("utter_orders_cancel_order", forget=NUMBER)
        try:
            found = self.find(turn, number)
        except AWAY:
            return self.show_unseen(turn, number)
        if isinstance(found, Outcome):
            return found
        if found.status not in OPEN:
            return self._as_it_stands(found)
        self._keep(turn, number)
        return Outcome("utter_orders_cancel_confirm", self._told(found))

    def show_unseen(self, turn: Turn, number: str) -> Outcome:
        """Keep what will be cancelled and ask for a yes without the order, which the shop does not tell in time."""
        self._keep(turn, number)
        return Outcome("utter_orders_cancel_confirm_unseen", {"order": number})

    def cancel(self, turn: Turn, number: str, confirmed: bool | None) -> Outcome:
        """Cancel the order that was shown, if that was wished; a repeated "yes" tells of the same one.

        Args:
            confirmed: None where there was nothing to confirm: it is told why.
        """
        if confirmed is None:
            return self._why_not(turn, number)
        if not confirmed:
            return Outcome("utter_orders_cancel_dropped", forget=NUMBER)
        draft = self._drafts.newest(turn.conversation_id, CANCEL)
        if draft is None or proven(turn) != draft.content["email"]:
            return Outcome("utter_orders_change_lapsed", forget=CONFIRM_AGAIN, again=True)
        kept = kept_as("utter_orders_cancel_kept", draft, NUMBER)
        wish = Wish(order_changes.CANCEL, draft, dict(draft.content), kept, CONFIRM_AGAIN)
        return self._degradation.write(wish, partial(self._cancel, turn, draft))

    def _why_not(self, turn: Turn, number: str) -> Outcome:
        if not self._is_possible(turn):
            return Outcome("utter_orders_cancel_order", forget=NUMBER)
        try:
            found = self.find(turn, number)
        except AWAY as error:
            return self._degradation.read(TRACK, error, self._as_it_stands)
        return found if isinstance(found, Outcome) else self._as_it_stands(found)

    def find(self, turn: Turn, number: str) -> Order | Outcome:
        """Return the order of a proven person, or what is told where it is not theirs.

        A wrong number and somebody else's order give the same answer, and both count as guesses.

        Raises:
            BridgeError: the shop does not tell.
        """
        email, record = proven(turn) or "", f"order:{number}"
        try:
            self._guesses.check(turn, record)
            return self._commerce.find_order(number, Claim(email=email))
        except LockedError as error:
            return Outcome("utter_orders_locked", {"minutes": str(error.minutes)}, forget=NUMBER)
        except NotFoundError:
            self._guesses.wrong(turn, record)
            told = {"number": number, "email": email}
            return Outcome("utter_orders_change_not_found", told, forget=NUMBER, again=True)

    def _is_possible(self, turn: Turn) -> bool:
        return proven(turn) is not None and "cancel_order" in self._commerce.capabilities

    def _keep(self, turn: Turn, number: str) -> None:
        self._drafts.make(turn.conversation_id, CANCEL, {"number": number, "email": proven(turn)})

    def _cancel(self, turn: Turn, draft: Draft) -> Outcome:
        number = draft.content["number"]
        order = self.find(turn, number)
        if isinstance(order, Outcome):
            return order
        try:
            order = self._commerce.cancel_order(order.id, draft.key)
        except ConflictError:
            return self._too_late(number, draft.content["email"])
        except REFUSALS as error:
            return self._degradation.refused("utter_orders_cancel_refused", error, {}, CONFIRM_AGAIN, order=number)
        self._drafts.consume(draft, {"order": number})
        # Its end is news where the shop takes its time, and none where it is told here.
        self._watches.add(draft.conversation_id, self._commerce.system, order, Level.VERIFIED)
        return replace(order_changes.cancelled(order), forget=NUMBER)

    def _too_late(self, number: str, email: str) -> Outcome:
        """Tell how the order stands that was changed while its cancellation was talked about."""
        try:
            return self._as_it_stands(self._commerce.find_order(number, Claim(email=email)))
        except BridgeError:
            return Outcome("utter_orders_cancel_on_its_way", {"order": number}, forget=NUMBER)

    def _as_it_stands(self, order: Order) -> Outcome:
        response = _AS_IT_STANDS.get(order.status, "utter_orders_cancel_on_its_way")
        return Outcome(response, self._told(order), forget=NUMBER)

    def _told(self, order: Order) -> dict[str, str]:
        now = self._clock()
        return {
            "order": order.number,
            "date": self._speech.day(order.placed_at, now),
            "items": self._speech.items(order.items),
            "total": self._speech.money(order.total),
        }


def proven(turn: Turn) -> str | None:
    """Return the address that the person was proven to have."""
    return turn.identity.email if turn.identity.level is Level.VERIFIED else None


def kept_as(response: str, draft: Draft, forget: tuple[str, ...]) -> Callable[[bool], Outcome]:
    """Return what makes the outcome of a kept change, given whether it may have happened already."""
    values = {"order": draft.content["number"], "minutes": str(order_changes.MINUTES)}
    return lambda unsure: Outcome(f"{response}_unsure" if unsure else response, values, forget=forget)
