"""The vendors of which there is a simulator, each with its records and with how those of a write are counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from bridge.bootstrap import Frontdesk
from bridge.model.commerce import CartLine, OrderStatus
from bridge.model.crm import Interaction, NewLead, NewOpportunity
from bridge.model.identity import Claim
from bridge.testing.commerce_records import make_order, make_product, make_unshipped
from simulators.salesforce import Salesforce
from simulators.shopify import Shopify
from simulators.zendesk import Zendesk
from tests.adapters.shopify.world import SECRETS as SHOPIFY_SECRETS
from tests.adapters.shopify.world import ShopifyWorld
from tests.adapters.woocommerce.world import SECRETS as WOOCOMMERCE_SECRETS
from tests.adapters.woocommerce.world import ScriptedShop, WooCommerceWorld
from tests.resilience.asked import ADDRESS, BEFORE, MOVED, NOON, Records, wanted_return
from tests.resilience.wire import ANN, Count, WireWorld, put_ticket


class _Shop(WireWorld):
    """Hold what the two shops have in common."""

    domains = ("commerce",)
    world: ClassVar[Callable[..., Any]]

    def _filled(self, frontdesk: Frontdesk) -> Records:
        world, shop = self.world(self.simulator, self._url, frontdesk.engine), frontdesk.systems.commerce
        made = [
            shop.find_order(world.add_order(make(ANN, **values)), Claim(email=ANN))
            for make, values in (
                (make_order, {"status": OrderStatus.OTHER, "status_label": self.odd}),
                (make_unshipped, {}),
                (make_order, {"items": tuple(replace(item, quantity=9) for item in make_order(ANN).items)}),
                (make_unshipped, {}),
            )
        ]
        world.add_product(make_product("Teapot"))
        (product,) = shop.search_products("teapot")
        other, unshipped, shipped, changed = made
        records = Records(
            email=ANN,
            order=other.number,
            open_order=lambda _desk, _turn: unshipped.id,
            order_id=changed.id,
            shipped=shipped.id,
            item=shipped.items[0].id,
            variant=product.variants[0].id,
            product="teapot",
        )
        shop.change_address(changed.id, ADDRESS, BEFORE)
        shop.cancel_order(changed.id, BEFORE)
        world.settle()
        assert shop.find_cancellation(changed.id, BEFORE)
        shop.request_return(shipped.id, wanted_return(records), BEFORE)
        shop.create_checkout(ANN, [CartLine(records.variant, 1)], BEFORE)
        return records

    odd: ClassVar[str]
    """A status that the adapter does not know."""


class ShopifyOnTheWire(_Shop):
    """Hold a Shopify shop."""

    simulator_class = Shopify
    world = ShopifyWorld
    secrets = SHOPIFY_SECRETS
    odd = "REQUEST_DECLINED"
    everything = "POST/admin/api/*"
    changes = ("POST/admin/api/*[mutation]",)
    counts: ClassVar[Mapping[str, Count]] = {
        "commerce.cancel_order": lambda state: len(state["jobs"]),
        "commerce.request_return": lambda state: sum(len(one["returns"]) for one in state["orders"]),
        "commerce.change_address": lambda state: sum(
            (one["shippingAddress"] or {}).get("address1") == ADDRESS.line1 for one in state["orders"]
        ),
        "commerce.create_checkout": lambda state: len(state["drafts"]),
    }


class WooCommerceOnTheWire(_Shop):
    """Hold a WooCommerce shop."""

    simulator_class = ScriptedShop
    world = WooCommerceWorld
    secrets = WOOCOMMERCE_SECRETS
    reached: ClassVar[Mapping[str, Any]] = {"fields": {"currency": "USD"}}
    odd = "awaiting-customs"
    everything = "*/wp-json/*"
    changes = ("POST/wp-json/*", "PUT/wp-json/*")
    how: ClassVar[Mapping[str, str]] = {"422": "400"}
    counts: ClassVar[Mapping[str, Count]] = {
        "commerce.cancel_order": lambda state: _notes(state, "to Cancelled."),
        "commerce.request_return": lambda state: _notes(state, "Return requested"),
        "commerce.change_address": lambda state: sum(
            one["shipping"]["address_1"] == ADDRESS.line1 for one in state["orders"]
        ),
        "commerce.create_checkout": lambda state: sum(one["status"] == "pending" for one in state["orders"]),
    }


def _notes(state: Mapping[str, Any], text: str) -> int:
    return sum(text in note["note"] for notes in state["notes"].values() for note in notes)


class ZendeskOnTheWire(WireWorld):
    """Hold a Zendesk account."""

    simulator_class = Zendesk
    domains = ("helpdesk",)
    secrets: ClassVar[Mapping[str, str]] = {"client_id": "frontdesk_sandbox", "client_secret": "zd_secret_sandbox"}
    everything = "*/api/*"
    changes = ("POST/api/*", "PUT/api/*")
    counts: ClassVar[Mapping[str, Count]] = {
        "helpdesk.create_ticket": lambda state: len(state["tickets"]),
        "helpdesk.add_comment": lambda state: len(state["comments"]),
        "helpdesk.update_ticket": lambda state: sum(
            event["type"] == "Change" for audit in state["audits"] for event in audit["events"]
        ),
    }

    def _filled(self, frontdesk: Frontdesk) -> Records:
        ticket = put_ticket(frontdesk.systems.helpdesk, ANN)
        return Records(email=ANN, ticket=ticket.number, ticket_id=ticket.id)


class SalesforceOnTheWire(WireWorld):
    """Hold an org of Salesforce's."""

    simulator_class = Salesforce
    domains = ("crm", "helpdesk")
    secrets: ClassVar[Mapping[str, str]] = {
        "client_id": "sandbox-salesforce-client",
        "client_secret": "sandbox-salesforce-secret",
    }
    reached: ClassVar[Mapping[str, Any]] = {"auth": "client_credentials"}
    everything = "*/services/data/*"
    changes = ("POST/services/data/*", "PATCH/services/data/*")
    how: ClassVar[Mapping[str, str]] = {"422": "400"}
    counts: ClassVar[Mapping[str, Count]] = {
        "crm.create_lead": lambda state: len(state["Lead"]),
        "crm.create_opportunity": lambda state: len(state["Opportunity"]),
        "crm.log_interaction": lambda state: len(state["Task"]),
        "crm.update_contact": lambda state: sum(
            one["Frontdesk_Company__c"] == MOVED.company for one in state["Contact"]
        ),
        "helpdesk.create_ticket": lambda state: len(state["Case"]),
        "helpdesk.add_comment": lambda state: len(state["CaseComment"]),
        "helpdesk.update_ticket": lambda state: sum(
            one["Frontdesk_Record__c"] is None for one in state["Frontdesk_Change__c"]
        ),
    }

    def _filled(self, frontdesk: Frontdesk) -> Records:
        crm, email = frontdesk.systems.crm, "ana.ruiz@example.test"
        contact = crm.find_contact(email)
        crm.create_lead(NewLead(ANN, "Ann", "tents"), BEFORE)
        crm.create_opportunity(contact.id, NewOpportunity("Tents", date(2026, 4, 30)), BEFORE)
        crm.log_interaction(contact.id, Interaction("a", "b", NOON), BEFORE)
        ticket = put_ticket(frontdesk.systems.helpdesk, email)
        return Records(email, "+14155550106", contact=contact.id, ticket=ticket.number, ticket_id=ticket.id)
