"""The sandbox: the whole bridge over simulators, as its deployment file connects them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from bridge.bootstrap import build
from bridge.errors import NotFoundError, SettingsError
from bridge.model.commerce import OrderStatus
from bridge.model.crm import NewLead
from bridge.model.identity import Claim
from bridge.settings import load
from bridge.storage.engine import migrate, open_engine
from scripts import sandbox
from simulators.catalog import VENDORS, port_of, simulator_class
from simulators.server import running


@pytest.mark.parametrize("vendor", ["shopify", "woocommerce"])
def test_each_domain_has_a_system_of_its_own(vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = tmp_path / "sandbox.yml"
    text = (Path(sandbox.__file__).parents[1] / "deployments" / "sandbox.yml").read_text()
    deployment.write_text(text.replace("commerce: shopify", f"commerce: {vendor}"))
    database = f"sqlite:///{tmp_path / 'sandbox.db'}"
    for name, value in {"DEPLOYMENT": str(deployment), "DATABASE_URL": database, "FRONTDESK_SECRET": "s" * 32}.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as servers:
        for each in VENDORS:
            monkeypatch.setenv(f"{each.upper()}_URL", servers.enter_context(running(simulator_class(each)())))
            for name, value in simulator_class(each).environment.items():
                monkeypatch.setenv(name, value)
        engine = open_engine(database)
        migrate(engine)
        engine.dispose()
        frontdesk = build(load())
        shop = frontdesk.systems.commerce
        order = shop.find_order("1001", Claim(email="ana.ruiz@example.test"))
        with pytest.raises(NotFoundError):
            shop.find_order("1001", Claim(email="ben.carter@example.test"))
        found = shop.search_products("blue t-shirt")
        ticket = frontdesk.systems.helpdesk.find_ticket("10001", Claim(email="ana.ruiz@example.test"))
        lead = frontdesk.systems.crm.create_lead(NewLead("new@example.test", "New Person", "tents"), "key")
        of_each = [getattr(frontdesk.systems, domain).system for domain in ("commerce", "helpdesk", "crm")]
        frontdesk.close()
    assert of_each == [vendor, "zendesk", "embedded"]
    assert (ticket.subject, ticket.order_number) == ("Jeans arrived with a broken zip", "1001")
    assert lead.email == "new@example.test"
    assert (order.status, order.total.minor) == (OrderStatus.SHIPPED, 7980)
    assert [item.name for item in order.items] == ["Blue T-Shirt", "Black Jeans"]
    assert order.fulfilments[0].tracking_number == "1Z999AA10123456784"
    assert [product.name for product in found] == ["Blue T-Shirt"]
    assert [variant.stock for variant in found[0].variants] == [20, 0, 0, 0, 35]


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
