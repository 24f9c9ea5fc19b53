"""Read orders and their parts from our own tables, and change them while that is possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.adapters.embedded._database import Row, change_once, row_id
from bridge.errors import ConflictError, NotFoundError
from bridge.model.commerce import Address, Fulfilment, Order, OrderItem, OrderStatus, Payment, PaymentKind
from bridge.model.money import Money
from bridge.storage.business import fulfilments, order_items, order_payments, orders

_CHANGEABLE = {OrderStatus.ON_HOLD, OrderStatus.PENDING_SHIPMENT, OrderStatus.DELAYED}
"""States in which nothing has left the house, unless a parcel says otherwise."""


def order_by_id(connection: sa.engine.Connection, order_id: str, *, lock: bool = False) -> Order | None:
    """Return the order with this id."""
    choice = sa.select(orders).where(orders.c.id == row_id(order_id))
    row = connection.execute(choice.with_for_update() if lock else choice).mappings().first()
    return None if row is None else read_order(connection, row)


def locked_order(connection: sa.engine.Connection, order_id: str) -> Order:
    """Return the order with this id; nobody else changes it until the transaction is over."""
    order = order_by_id(connection, order_id, lock=True)
    if order is None:
        raise NotFoundError("no order has this id")
    return order


def change_order(connection: sa.engine.Connection, order: Order, key: str, now: datetime, **values: Any) -> Order:
    """Change a locked order unless this key has done so before, and return it as it stands then."""
    if not change_once(connection, "order", order.id, key, now):
        return order
    if order.status not in _CHANGEABLE or order.fulfilments:
        raise ConflictError("the order, or a part of it, has left the house or was cancelled")
    connection.execute(sa.update(orders).where(orders.c.id == int(order.id)).values(**values))
    changed = order_by_id(connection, order.id)
    assert changed is not None  # it is locked
    return changed


def postcode_of(order: Row) -> str | None:
    """Return where an order is sent, as far as it proves anything."""
    return (order["address"] or {}).get("postcode")


def read_order(connection: sa.engine.Connection, row: Row) -> Order:
    """Return the order of a row, with its parts."""

    def parts(table: sa.Table) -> Iterable[Row]:
        found = connection.execute(
            sa.select(table).where(table.c.order_id == row["id"]).order_by(table.c.position, table.c.id)
        )
        return list(found.mappings())

    currency = row["currency"]
    return Order(
        id=str(row["id"]),
        number=row["number"],
        status=_status(row["status"]),
        status_label=row["status"],
        email=row["email"],
        placed_at=row["placed_at"],
        total=Money(row["total_minor"], currency),
        items=tuple(_item(part, currency) for part in parts(order_items)),
        address=_address(row["address"]),
        payments=tuple(_payment(part, currency) for part in parts(order_payments)),
        fulfilments=tuple(_fulfilment(part) for part in parts(fulfilments)),
        expected_by=row["expected_by"],
        refunded=None if row["refunded_minor"] is None else Money(row["refunded_minor"], currency),
    )


def _status(word: str) -> OrderStatus:
    try:
        return OrderStatus(word)
    except ValueError:
        return OrderStatus.OTHER


def _item(row: Row, currency: str) -> OrderItem:
    price = Money(row["unit_price_minor"], currency)
    return OrderItem(row["sku"], row["name"], row["quantity"], price, dict(row["options"]), str(row["id"]))


def _payment(row: Row, currency: str) -> Payment:
    kind = PaymentKind(row["kind"]) if row["kind"] in set(PaymentKind) else PaymentKind.OTHER
    return Payment(kind, Money(row["amount_minor"], currency), row["brand"], row["last_four"])


def _fulfilment(row: Row) -> Fulfilment:
    return Fulfilment(
        carrier=row["carrier"],
        tracking_number=row["tracking_number"],
        shipped_at=row["shipped_at"],
        estimated_delivery=row["estimated_delivery"],
        delivered_at=row["delivered_at"],
        tracking_url=row["tracking_url"],
        skus=tuple(row["skus"]),
    )


def _address(stored: Mapping[str, Any] | None) -> Address | None:
    if not stored:
        return None
    fields = ("name", "line1", "city", "postcode", "country", "line2", "region")
    return Address(**{field: stored.get(field) or "" for field in fields})
