"""Our action server with the slow shop as its commerce system: python -m bench.slow.adapter."""

from __future__ import annotations

import os
import runpy
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import requests

from bridge.model.commerce import Order, OrderStatus, Product
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.registry import ADAPTERS


class SlowCommerce:
    """Ask the slow shop as an adapter does: blocking, in whatever thread the guard gives."""

    system = "slow"
    capabilities = frozenset({"find_order"})

    def __init__(self, _engine: Any) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=64))

    def find_order(self, number: str, claim: Claim) -> Order:
        """Return an order of whoever asks."""
        self._session.get(f"{os.environ['SLOW_SHOP']}/orders/{number}", timeout=30).json()
        placed = datetime(2026, 1, 20, tzinfo=timezone.utc)
        return Order(number, number, OrderStatus.DELIVERED, "done", claim.email or "", placed, Money(100, "USD"))

    def search_products(self, text: str, limit: int = 5) -> Sequence[Product]:
        """Return nothing."""
        return ()


if __name__ == "__main__":
    ADAPTERS["commerce", "slow"] = "bench.slow.adapter:SlowCommerce"
    runpy.run_module("actions", run_name="__main__")
