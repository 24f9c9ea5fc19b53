"""A gateway that is killed between taking a webhook and telling of it: nothing is lost, and nothing is told twice."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
import yaml

from bridge.conversation.results import TELL
from bridge.conversation.watches import Watches
from bridge.model.identity import Claim, Level
from bridge.storage.engine import open_engine, reading, writing
from bridge.storage.events import NOTICE, outbox
from bridge.storage.jobs import jobs
from bridge.storage.types import utc_now
from bridge.testing.commerce_records import make_order
from simulators.server import running
from simulators.woocommerce import WooCommerce
from tests.gateway.fake_rasa import TLS, FakeRasa
from tests.gateway.harness import INTERNAL, Client, eventually
from tests.gateway.test_process import environment, process, until_up

__all__ = ["environment"]
BODY = b'{"id": 1002}'
ANA = "ana.ruiz@example.test"

pytestmark = pytest.mark.slow  # real processes


@dataclass
class World:
    """Hold a shop, a Rasa, and what a gateway between them needs."""

    shop: WooCommerce
    rasa: FakeRasa
    engine: sa.engine.Engine
    http: httpx.AsyncClient
    environment: dict[str, str]

    async def deliver(self, headers: dict[str, str]) -> None:
        answer = await self.http.post("/hooks/woocommerce", content=BODY, headers=headers)
        assert answer.status_code == 200

    def hurry(self) -> None:
        """Let what waits, or is leased to a process that is dead, be due now."""
        with writing(self.engine) as connection:
            connection.execute(sa.update(outbox).values(due_at=utc_now()))


@pytest_asyncio.fixture(loop_scope="package")
async def world(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[World]:  # the fixture
    """Run a shop and a Rasa."""
    shop, rasa, engine = WooCommerce(), FakeRasa(INTERNAL), open_engine(environment["DATABASE_URL"])
    await rasa.start()
    rasa.callback_url = f"http://127.0.0.1:{environment['INTERNAL_PORT']}/internal/rasa/callback"
    url = f"http://127.0.0.1:{environment['PORT']}"
    with running(shop) as shop_url:
        differing = {**WooCommerce.environment, "WOOCOMMERCE_URL": shop_url, "RASA_PORT": str(rasa.port)}
        places = {**environment, **differing, "DEPLOYMENT": str(deployment(tmp_path))}
        async with httpx.AsyncClient(base_url=url, trust_env=False, verify=TLS) as http:
            yield World(shop, rasa, engine, http, places)
    engine.dispose()
    await rasa.close()


def deployment(folder: Path) -> Path:
    """Write a deployment whose orders are in the simulated shop."""
    secrets = {"consumer_key": "KEY", "consumer_secret": "SECRET", "webhook_secret": "WEBHOOK_SECRET"}
    shop = {
        "base_url": {"env": "WOOCOMMERCE_URL"},
        "fields": {"currency": "USD"},
        "secrets": {name: {"env": f"WOOCOMMERCE_{variable}"} for name, variable in secrets.items()},
    }
    content = {
        "name": "Shop",
        "contact": {"phone": "+1 202-555-0143", "email": "help@example.test"},
        "systems": {"commerce": "woocommerce"},
        "connections": {"woocommerce": shop},
    }
    path = folder / "deployment.yml"
    path.write_text(yaml.safe_dump(content))
    return path


async def test_a_delivery_survives_kill_9_right_after_its_200_and_is_told_once(world: World) -> None:
    headers = world.shop.signed({"secret": WooCommerce.webhook_secret}, "order.updated", BODY)
    world.shop.faults.put("GET/*=503")  # nothing can be told before the kill
    async with process(world.environment) as gateway:
        await until_up(world.http)
        client = Client(world.http)
        await client.open()
        order = make_order(ANA, id="1002", number="1002")
        Watches(world.engine).add(client.conversation, "woocommerce", order, Level.CLAIMED, Claim(ANA))
        await world.deliver(headers)
        gateway.send_signal(signal.SIGKILL)
    world.shop.faults.put("")
    world.hurry()
    async with process(world.environment):
        await until_up(world.http)
        await eventually(lambda: world.rasa.texts(client.conversation) == [TELL])
        await world.deliver(headers)
    with reading(world.engine) as connection:
        (entry,) = connection.execute(sa.select(outbox)).mappings()
        told = connection.execute(sa.select(jobs.c.outcome)).scalars().all()
    assert (entry["operation"], entry["state"]) == (NOTICE, "done")
    assert [one["response"] for one in told] == ["utter_orders_pending_shipment"]
