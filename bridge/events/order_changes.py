"""Changes of orders that the outbox kept: tried for a short while only, for nobody expects them hours later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bridge.conversation.watches import Watches
from bridge.errors import ConflictError, CredentialsError, ProtocolError, UnavailableError, UnsupportedError
from bridge.events.entries import Entry
from bridge.model.commerce import Address, Order, OrderStatus
from bridge.model.identity import Claim, Level
from bridge.model.outcome import Outcome
from bridge.ports.commerce import Commerce
from bridge.storage.types import Clock

CANCEL, ADDRESS = "orders.cancel", "orders.change_address"
MINUTES = 15
"""After so long nothing is changed any more, and the person is told so (docs/decisions/0027)."""
_AWAY = (UnavailableError, CredentialsError, ProtocolError)

Ended = tuple[dict[str, Any], Outcome]
"""What became of a change: for operators, and for the person."""


class KeptChanges:
    """Do changes of orders that could not be done in their turn.

    Every method raises a BridgeError where it did not work and there is time for another try.
    """

    def __init__(self, commerce: Commerce, watches: Watches, clock: Clock) -> None:
        self._commerce = commerce
        self._watches = watches
        self._clock = clock

    def cancel(self, entry: Entry, content: dict[str, Any]) -> Ended:
        """Cancel an order."""
        shop, key = self._commerce, entry.key
        return self._settled(
            entry,
            content,
            "utter_orders_cancel",
            lambda order: shop.find_cancellation(order.id, key),
            lambda order: shop.cancel_order(order.id, key),
            cancelled,
        )

    def readdress(self, entry: Entry, content: dict[str, Any]) -> Ended:
        """Have an order sent to another address."""
        shop, key, address = self._commerce, entry.key, Address(**content["address"])
        return self._settled(
            entry,
            content,
            "utter_orders_address",
            lambda order: shop.find_address_change(order.id, address, key),
            lambda order: shop.change_address(order.id, address, key),
            readdressed,
        )

    def _settled(
        self,
        entry: Entry,
        content: dict[str, Any],
        response: str,
        find: Callable[[Order], Order | None],
        change: Callable[[Order], Order],
        say: Callable[[Order], Outcome],
    ) -> Ended:
        """Look for what an earlier try may have done; else do it while it is not too late for that."""
        told = {"order": content["number"]}
        is_late = self._clock() - entry.kept_at >= timedelta(minutes=MINUTES)
        if is_late and not entry.unknown:
            return {"left": "too late"}, Outcome(f"{response}_kept_late", told)
        try:
            order = self._commerce.find_order(content["number"], Claim(email=content["email"]))
            done = _found(find, order) if entry.unknown else None
            if done is None and is_late:
                return {"left": "too late"}, Outcome(f"{response}_kept_late", told)
            done = done or change(order)
        except ConflictError:
            return {"refused": "it cannot be changed any more"}, Outcome(f"{response}_on_its_way", told)
        except _AWAY:
            if not is_late:
                raise
            return {"left": "nobody can tell"}, Outcome(f"{response}_kept_unknown", told)
        self._watches.add(entry.conversation_id, self._commerce.system, done, Level.VERIFIED)
        return {"order": done.number}, say(done)


def _found(find: Callable[[Order], Order | None], order: Order) -> Order | None:
    try:
        return find(order)
    except UnsupportedError:
        return None  # such a system knows its keys itself: the same one twice is one change


def cancelled(order: Order) -> Outcome:
    """Return what is told of a cancellation: some shops take their time for it."""
    is_done = order.status is OrderStatus.CANCELLED
    return Outcome(f"utter_orders_cancel_{'done' if is_done else 'under_way'}", {"order": order.number})


def readdressed(order: Order) -> Outcome:
    """Return what is told of an order that goes to another address."""
    return Outcome("utter_orders_address_done", {"order": order.number})
