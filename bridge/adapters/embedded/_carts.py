"""Keep carts that wait to be paid in our own tables."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.adapters.embedded._database import Row, by_key, check_fits, row_id
from bridge.errors import ConflictError, InvalidError
from bridge.model.commerce import CartLine, Checkout
from bridge.model.money import Money
from bridge.storage.business import checkouts, product_variants, products
from bridge.storage.engine import insert_if_new


def make_cart(connection: sa.engine.Connection, email: str, lines: Sequence[CartLine], key: str, now: datetime) -> Row:
    """Keep a cart, or return the one this key made."""
    bought, total = _priced(connection, lines)
    values = {
        "email": email.strip().lower(),
        "token": secrets.token_urlsafe(24),
        "lines": bought,
        "total_minor": total.minor,
        "currency": total.currency,
        "created_at": now,
        "idempotency_key": key,
    }
    check_fits(checkouts, values)
    insert_if_new(connection, checkouts, values)
    made = by_key(connection, checkouts, key)
    if made is None or made["email"] != values["email"]:
        raise ConflictError("this key was used for another cart")
    return made


def read_cart(row: Row, checkout_url: str) -> Checkout:
    """Return the checkout of a row."""
    return Checkout(str(row["id"]), f"{checkout_url}{row['token']}", Money(row["total_minor"], row["currency"]))


def _priced(connection: sa.engine.Connection, lines: Sequence[CartLine]) -> tuple[list[dict[str, Any]], Money]:
    """Return what is bought as it is now, for products change and a cart that waits does not, and the sum of it."""
    sold = [_sold(connection, line.variant_id) for line in lines]
    if not sold:
        raise InvalidError("lines", "names nothing")
    if any(line.quantity < 1 for line in lines):
        raise InvalidError("lines", "holds a quantity below one")
    if len({row["currency"] for row in sold}) > 1:
        raise InvalidError("lines", "mixes currencies")
    bought = [
        {**asdict(line), "name": row["name"], "options": row["options"], "unit_price_minor": row["price_minor"]}
        for line, row in zip(lines, sold, strict=True)
    ]
    minor = sum(one["unit_price_minor"] * one["quantity"] for one in bought)
    return bought, Money(minor, sold[0]["currency"])


def _sold(connection: sa.engine.Connection, variant_id: str) -> Row:
    variant = product_variants.c
    choice = sa.select(products.c.name, variant.options, variant.price_minor, variant.currency)
    of_product = variant.product_id == products.c.id
    row = connection.execute(choice.where(of_product, variant.id == row_id(variant_id), products.c.active))
    found: Row | None = row.mappings().first()
    if found is None:
        raise InvalidError("lines", "names what cannot be bought")
    return found
