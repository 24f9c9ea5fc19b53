"""What only the database can tell about a row: whether its customer exists, whether its number and codes are free."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from bridge.loading import scratch
from bridge.loading.report import Report
from bridge.loading.tables import Record
from bridge.storage.business import customers, product_variants, products, tickets

Wrong = dict[int, tuple[str, str]]
"""By line: the field and the reason."""


def _link_customers(connection: sa.engine.Connection, orders: Sequence[Record], report: Report) -> Wrong:
    """Give each order its customer."""
    emails = {order.columns["email"] for order in orders}
    query = sa.select(customers.c.email, customers.c.id).where(customers.c.email.in_(emails))
    ids = {row.email: row.id for row in connection.execute(query)}
    wrong: Wrong = {}
    for order in orders:
        order.columns["customer_id"] = ids.get(order.columns["email"])
        # Once rows are refused, customers are no longer written, and their orders would be refused for no reason.
        if order.columns["customer_id"] is None and "customers" not in report.refused:
            wrong[order.line] = "email", "no customer has this e-mail; add the customer, or correct the e-mail"
    return wrong


def _own_skus(connection: sa.engine.Connection, rows: Sequence[Record], _report: Report) -> Wrong:
    """Refuse a SKU that two products would share."""
    wrong: Wrong = {}
    skus = [(variant["sku"], row.line) for row in rows for variant in row.parts["variants"]]
    for line, first in scratch.remember(connection, "skus", skus).items():
        where = "twice in this product" if first == line else f"already in the product of line {first}"
        wrong[line] = "variants", f"a SKU of these is {where}; each must be there once"
    line_of = dict(skus)
    for some in scratch.pieces(list(line_of)):
        query = (
            sa.select(product_variants.c.sku, products.c.code)
            .join(products)
            # Products of this chunk give their SKUs back before they are written.
            .where(product_variants.c.sku.in_(some), products.c.code.not_in([row.key for row in rows]))
        )
        for row in connection.execute(query):
            reason = f"the SKU {row.sku} belongs to product {row.code} in the database; load that one without it first"
            wrong.setdefault(line_of[row.sku], ("variants", reason))
    return wrong


def _not_made_in_chat(connection: sa.engine.Connection, rows: Sequence[Record], _report: Report) -> Wrong:
    """Refuse the number of a ticket that a person opened through the assistant: it would be overwritten."""
    query = sa.select(tickets.c.number).where(
        tickets.c.number.in_([row.key for row in rows]), tickets.c.idempotency_key.is_not(None)
    )
    taken = set(connection.execute(query).scalars())
    reason = "is a ticket that was opened through the assistant; give this one another number"
    return {row.line: ("number", f"{row.key} {reason}") for row in rows if row.key in taken}


CHECKS: dict[str, Callable[[sa.engine.Connection, Sequence[Record], Report], Wrong]] = {
    "products": _own_skus,
    "orders": _link_customers,
    "tickets": _not_made_in_chat,
}
