"""The till of the demo: what is in a cart of the embedded shop, shown where elsewhere the shop takes the payment."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from bridge.model.money import Money
from bridge.storage.business import checkouts
from bridge.storage.engine import reading

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True)
class Bought:
    """Hold one line of a cart."""

    name: str
    options: tuple[str, ...]
    quantity: int
    price: Money

    @property
    def sum(self) -> Money:
        """Return what all of it costs."""
        return Money(self.price.minor * self.quantity, self.price.currency)


@dataclass(frozen=True)
class WaitingCart:
    """Hold a cart as it was when its link was made; not whose it is."""

    lines: tuple[Bought, ...]
    total: Money


class Till:
    """Find carts by their tokens."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def cart(self, token: str) -> WaitingCart | None:
        """Return the cart of a token, if there is one."""
        if not _TOKEN.fullmatch(token):
            return None
        wanted = sa.select(checkouts.c.lines, checkouts.c.total_minor, checkouts.c.currency)
        with reading(self._engine) as connection:
            row = connection.execute(wanted.where(checkouts.c.token == token)).first()
        if row is None:
            return None
        lines = tuple(
            Bought(
                line["name"],
                tuple(line["options"].values()),
                line["quantity"],
                Money(line["unit_price_minor"], row.currency),
            )
            for line in row.lines
        )
        return WaitingCart(lines, Money(row.total_minor, row.currency))
