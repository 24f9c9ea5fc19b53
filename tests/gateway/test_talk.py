"""A message goes in, its answers come out: the plain way."""

from __future__ import annotations

from tests.gateway.harness import Client


async def test_a_message_is_acknowledged_and_answered(client: Client) -> None:
    seq = await client.say("where is my order 1001")
    assert await client.answers(1, after=seq) == ["You said: where is my order 1001"]
