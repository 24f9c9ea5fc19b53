"""The shop: orders and products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bridge.model.commerce import Address, CartLine, Checkout, NewReturn, Order, Product, Return
from bridge.model.identity import Claim
from bridge.ports._kind import read, write


class Commerce(Protocol):
    """Answer questions about orders and products, and change what can still be changed.

    Writes name an order by its `id`, which only whoever was shown the order knows; whether that person may change it
    is asked before. One that a key or the record shows to be done already is not done again: its result is returned.
    """

    system: str
    """The registry name of the system behind this port, for watches, audit and metrics."""
    capabilities: frozenset[str]
    """Names of the operations this system can do; the others raise UnsupportedError."""

    @read
    def find_order(self, number: str, claim: Claim) -> Order:
        """Return the order with this number if the claim matches it.

        Args:
            number: as the customer reads it, without "#"; compared case-insensitively.
            claim: checked again in our code, because several vendors match partially or ignore a filter.

        Raises:
            NotFoundError: no such order, or the claim does not match it: the two cannot be told apart.
        """

    @read
    def list_orders(self, email: str, limit: int = 10) -> Sequence[Order]:
        """Return the newest orders of the person whom this e-mail is proven to be, newest first; perhaps none.

        Args:
            email: compared again in our code, whatever the case of its letters.
        """

    @read
    def search_products(self, text: str, limit: int = 5) -> Sequence[Product]:
        """Return active products that have every word of `text`, best first; an empty list if there are none."""

    @write("find_cancellation")
    def cancel_order(self, order_id: str, key: str) -> Order:
        """Cancel an order and return it as it stands: CANCELLED, or not yet where the system takes its time.

        Raises:
            NotFoundError: no such order.
            ConflictError: it cannot be cancelled any more.
        """

    @read
    def find_cancellation(self, order_id: str, key: str) -> Order | None:
        """Return the order if it was cancelled; a system may have kept the key, or tell it by the state."""

    @write("find_return_by_key")
    def request_return(self, order_id: str, wanted: NewReturn, key: str) -> Return:
        """Ask the shop to take items back; nothing is refunded by this.

        Raises:
            NotFoundError: no such order.
            InvalidError: `lines` names what the order does not have, or more of it than is left to return.
            ConflictError: nothing of the order can go back: it was not shipped, or was cancelled.
        """

    @read
    def list_returns(self, order_id: str) -> Sequence[Return]:
        """Return the returns of an order that were asked for, whatever became of them, oldest first."""

    @read
    def find_return_by_key(self, order_id: str, key: str) -> Return | None:
        """Return the return of this order that this idempotency key asked for; the read-back of it."""

    @write("find_address_change")
    def change_address(self, order_id: str, address: Address, key: str) -> Order:
        """Have an order sent to another address, and return it with that.

        Raises:
            NotFoundError: no such order.
            InvalidError: the system does not take the address.
            ConflictError: the order, or a part of it, is on its way or was cancelled.
        """

    @read
    def find_address_change(self, order_id: str, address: Address, key: str) -> Order | None:
        """Return the order if it was changed so; a system may have kept the key, or tell it by the address."""

    @write("find_checkout_by_key")
    def create_checkout(self, email: str, lines: Sequence[CartLine], key: str) -> Checkout:
        """Put a cart together that its customer can pay at the shop.

        Args:
            email: of the customer, or "" where it is not known.

        Raises:
            InvalidError: `lines` is empty or names what cannot be bought.
        """

    @read
    def find_checkout_by_key(self, email: str, key: str) -> Checkout | None:
        """Return the checkout that this idempotency key made for this e-mail; the read-back of it."""
