"""Webhooks at the door: taken when they are signed, refused without a word when not, and nowhere else to be found."""

from __future__ import annotations

import json

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
import structlog.testing

from bridge.conversation.watches import Watches
from bridge.model.identity import Claim, Level
from bridge.storage.engine import reading, writing
from bridge.storage.events import deliveries, outbox
from bridge.testing.commerce_records import make_order
from gateway.hooks.api import BODY_LIMIT
from simulators.woocommerce import WooCommerce
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import Stack
from tests.support.frontdesk import reached

SECRET = "the-secret-of-the-shop"
NAME = "Ana Ruiz"
BODY = json.dumps({"id": 1001, "billing": {"first_name": NAME}}).encode()


@pytest_asyncio.fixture(loop_scope="package")
async def shop(make_stack: MakeStack) -> Stack:
    """Return a gateway that hears a WooCommerce shop."""
    secrets = {"consumer_key": "k", "consumer_secret": "s", "webhook_secret": SECRET}
    return await make_stack(connections={"woocommerce": reached("https://shop.example.test", secrets)})


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the headers with which a shop that knows nothing of ours sends a body."""
    return WooCommerce().signed({"secret": secret}, "order.updated", body)


async def send(stack: Stack, body: bytes, headers: dict[str, str], system: str = "woocommerce") -> httpx.Response:
    raw = {name: value.encode() for name, value in headers.items()}
    return await stack.http.post(f"/hooks/{system}", content=body, headers=raw)  # type: ignore[arg-type]  # bytes too


def counts(stack: Stack) -> tuple[int, int]:
    """Return how many deliveries are kept, and how many looks are due."""
    with reading(stack.engine) as connection:
        tables = (deliveries, outbox)
        kept, due = (connection.execute(sa.select(sa.func.count()).select_from(one)).scalar_one() for one in tables)
        return kept, due


async def test_a_signed_delivery_is_kept_before_it_is_acknowledged_and_counts_once(shop: Stack) -> None:
    client = await shop.client()
    order = make_order("ana@example.test", id="1001")
    Watches(shop.engine).add(client.conversation, "woocommerce", order, Level.CLAIMED, Claim("ana@example.test"))
    headers = signed(BODY)
    for _ in range(2):
        answer = await send(shop, BODY, headers)
        assert (answer.status_code, answer.content) == (200, b"")
        assert counts(shop) == (1, 1)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, {}),
        (BODY, signed(BODY, "another secret")),
        (BODY + b" ", signed(BODY)),
        (b"", {"X-WC-Webhook-Signature": ""}),
        (b"\xff\x00{", {"X-WC-Webhook-Signature": "\u00e9"}),
        (b"[" * 100_000, {"X-WC-Webhook-Signature": "x" * 5000}),
    ],
    ids=["unsigned", "another's", "changed", "empty", "bytes", "deep"],
)
async def test_what_is_not_signed_is_refused_and_nothing_of_it_is_kept_or_logged(
    shop: Stack, body: bytes, headers: dict[str, str]
) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await send(shop, body, headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert counts(shop) == (0, 0)
    assert NAME not in str(logs)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"\xff", b'{"id": null}', b'{"id": {"x": 1}}', b"[" * 100_000],
    ids=["empty", "null", "list", "bytes", "null id", "object id", "deep"],
)
async def test_what_is_signed_and_makes_no_sense_is_not_sent_for_again(shop: Stack, body: bytes) -> None:
    assert (await send(shop, body, signed(body))).status_code == 200
    assert counts(shop) == (0, 0)


async def test_a_huge_body_is_refused_before_it_is_looked_at(shop: Stack) -> None:
    body = b" " * (BODY_LIMIT + 1)
    assert (await send(shop, body, signed(body))).status_code == 413
    assert (await send(shop, body[:-1], signed(body[:-1]))).status_code == 200


async def test_strangers_cannot_fill_the_memory_with_bodies(shop: Stack) -> None:
    bodies = shop.gateway.hook_bodies
    while not bodies.locked():
        await bodies.acquire()
    answer = await send(shop, BODY, signed(BODY))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    bodies.release()
    assert (await send(shop, BODY, signed(BODY))).status_code == 200


async def test_a_greeting_and_a_topic_of_no_interest_are_acknowledged(shop: Stack) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await send(shop, b"webhook_id=3", form)).status_code == 200
    product = {**signed(BODY), "X-WC-Webhook-Topic": "product.updated"}
    assert (await send(shop, BODY, product)).status_code == 200
    assert counts(shop) == (0, 0)


@pytest.mark.parametrize("system", ["zendesk", "embedded", "nobody", "../chat", "woocommerce/x", "%00"])
async def test_only_systems_with_a_secret_have_an_address(shop: Stack, system: str) -> None:
    assert (await send(shop, BODY, signed(BODY), system)).status_code in (404, 405)


async def test_without_any_webhook_there_is_no_address_at_all(stack: Stack) -> None:
    assert (await send(stack, BODY, signed(BODY))).status_code == 404


async def test_what_cannot_be_kept_is_not_acknowledged(shop: Stack) -> None:
    with writing(shop.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO gone")
    answer = await send(shop, BODY, signed(BODY))
    assert answer.status_code == 500
    assert NAME not in answer.text
    with writing(shop.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO deliveries")
    assert (await send(shop, BODY, signed(BODY))).status_code == 200
