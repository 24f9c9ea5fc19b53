"""Find an adapter by domain and name; the module is imported only when it is asked for."""

from __future__ import annotations

import difflib
import importlib
from typing import Any

from bridge.errors import SettingsError

ADAPTERS = {
    ("commerce", "embedded"): "bridge.adapters.embedded.commerce:EmbeddedCommerce",
    ("commerce", "shopify"): "bridge.adapters.shopify.commerce:ShopifyCommerce",
    ("commerce", "woocommerce"): "bridge.adapters.woocommerce.commerce:WooCommerceCommerce",
    ("helpdesk", "embedded"): "bridge.adapters.embedded.helpdesk:EmbeddedHelpdesk",
    ("helpdesk", "request_tracker"): "bridge.adapters.request_tracker.helpdesk:RequestTrackerHelpdesk",
    ("helpdesk", "salesforce"): "bridge.adapters.salesforce.helpdesk:SalesforceHelpdesk",
    ("helpdesk", "zendesk"): "bridge.adapters.zendesk.helpdesk:ZendeskHelpdesk",
    ("crm", "embedded"): "bridge.adapters.embedded.crm:EmbeddedCrm",
    ("crm", "salesforce"): "bridge.adapters.salesforce.crm:SalesforceCrm",
}


def adapter_class(domain: str, name: str, place: str = "") -> Any:
    """Return the adapter class for a domain; `place` says for the error where it was asked for.

    Raises:
        SettingsError: nobody registered that name; says which one was perhaps meant.
    """
    target = ADAPTERS.get((domain, name))
    if target is None:
        known = sorted(vendor for its_domain, vendor in ADAPTERS if its_domain == domain)
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
        asked = place or f"systems.{domain}"
        raise SettingsError(f"{asked}: there is no adapter {name!r}{hint}")
    module, _, class_name = target.partition(":")
    return getattr(importlib.import_module(module), class_name)
