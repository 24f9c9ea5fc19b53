"""How much one conversation and one address may send."""

from __future__ import annotations

import pytest

from bridge.settings.chat import Chat
from gateway.chat.limits import Buckets
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import assert_refused


def test_a_bucket_refills_with_time() -> None:
    now = 100.0
    buckets = Buckets(per_minute=2, clock=lambda: now)
    assert [buckets.take("a"), buckets.take("a"), buckets.take("a")] == [0, 0, pytest.approx(30)]
    assert buckets.take("b") == 0
    now += 29
    assert buckets.take("a") == pytest.approx(1)
    now += 1.5
    assert buckets.take("a") == 0
    assert buckets.take("a") == pytest.approx(29.5)


async def test_too_many_messages(make_stack: MakeStack) -> None:
    stack = await make_stack(chat=Chat(messages_per_minute=3, client_messages_per_minute=5, sessions_per_minute=9))
    one, two = await stack.client(), await stack.client()
    for _ in range(3):
        await one.say("hi")
    refused = await one.post(text="hi")
    assert_refused(refused, 429, "too_many_messages")
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    # Another conversation has its own allowance, until the address has used up all of its own.
    statuses = [(await two.post(text="hi")).status_code for _ in range(3)]
    assert statuses == [202, 202, 429]


async def test_too_many_sessions(make_stack: MakeStack) -> None:
    stack = await make_stack(chat=Chat(sessions_per_minute=2))
    await stack.client()
    await stack.client()
    refused = await stack.http.post("/chat/session")
    assert_refused(refused, 429, "too_many_sessions")
    assert int(refused.headers["Retry-After"]) >= 1


async def test_too_many_of_everything(make_stack: MakeStack) -> None:
    stack = await make_stack(chat=Chat(total_messages_per_minute=3, total_sessions_per_minute=3))
    clients = [await stack.client() for _ in range(3)]
    sessions = await stack.http.post("/chat/session")
    for client in clients:
        await client.say("hi")
    refused = await clients[0].post(text="hi")
    for response in (sessions, refused):
        assert_refused(response, 503, "too_busy")
        assert 1 <= int(response.headers["Retry-After"]) <= 20
    assert [event["text"] for event in await clients[0].history() if event["type"] == "user"] == ["hi"]
