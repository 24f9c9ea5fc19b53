"""WooCommerce: the REST API v3 of one shop, with every trap that was measured on a real one."""

from simulators.woocommerce.server import WooCommerce

__all__ = ["WooCommerce"]
