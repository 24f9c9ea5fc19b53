"""Name every vendor that is played over HTTP, and put it on the stage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from simulators import front
from tests.resilience.matrix import Stage
from tests.resilience.request_tracker import RequestTrackerOnTheWire
from tests.resilience.vendors import SalesforceOnTheWire, ShopifyOnTheWire, WooCommerceOnTheWire, ZendeskOnTheWire
from tests.resilience.wire import WireWorld

WORLDS: dict[str, type[WireWorld]] = {
    "shopify": ShopifyOnTheWire,
    "woocommerce": WooCommerceOnTheWire,
    "zendesk": ZendeskOnTheWire,
    "salesforce": SalesforceOnTheWire,
    "request_tracker": RequestTrackerOnTheWire,
}


@contextmanager
def on_the_wire(vendor: str, migrated: Path, folder: Path) -> Iterator[Stage]:
    """Serve a vendor and give the stage around it."""
    # What is too large for the transport is so with 6 MB as well, and those are made in less time.
    with mock.patch.object(front, "HUGE", 6_000_000), WORLDS[vendor].served() as world:
        yield Stage(world, migrated, folder)
