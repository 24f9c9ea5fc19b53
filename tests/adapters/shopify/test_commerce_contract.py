"""Shopify keeps the contract of shops."""

from bridge.testing.commerce import CommerceContract


class TestShopifyCommerce(CommerceContract):
    """Run every case on the simulator; `world` is in conftest.py."""
