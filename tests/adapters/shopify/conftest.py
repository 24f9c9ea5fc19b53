"""One simulator of Shopify for each module, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from simulators.server import running
from simulators.shopify import Shopify
from tests.adapters.shopify.world import ShopifyWorld


@pytest.fixture(scope="module")
def running_world(vault: sa.engine.Engine) -> Iterator[ShopifyWorld]:
    """Return a shop that is served."""
    shop = Shopify()
    with running(shop) as url:
        yield ShopifyWorld(shop, url, vault)


@pytest.fixture
def world(running_world: ShopifyWorld) -> ShopifyWorld:
    """Return the shop, empty and whole."""
    running_world.clear()
    return running_world
