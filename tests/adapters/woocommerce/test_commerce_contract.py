"""WooCommerce keeps the contract of shops."""

from bridge.testing.commerce import CommerceContract


class TestWooCommerceCommerce(CommerceContract):
    """Run every case on the simulator; `world` is in conftest.py."""
