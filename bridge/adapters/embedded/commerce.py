"""Orders, products, returns and carts in our own database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from bridge.adapters.embedded._carts import make_cart, read_cart
from bridge.adapters.embedded._database import by_key, looking_up, row_id, storable, storing, was_changed
from bridge.adapters.embedded._orders import change_order, locked_order, order_by_id, postcode_of, read_order
from bridge.adapters.embedded._products import find_products
from bridge.adapters.embedded._returns import make_return, read_return, returns_of
from bridge.errors import InvalidError, NotFoundError, UnsupportedError
from bridge.model.commerce import Address, CartLine, Checkout, NewReturn, Order, OrderStatus, Product, Return
from bridge.model.identity import Claim
from bridge.ports._kind import operations
from bridge.ports.commerce import Commerce
from bridge.storage.business import checkouts, order_returns, orders
from bridge.storage.types import utc_now

_WITH_A_CHECKOUT = frozenset({"create_checkout", "find_checkout_by_key"})


class EmbeddedCommerce:
    """Keep a shop in SQL.

    Args:
        checkout_url: where the host site takes carts over; the token of a cart is put behind it. Without it there is
            nothing to pay at, and so no checkout.
        now: the clock.
    """

    system = "embedded"
    capabilities = operations(Commerce)

    def __init__(
        self, engine: sa.engine.Engine, *, checkout_url: str = "", now: Callable[[], datetime] = utc_now
    ) -> None:
        self._engine = engine
        self._checkout_url = checkout_url
        self._now = now
        if not checkout_url:
            self.capabilities = self.capabilities - _WITH_A_CHECKOUT

    def find_order(self, number: str, claim: Claim) -> Order:
        """Return the order with this number if the claim matches it."""
        wanted = number.strip().removeprefix("#").upper()
        if storable(wanted):
            with looking_up(self._engine) as connection:
                row = connection.execute(sa.select(orders).where(orders.c.number == wanted)).mappings().first()
                if row is not None and claim.matches(email=row["email"], postcode=postcode_of(row)):
                    return read_order(connection, row)
        raise NotFoundError("no order has this number and belongs to this person")

    def list_orders(self, email: str, limit: int = 10) -> Sequence[Order]:
        """Return the newest orders of the person with this proven e-mail."""
        claim = Claim(email=email.strip())
        if not claim.email or not storable(email) or limit < 1:
            return []
        mine = sa.func.lower(orders.c.email) == claim.email.lower()
        newest_first = sa.select(orders).where(mine).order_by(orders.c.placed_at.desc(), orders.c.id.desc())
        with looking_up(self._engine) as connection:
            rows = connection.execute(newest_first.limit(limit)).mappings().all()
            return [read_order(connection, row) for row in rows if claim.matches(email=row["email"])]

    def search_products(self, text: str, limit: int = 5) -> Sequence[Product]:
        """Return active products that have every word of `text` in name, description or an option, best first."""
        words = text.casefold().split()
        if not words or limit < 1:
            return []
        with looking_up(self._engine) as connection:
            return find_products(connection, words, limit)

    def cancel_order(self, order_id: str, key: str) -> Order:
        """Cancel an order, at once."""
        with storing(self._engine) as connection:
            order = locked_order(connection, order_id)
            if order.status is OrderStatus.CANCELLED:
                return order
            return change_order(connection, order, key, self._now(), status=OrderStatus.CANCELLED.value)

    def find_cancellation(self, order_id: str, key: str) -> Order | None:
        """Return the order if it was cancelled, whoever did it."""
        with looking_up(self._engine) as connection:
            order = order_by_id(connection, order_id)
            return order if order is not None and order.status is OrderStatus.CANCELLED else None

    def request_return(self, order_id: str, wanted: NewReturn, key: str) -> Return:
        """Write down which items shall go back."""
        with storing(self._engine) as connection:
            return make_return(connection, locked_order(connection, order_id), wanted, key, self._now())

    def list_returns(self, order_id: str) -> Sequence[Return]:
        """Return the returns of an order."""
        with looking_up(self._engine) as connection:
            return [read_return(row) for row in returns_of(connection, order_id)]

    def find_return_by_key(self, order_id: str, key: str) -> Return | None:
        """Return the return of this order that this idempotency key asked for."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            made = by_key(connection, order_returns, key)
            return None if made is None or made["order_id"] != row_id(order_id) else read_return(made)

    def change_address(self, order_id: str, address: Address, key: str) -> Order:
        """Send an order to another address."""
        fields = asdict(address)
        if not all(map(storable, fields.values())):
            raise InvalidError("address", "holds a character that cannot be stored")
        with storing(self._engine) as connection:
            return change_order(connection, locked_order(connection, order_id), key, self._now(), address=fields)

    def find_address_change(self, order_id: str, address: Address, key: str) -> Order | None:
        """Return the order if this key changed its address."""
        with looking_up(self._engine) as connection:
            order = order_by_id(connection, order_id)
            return order if order is not None and was_changed(connection, "order", order.id, key) else None

    def create_checkout(self, email: str, lines: Sequence[CartLine], key: str) -> Checkout:
        """Keep a cart under an address that nobody guesses."""
        if not self._checkout_url:
            raise UnsupportedError("the deployment does not say where carts are paid")
        with storing(self._engine) as connection:
            return read_cart(make_cart(connection, email, lines, key, self._now()), self._checkout_url)

    def find_checkout_by_key(self, email: str, key: str) -> Checkout | None:
        """Return the checkout that this idempotency key made for this e-mail."""
        if not self._checkout_url:
            raise UnsupportedError("the deployment does not say where carts are paid")
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            made = by_key(connection, checkouts, key)
            mine = made is not None and made["email"] == email.strip().lower()
            return read_cart(made, self._checkout_url) if made is not None and mine else None
