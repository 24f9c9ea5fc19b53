"""A long conversation is read backwards from its end, a page at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.harness import Client, Stack, assert_refused


async def page(client: Client, **params: object) -> dict[str, Any]:
    """Return one page."""
    response = await client.http.get("/chat/history", params=params, headers=client.headers)  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def seqs(found: dict[str, Any]) -> list[int]:
    """Return the numbers of a page."""
    return [event["seq"] for event in found["events"]]


@pytest.fixture
async def long(stack: Stack, client: Client) -> Client:
    """Return a conversation of 120 events."""
    stack.gateway.desk.log.say(client.conversation, "status", {"mode": "waiting", "queue_position": 2})
    for number in range(119):
        stack.gateway.desk.log.say(client.conversation, "bot", {"text": str(number)})
    return client


async def test_the_newest_come_first_and_then_the_older_ones(long: Client) -> None:
    newest = await page(long, limit=50)
    assert (seqs(newest), newest["more"]) == (list(range(71, 121)), True)
    assert newest["status"]["queue_position"] == 2  # who answers now was said long before
    older = await page(long, before=71, limit=50)
    assert (seqs(older), older["more"]) == (list(range(21, 71)), True)
    oldest = await page(long, before=21, limit=50)
    assert (seqs(oldest), oldest["more"]) == (list(range(1, 21)), False)
    assert (await page(long, before=1, limit=50))["events"] == []


async def test_reading_forwards_is_as_before_and_may_be_limited(long: Client) -> None:
    everything = await page(long)
    assert (seqs(everything), everything["more"]) == (list(range(1, 121)), False)
    part = await page(long, after=100, limit=5)
    assert (seqs(part), part["more"]) == ([101, 102, 103, 104, 105], True)
    assert seqs(await page(long, after=118, before=5)) == [119, 120]


@pytest.mark.parametrize("name", ["before", "limit", "after"])
@pytest.mark.parametrize("value", ["-1", "x", "1.5", "9" * 16, "\u0663"])
async def test_what_is_no_number_is_refused(client: Client, name: str, value: str) -> None:
    response = await client.http.get("/chat/history", params={name: value}, headers=client.headers)
    assert_refused(response, 422, f"{name}_invalid")
