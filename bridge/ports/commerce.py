"""The shop: orders and products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bridge.model.commerce import Order, Product
from bridge.model.identity import Claim
from bridge.ports._kind import read


class Commerce(Protocol):
    """Answer questions about orders and products."""

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
    def search_products(self, text: str, limit: int = 5) -> Sequence[Product]:
        """Return active products that have every word of `text`, best first; an empty list if there are none."""
