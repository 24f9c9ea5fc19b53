"""What the contract of a shop puts into its system, and what it needs of the system for that."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Protocol

from bridge.model.commerce import (
    Address,
    Fulfilment,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    Product,
    Variant,
)
from bridge.model.money import Money
from bridge.ports.commerce import Commerce
from bridge.testing.contract import (
    unique,
)

NEW_ADDRESS = Address("Ann Example", "9 Hill Road", "Leeds", "LS1 4AP", "GB", line2="Flat 2")


class CommerceWorld(Protocol):
    """Hold a shop for the contract."""

    adapter: Commerce
    unreachable: Commerce

    def add_order(self, order: Order) -> str:
        """Put an order into the shop and return the number its customer reads.

        With status OTHER, the shop must hold the word of `status_label`, which its adapter does not know.
        """

    def add_product(self, product: Product, *, active: bool = True) -> None:
        """Put a product into the shop, offered or withdrawn."""

    def returns(self, order_id: str) -> int:
        """Return how many returns the shop holds of an order."""

    def checkouts(self, email: str) -> int:
        """Return how many carts wait at the shop for this e-mail."""

    def settle(self) -> None:
        """Let the shop finish what it began: a cancellation may take its time."""


def make_order(email: str, **changes: Any) -> Order:
    """Return an order of two items, one parcel on its way."""
    at = datetime(2026, 1, 20, 9, 30, tzinfo=timezone.utc)
    values: dict[str, Any] = {
        "id": "",
        "number": f"AB{unique()}".upper(),
        "status": OrderStatus.SHIPPED,
        "status_label": "shipped",
        "email": email,
        "placed_at": at,
        "total": Money(6490, "USD"),
        "items": (
            OrderItem("TS-BLUE-M", "Blue T-Shirt", 1, Money(1990, "USD"), {"colour": "blue", "size": "M"}),
            OrderItem("JN-BLACK", "Black Jeans", 1, Money(4500, "USD")),
        ),
        "address": Address("Ann Example", "1 Mill Lane", "Springfield", "SW1A 1AA", "GB"),
        "payments": (Payment(PaymentKind.CREDIT_CARD, Money(6490, "USD"), "Visa", "4242"),),
        "fulfilments": (Fulfilment("UPS", "1Z999AA10123456784", at, at.replace(day=25), skus=("TS-BLUE-M",)),),
        "expected_by": at.replace(day=25),
    }
    return Order(**{**values, **changes})


def make_unshipped(email: str, **changes: Any) -> Order:
    """Return an order that can still be changed."""
    waiting = OrderStatus.PENDING_SHIPMENT
    return make_order(email, **{"status": waiting, "status_label": waiting.value, "fulfilments": (), **changes})


def make_product(name: str, description: str = "", **options: str) -> Product:
    """Return a product with one variant."""
    return Product("", name, (Variant(f"SKU-{unique()}", options, Money(1990, "USD"), 5),), description)
