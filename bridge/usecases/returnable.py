"""What of an order can go back, what a person wants to send back, and how a return stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bridge.model.commerce import Order, OrderItem, OrderStatus, Return, ReturnLine, ReturnReason, ReturnStatus
from bridge.model.money import Money

LONGEST_NOTE = 1000
_TAKES_NOTHING = (ReturnStatus.DECLINED, ReturnStatus.CANCELLED)


@dataclass(frozen=True)
class Returnable:
    """Hold an order of a verified person, and what of it can still go back."""

    order_id: str
    number: str
    items: tuple[OrderItem, ...]
    """Each with the quantity that is left."""

    def to_json(self) -> dict[str, Any]:
        """Return what a slot keeps of it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Returnable:
        """Return what a slot kept."""
        items = (OrderItem(**{**item, "unit_price": Money(**item["unit_price"])}) for item in kept["items"])
        return cls(kept["order_id"], kept["number"], tuple(items))


@dataclass(frozen=True)
class Wanted:
    """Hold what a person wants to send back; `instead` is what they want for it, "" for their money."""

    lines: tuple[ReturnLine, ...]
    reason: ReturnReason
    told: str = ""
    instead: str = ""

    @property
    def note(self) -> str:
        """Return what the people of the shop read, in the customer's words."""
        parts = (self.told, f"[exchange] {self.instead}" if self.instead else "")
        return "\n".join(filter(None, parts))[:LONGEST_NOTE]


def left_of(items: Sequence[OrderItem], known: Sequence[Return]) -> Iterator[OrderItem]:
    """Yield what of an order is not on its way back yet, each item with the quantity that is left."""
    gone: Counter[str] = Counter()
    for one in known:
        if one.status not in _TAKES_NOTHING:
            gone.update({line.item_id: line.quantity for line in one.lines})
    for item in items:
        if item.quantity > gone[item.id]:
            yield replace(item, quantity=item.quantity - gone[item.id])


def named(items: Sequence[OrderItem], lines: Sequence[ReturnLine]) -> list[OrderItem]:
    """Return the items that lines name, with the quantities of the lines."""
    wanted = Counter({line.item_id: line.quantity for line in lines})
    return [replace(item, quantity=wanted[item.id]) for item in items if wanted[item.id]]


def latest_of(known: Sequence[Return]) -> Return | None:
    """Return the return that people mean: the newest that was not taken back."""
    return next((one for one in reversed(known) if one.status is not ReturnStatus.CANCELLED), None)


def standing(order: Order, known: Sequence[Return]) -> str:
    """Return the response that tells how the money of an order stands."""
    latest = latest_of(known)
    if order.refunded and order.refunded.minor > 0:
        return "utter_returns_refunded"
    if order.status is OrderStatus.CANCELLED:
        return "utter_returns_refund_of_cancelled"
    if latest is not None:
        return f"utter_returns_is_{latest.status.value}"
    return "utter_returns_is_closed" if order.status is OrderStatus.RETURNED else "utter_returns_none"
