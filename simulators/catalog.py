"""Name every simulator; each is imported only when it is asked for."""

from __future__ import annotations

import importlib

from simulators.frame import Simulator

VENDORS: dict[str, str] = {
    "shopify": "simulators.shopify:Shopify",
    "woocommerce": "simulators.woocommerce:WooCommerce",
    "zendesk": "simulators.zendesk:Zendesk",
    "salesforce": "simulators.salesforce:Salesforce",
}
"""Vendor -> "module:Class". The place in this list is the port, counted from the first: append, never insert."""
FIRST_PORT = 8201


def simulator_class(vendor: str) -> type[Simulator]:
    """Return the class of a vendor's simulator; KeyError if there is none."""
    module, _, name = VENDORS[vendor].partition(":")
    found: type[Simulator] = getattr(importlib.import_module(module), name)
    return found


def port_of(vendor: str, first: int = FIRST_PORT) -> int:
    """Return the port on which a simulator listens unless told otherwise."""
    return first + list(VENDORS).index(vendor)
