"""One simulator of WooCommerce for each module, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from simulators.server import running
from tests.adapters.woocommerce.world import ScriptedShop, WooCommerceWorld


@pytest.fixture(scope="module")
def running_world(vault: sa.engine.Engine) -> Iterator[WooCommerceWorld]:
    """Return a shop that is served."""
    shop = ScriptedShop()
    with running(shop) as url:
        yield WooCommerceWorld(shop, url, vault)


@pytest.fixture
def world(running_world: WooCommerceWorld) -> WooCommerceWorld:
    """Return the shop, empty and whole."""
    running_world.clear()
    return running_world
