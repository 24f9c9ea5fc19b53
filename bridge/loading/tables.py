"""Where each field of a row goes: from checked rows to the columns of the business tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bridge.loading.measures import to_minor
from bridge.loading.rows import (
    CommentRow,
    CustomerRow,
    FulfilmentRow,
    ItemRow,
    OrderRow,
    PaymentMethodRow,
    PaymentRow,
    ProductRow,
    TicketRow,
    VariantRow,
)
from bridge.storage import business

Columns = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """Say which table keeps one list of a record; `loaded` tells its loaded rows from those that people made."""

    table: sa.Table
    owner: str
    loaded: sa.sql.ColumnElement[bool] | None = None

    @property
    def ordered(self) -> sa.Column[Any]:
        return self.table.c.get("position", self.table.c.id)


@dataclass(frozen=True)
class Kind:
    """Say which table keeps a kind, by which column a record is known again, and what becomes of a row."""

    table: sa.Table
    key: str
    record: Callable[[Any], Record]
    parts: dict[str, Part] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    """Columns whose value stays as it is where the row does not tell it."""


@dataclass
class Record:
    """Hold one checked row as columns of its table and of the tables of its lists."""

    key: str
    columns: Columns
    parts: dict[str, list[Columns]] = field(default_factory=dict)
    line: int = 0


def _customer(row: CustomerRow) -> Record:
    return Record(
        row.email,
        {
            "email": row.email,
            "name": row.name,
            "phone": row.phone,
            "company": row.company,
            "created_at": row.created_at,
        },
        {
            "addresses": [
                {"position": position, "address": dict(address)} for position, address in enumerate(row.addresses)
            ],
            "payment_methods": [
                {"position": position, **_payment_method(method)} for position, method in enumerate(row.payment_methods)
            ],
        },
    )


def _payment_method(row: PaymentMethodRow) -> Columns:
    return {
        "kind": row.kind,
        "brand": row.brand,
        "last_four": row.last_four,
        "balance_minor": None if row.balance is None else to_minor(row.balance, row.currency),
        "currency": row.currency,
    }


def _product(row: ProductRow) -> Record:
    return Record(
        row.code,
        {"code": row.code, "name": row.name, "description": row.description, "active": row.active},
        {"variants": [_variant(variant) for variant in row.variants]},
    )


def _variant(row: VariantRow) -> Columns:
    return {
        "sku": row.sku,
        "options": row.options,
        "price_minor": to_minor(row.price, row.currency),
        "currency": row.currency,
        "stock": row.stock,
    }


def _order(row: OrderRow) -> Record:
    return Record(
        row.number,
        {
            "number": row.number,
            "email": row.email,
            "status": row.status,
            "currency": row.currency,
            "total_minor": to_minor(row.total, row.currency),
            "placed_at": row.placed_at,
            "expected_by": row.expected_by,
            "refunded_minor": None if row.refunded is None else to_minor(row.refunded, row.currency),
            "address": dict(row.address) if row.address else None,
        },
        {
            "items": [_item(item, row.currency, position) for position, item in enumerate(row.items)],
            "payments": [_payment(payment, row.currency, position) for position, payment in enumerate(row.payments)],
            "fulfilments": [_fulfilment(parcel, position) for position, parcel in enumerate(row.fulfilments)],
        },
    )


def _item(row: ItemRow, currency: str, position: int) -> Columns:
    return {
        "position": position,
        "sku": row.sku,
        "name": row.name,
        "options": row.options,
        "quantity": row.quantity,
        "unit_price_minor": to_minor(row.unit_price, currency),
    }


def _payment(row: PaymentRow, currency: str, position: int) -> Columns:
    return {
        "position": position,
        "kind": row.kind,
        "brand": row.brand,
        "last_four": row.last_four,
        "amount_minor": to_minor(row.amount, currency),
    }


def _fulfilment(row: FulfilmentRow, position: int) -> Columns:
    return {"position": position, **dict(row), "skus": list(row.skus)}


def _ticket(row: TicketRow) -> Record:
    latest = max([row.created_at, *(comment.at for comment in row.comments)])
    return Record(
        row.number,
        {
            **row.dict(exclude={"comments"}),
            "tags": list(row.tags),
            "updated_at": row.updated_at or latest,
            "verified": False,
        },
        {"comments": [_comment(comment) for comment in row.comments]},
    )


def _comment(row: CommentRow) -> Columns:
    return dict(row)


KINDS: dict[str, Kind] = {
    "customers": Kind(
        business.customers,
        "email",
        _customer,
        {
            "addresses": Part(business.customer_addresses, "customer_id"),
            "payment_methods": Part(business.customer_payment_methods, "customer_id"),
        },
        kept=("created_at",),
    ),
    "products": Kind(business.products, "code", _product, {"variants": Part(business.product_variants, "product_id")}),
    "orders": Kind(
        business.orders,
        "number",
        _order,
        {
            "items": Part(business.order_items, "order_id"),
            "payments": Part(business.order_payments, "order_id"),
            "fulfilments": Part(business.fulfilments, "order_id"),
        },
    ),
    "tickets": Kind(
        business.tickets,
        "number",
        _ticket,
        {
            "comments": Part(
                business.ticket_comments, "ticket_id", loaded=business.ticket_comments.c.idempotency_key.is_(None)
            )
        },
    ),
}
