"""The sandbox: the whole bridge over simulators, as its deployment file connects them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.bootstrap import Frontdesk, build
from bridge.errors import NotFoundError, SettingsError
from bridge.model.commerce import OrderStatus
from bridge.model.crm import Interaction, NewLead
from bridge.model.helpdesk import NewTicket
from bridge.model.identity import Claim
from bridge.settings import load
from bridge.storage.engine import migrate, open_engine, reading
from bridge.storage.tokens import tokens
from bridge.storage.types import utc_now
from scripts import sandbox
from simulators.catalog import VENDORS, port_of, simulator_class
from simulators.server import running


@contextmanager
def connected(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, helpdesk: str = "zendesk"
) -> Iterator[Frontdesk]:
    """Give the bridge of the sandbox with this shop and helpdesk, and run the simulators that it uses."""
    deployment = tmp_path / "sandbox.yml"
    text = (Path(sandbox.__file__).parents[1] / "deployments" / "sandbox.yml").read_text()
    text = text.replace("helpdesk: zendesk", f"helpdesk: {helpdesk}")
    deployment.write_text(text.replace("commerce: shopify", f"commerce: {shop}"))
    database = f"sqlite:///{tmp_path / 'sandbox.db'}"
    for name, value in {"DEPLOYMENT": str(deployment), "DATABASE_URL": database, "FRONTDESK_SECRET": "s" * 32}.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        for vendor in VENDORS:
            simulator = simulator_class(vendor)()
            monkeypatch.setenv(f"{vendor.upper()}_URL", stack.enter_context(running(simulator)))
            for name, value in simulator.environment.items():
                monkeypatch.setenv(name, value)
        engine = open_engine(database)
        migrate(engine)
        engine.dispose()
        frontdesk = build(load())
        stack.callback(frontdesk.close)
        yield frontdesk


@pytest.mark.parametrize("vendor", ["shopify", "woocommerce"])
def test_each_domain_has_a_system_of_its_own(vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(vendor, tmp_path, monkeypatch) as frontdesk:
        shop = frontdesk.systems.commerce
        order = shop.find_order("1001", Claim(email="ana.ruiz@example.test"))
        with pytest.raises(NotFoundError):
            shop.find_order("1001", Claim(email="ben.carter@example.test"))
        found = shop.search_products("blue t-shirt")
        ticket = frontdesk.systems.helpdesk.find_ticket("10001", Claim(email="ana.ruiz@example.test"))
        of_each = [getattr(frontdesk.systems, domain).system for domain in ("commerce", "helpdesk", "crm")]
    assert of_each == [vendor, "zendesk", "salesforce"]
    assert (ticket.subject, ticket.order_number) == ("Jeans arrived with a broken zip", "1001")
    assert (order.status, order.total.minor) == (OrderStatus.SHIPPED, 7980)
    assert [item.name for item in order.items] == ["Blue T-Shirt", "Black Jeans"]
    assert order.fulfilments[0].tracking_number == "1Z999AA10123456784"
    assert [product.name for product in found] == ["Blue T-Shirt"]
    assert [variant.stock for variant in found[0].variants] == [20, 0, 0, 0, 35]


def test_one_system_keeps_contacts_and_tickets_with_one_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = "ana.ruiz@example.test"
    with connected("shopify", tmp_path, monkeypatch, helpdesk="salesforce") as frontdesk:
        crm, desk = frontdesk.systems.crm, frontdesk.systems.helpdesk
        contact = crm.find_contact(ana)
        known = desk.find_ticket("10001", Claim(email=ana))
        made = desk.create_ticket(NewTicket("Zip", "It broke.", ana, team="Returns", order_number="1001"), "key-1")
        said = desk.add_comment(made.id, "The lining is torn too.", "key-2")
        found = desk.find_ticket(made.number, Claim(email=ana.upper()))
        with reading(frontdesk.engine) as connection:
            names = connection.execute(sa.select(tokens.c.name)).scalars().all()
    assert (contact.name, known.number, known.name, known.team) == ("Ana Ruiz", "00010001", "Ana Ruiz", "Returns")
    assert (found.team, found.order_number, found.comments) == ("Returns", "1001", (said,))
    assert [name.partition(":")[0] for name in names] == ["salesforce"]


def test_person_of_the_demo_is_a_contact_and_a_lead_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected("shopify", tmp_path, monkeypatch) as frontdesk:
        crm = frontdesk.systems.crm
        contact = crm.find_contact("ana.ruiz@example.test")
        same = crm.find_contact_by_phone("+14155550106")
        lead = crm.create_lead(NewLead("new@example.test", "Nia New", "Forty teapots"), "key-1")
        again = crm.create_lead(NewLead("new@example.test", "Nia New", "Forty teapots"), "key-1")
        talk = crm.log_interaction(contact.id, Interaction("Chat", "Asked.", utc_now()), "key-2")
        kept = crm.find_interaction_by_key(contact.id, "key-2")
    assert (crm.system, contact.name, contact.phone, same) == ("salesforce", "Ana Ruiz", "+14155550106", contact)
    assert (again.id, lead.existing) == (lead.id, False)
    assert kept == talk


def test_environment_leads_to_the_simulators_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for vendor in VENDORS:
        monkeypatch.delenv(f"{vendor.upper()}_URL", raising=False)
        for name in simulator_class(vendor).environment:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHOPIFY_URL", "https://acme.myshopify.com")
    monkeypatch.setenv("SIMULATORS_PORT", "9301")
    told: dict[str, str] = {}
    monkeypatch.setattr(sandbox.os, "environ", told | dict(sandbox.os.environ))
    sandbox.tell_environment()
    assert sandbox.os.environ["SHOPIFY_URL"] == "https://acme.myshopify.com"
    assert sandbox.os.environ["WOOCOMMERCE_URL"] == f"http://127.0.0.1:{port_of('woocommerce', 9301)}"
    assert sandbox.os.environ["SHOPIFY_CLIENT_ID"] == "sandbox-shopify-client"


@pytest.mark.parametrize("port", ["x", "0", "65535", "-1"])
def test_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATORS_PORT", port)
    with pytest.raises(SettingsError, match="SIMULATORS_PORT"):
        sandbox.first_port()
