"""The vendors on the stage: adapters over HTTP to their simulators, which break it and pass the time of the stage.

A fault of a read befalls every request; one of a write only the request that changes something ("first call"), or all
of them ("all requests"). So that no cell costs real time, what hangs or drips passes the settable clock and is let go
when the cell is over; that sockets themselves time out is proven in tests/transport and by the contract suites.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

from bridge.bootstrap import Frontdesk
from bridge.model.commerce import CartLine, OrderStatus
from bridge.model.crm import Interaction, NewLead, NewOpportunity
from bridge.model.helpdesk import NewTicket, TicketChange
from bridge.model.identity import Claim
from bridge.settings import Settings
from bridge.testing.clock import SettableClock
from bridge.testing.commerce_records import make_order, make_product, make_unshipped
from bridge.transport.address import Address
from simulators import front
from simulators.catalog import simulator_class
from simulators.faults import Plan, Rule
from simulators.frame import Simulator
from simulators.server import running
from tests.adapters.connected import dead_url
from tests.adapters.shopify.world import SECRETS as SHOPIFY_SECRETS
from tests.adapters.shopify.world import ShopifyWorld
from tests.adapters.woocommerce.world import SECRETS as WOOCOMMERCE_SECRETS
from tests.adapters.woocommerce.world import ScriptedShop, WooCommerceWorld
from tests.resilience.asked import ADDRESS, BEFORE, MOVED, NOON, Records, wanted_return
from tests.resilience.matrix import Stage, is_write
from tests.support.frontdesk import make_settings, reached

ANN = "ann@example.test"
EVERYTHING = "all requests"
HOW = {"delay": "delay:7*1", "429": "429:1", "slow_drip": "slow_drip:600"}
"""The fault of simulators/faults.py that one of the matrix is, where it is not called the same."""
Count = Callable[[Mapping[str, Any]], int]


class DyingPlan(Plan):
    """Answer nothing any more as soon as a rule was used: the system dies over what it was asked."""

    def fault_of(self, method: str, path: str, content: str) -> Rule | None:
        """Return the rule that decides a request; the first that is used is followed by an outage."""
        rule = super().fault_of(method, path, content)
        if rule is not None and rule.fault != "503":
            self.put("*/*=503")
        return rule


class WireWorld:
    """Hold one vendor's simulator, served at `url`.

    Class attributes:
        everything: the requests to the API, as the beginning of a rule; those for tokens are none of them.
        changes: those of them that change something.
        counts: by write, how many records of it are in the state of the simulator.
        how: what of HOW is another fault with this vendor.
    """

    domains: ClassVar[tuple[str, ...]]
    secrets: ClassVar[Mapping[str, str]]
    reached: ClassVar[Mapping[str, Any]] = {}
    everything: ClassVar[str]
    changes: ClassVar[tuple[str, ...]]
    counts: ClassVar[Mapping[str, Count]]
    how: ClassVar[Mapping[str, str]] = {}

    def __init__(self, simulator: Simulator, url: str) -> None:
        self.simulator = simulator
        self.records = Records(ANN)
        self._url = url
        self._kept = ""
        self._over = True
        # It stands still, so that nothing is done between two requests that the cell did not ask for.
        now = datetime.now(timezone.utc)
        simulator.clock = lambda: now

    def settings(self, database_url: str) -> Settings:
        """Return a deployment with this vendor in its domains."""
        vendor = self.simulator.vendor
        connections = {vendor: reached(self._url, self.secrets, **self.reached)}
        settings = make_settings(database_url, systems=dict.fromkeys(self.domains, vendor))
        return settings.copy(update={"connections": connections})

    def fill(self, frontdesk: Frontdesk) -> None:
        """Put one record of each kind in, all of them Ann's."""
        self.records = self._filled(frontdesk)
        self._kept = json.dumps(self.simulator.state)

    def _filled(self, frontdesk: Frontdesk) -> Records:
        raise NotImplementedError

    def begin(self, clock: SettableClock) -> None:
        """Be whole, as it was filled."""
        self.simulator.state = json.loads(self._kept)
        self._over = False

        async def pause(seconds: float) -> None:
            if not self._over:
                await asyncio.to_thread(clock.sleep, seconds)

        self.simulator.pause = pause

    def break_with(self, frontdesk: Frontdesk, operation: str, fault: str, state: str) -> None:
        """Let the requests of an operation, or those of it that change something, meet a fault."""
        places = self.changes if is_write(operation) and state != EVERYTHING else (self.everything,)
        if fault == "refused":
            self._lead_to(frontdesk, dead_url())
        elif fault == "dies":
            self.simulator.faults = DyingPlan(" ".join(f"{place}=reset_after_write" for place in places))
        else:
            how = {**HOW, **self.how}.get(fault, fault)
            self.simulator.faults = Plan(" ".join(f"{place}={how}" for place in places))

    def mend(self, frontdesk: Frontdesk) -> None:
        """End the fault, and let go of what it holds up."""
        self._over = True
        self.simulator.faults = Plan()
        self._lead_to(frontdesk, self._url)
        for job in self.simulator.state.get("jobs", ()):
            job["due"] = ""  # of what the vendor does by and by, an hour is enough

    def count(self, frontdesk: Frontdesk, operation: str) -> int:
        """Count in the state of the simulator."""
        return self.counts[operation](self.simulator.state)

    def _lead_to(self, frontdesk: Frontdesk, url: str) -> None:
        """Let the adapter find its system, or nobody, at an address."""
        (connection,) = frontdesk.connections.made()
        wire = connection.session._wire
        wire.address = Address(wire.address.base.replace(wire.address.origin, url))


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
        desk = frontdesk.systems.helpdesk
        ticket = desk.create_ticket(NewTicket("Zip", "It broke.", ANN), BEFORE)
        desk.add_comment(ticket.id, "It broke.", BEFORE)
        desk.update_ticket(ticket.id, TicketChange(tags=("calm",)), f"{BEFORE}-too")
        return Records(email=ANN, ticket=ticket.number, ticket_id=ticket.id)


class SalesforceOnTheWire(WireWorld):
    """Hold an org of Salesforce's."""

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
        desk = frontdesk.systems.helpdesk
        ticket = desk.create_ticket(NewTicket("Zip", "It broke.", email), BEFORE)
        desk.add_comment(ticket.id, "It broke.", BEFORE)
        desk.update_ticket(ticket.id, TicketChange(tags=("calm",)), f"{BEFORE}-too")
        return Records(email, "+14155550106", contact=contact.id, ticket=ticket.number, ticket_id=ticket.id)


WORLDS: dict[str, type[WireWorld]] = {
    "shopify": ShopifyOnTheWire,
    "woocommerce": WooCommerceOnTheWire,
    "zendesk": ZendeskOnTheWire,
    "salesforce": SalesforceOnTheWire,
}


@contextmanager
def on_the_wire(vendor: str, migrated: Path, folder: Path) -> Iterator[Stage]:
    """Serve a vendor's simulator and give the stage around it."""
    simulator = ScriptedShop() if vendor == "woocommerce" else simulator_class(vendor)()
    # What is too large for the transport is so with 6 MB as well, and those are made in less time.
    with mock.patch.object(front, "HUGE", 6_000_000), running(simulator) as url:
        yield Stage(WORLDS[vendor](simulator, url), migrated, folder)
