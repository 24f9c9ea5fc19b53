"""Keep carts that wait to be paid in our own tables."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from bridge.adapters.embedded._database import Row, by_key, check_fits, row_id
from bridge.errors import ConflictError, InvalidError
from bridge.model.commerce import CartLine, Checkout
from bridge.model.money import Money
from bridge.storage.business import checkouts, product_variants, products
from bridge.storage.engine import insert_if_new


def make_cart(connection: sa.engine.Connection, email: str, lines: Sequence[CartLine], key: str, now: datetime) -> Row:
    """Keep a cart, or return the one this key made."""
    total = _total(connection, lines)
    values = {
        "email": email.strip().lower(),
        "token": secrets.token_urlsafe(24),
        "lines": [asdict(line) for line in lines],
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


def _total(connection: sa.engine.Connection, lines: Sequence[CartLine]) -> Money:
    prices = [_price(connection, line.variant_id) for line in lines]
    if not prices:
        raise InvalidError("lines", "names nothing")
    if any(line.quantity < 1 for line in lines):
        raise InvalidError("lines", "holds a quantity below one")
    if len({price.currency for price in prices}) > 1:
        raise InvalidError("lines", "mixes currencies")
    minor = sum(price.minor * line.quantity for price, line in zip(prices, lines, strict=True))
    return Money(minor, prices[0].currency)


def _price(connection: sa.engine.Connection, variant_id: str) -> Money:
    choice = (
        sa.select(product_variants).join(products).where(product_variants.c.id == row_id(variant_id), products.c.active)
    )
    row = connection.execute(choice).mappings().first()
    if row is None:
        raise InvalidError("lines", "names what cannot be bought")
    return Money(row["price_minor"], row["currency"])
