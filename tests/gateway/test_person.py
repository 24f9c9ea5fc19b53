"""The button that asks for a person works while nothing else does."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from gateway.texts import TALK_TO_HUMAN, load_texts
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import Client, Keeper, Stack
from tests.gateway.test_backstop import SOON, is_apology, kinds, start

TEXTS = load_texts("en")


async def test_a_person_can_be_asked_for_behind_a_turn_that_hangs(make_stack: MakeStack) -> None:
    stack, client, release = await start(make_stack, dataclasses.replace(SOON, notice_after=0.1))
    await client.say("hello")
    await client.until(is_apology)
    pressed = await client.press(TALK_TO_HUMAN)
    events = await client.until(lambda event: "team member to take over. (1)" in event.get("text", ""), after=pressed)
    assert kinds(events) == ["status", "bot"]
    hurried = await client.say("hurry")
    how = await client.until(lambda event: event["type"] == "bot", after=hurried)
    assert how[-1]["text"] == TEXTS.handoff["how_to_return"]
    release.set()
    await stack.done(client)
    # The late answer comes all the same, and Rasa never hears of what was for people.
    assert kinds(await client.history(hurried)) == ["bot", "bot"]
    assert [text for _, text in stack.rasa.started] == ["hello"]


async def test_a_person_who_is_asked_for_in_a_turn_that_hangs_comes_instead_of_the_apology(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, client, release = await start(make_stack)
    monkeypatch.setattr(stack.gateway.readiness, "_action_server", _yes)  # it freezes only now
    await offer_a_person(stack, client, release)
    pressed = await client.press(TALK_TO_HUMAN)
    events = await client.until(lambda event: "team member to take over" in event.get("text", ""), after=pressed)
    assert kinds(events) == ["notice", "status", "bot"]
    assert [text for _, text in stack.rasa.started] == ["hello", TALK_TO_HUMAN]
    release.set()


async def test_a_person_is_asked_for_without_rasa_while_it_or_the_action_server_is_away(stack: Stack) -> None:
    client = await stack.client()
    stack.rasa.answer = lambda _: []
    await client.say("hello")
    await client.until(is_apology)
    pressed = await client.press(TALK_TO_HUMAN)  # nobody listens on the port of the action server
    await client.until(lambda event: "team member to take over" in event.get("text", ""), after=pressed)
    await stack.done(client)
    assert [text for _, text in stack.rasa.started] == ["hello"]
    # From here on it is a handoff like any other.
    how = await client.until(lambda event: event["type"] == "bot", after=await client.say("hurry"))
    assert how[-1]["text"] == TEXTS.handoff["how_to_return"]


async def test_where_no_one_can_be_asked_there_is_the_apology(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, client, release = await start(make_stack)
    monkeypatch.setattr(stack.gateway.desk, "handoff", Keeper(stack.gateway.desk.handoffs, refused=True))
    await client.say("hello")
    await client.until(is_apology)
    pressed = await client.press(TALK_TO_HUMAN)
    events = await client.until(is_apology, after=pressed)
    assert kinds(events) == ["apology"]
    release.set()


async def offer_a_person(stack: Stack, client: Client, release: asyncio.Event) -> None:
    """Bring a conversation to an apology whose turn is over, and let the next turn hang."""
    release.set()
    stack.rasa.answer = lambda _: []
    await client.say("hello")
    await client.until(is_apology)
    await stack.done(client)
    release.clear()


async def _yes() -> bool:
    return True
