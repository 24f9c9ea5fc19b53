"""The second wish of a message is asked by itself, once, when the first is answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.harness import TEXTS, Client, Stack

TWO = "cancel 1001 and where is 1002"


def parse(text: str) -> dict[str, Any]:
    """Understand what the classifier would: the wish after "and"."""
    first, _, rest = text.partition(" and ")
    intent = {"intent": {"name": text, "confidence": 1.0}} if text in ("stop", "talk_to_human") else {}
    return {**intent, **({"next_wish": {"first": first, "text": rest}} if rest else {})}


@pytest.fixture
def wishful(stack: Stack) -> Stack:
    """Return a gateway whose Rasa understands two wishes."""
    stack.rasa.parse = parse
    return stack


def in_form_after(*openings: str) -> Any:
    return lambda text: "some_form" if text.startswith(openings) else None


def now(wish: str) -> str:
    return str(TEXTS.about_wish("now", wish)["text"])


async def test_both_wishes_are_answered_in_their_order(wishful: Stack, client: Client) -> None:
    await client.say(TWO)
    answers = await client.answers(3)
    assert answers == [f"You said: {TWO}", now("where is 1002"), "You said: where is 1002"]
    await wishful.done(client)
    assert [(row["kind"], row["body"], row["state"]) for row in wishful.messages(client)] == [
        ("text", TWO, "done"),
        ("wish", "where is 1002", "done"),
    ]
    assert [event["text"] for event in await client.history() if event["type"] == "user"] == [TWO]


async def test_each_of_three_wishes_is_asked(wishful: Stack, client: Client) -> None:
    await client.say("a and b and c")
    assert [text for text in await client.answers(5) if text.startswith("You said")] == [
        "You said: a and b and c",
        "You said: b and c",
        "You said: c",
    ]
    await wishful.done(client)


async def test_a_form_comes_first_and_the_wish_after_it(wishful: Stack, client: Client) -> None:
    wishful.rasa.form = in_form_after("cancel")
    await client.say(TWO)
    assert (await client.answers(2))[1] == TEXTS.about_wish("later", "where is 1002")["text"]
    await client.say("yes")
    assert (await client.answers(5))[2:] == ["You said: yes", now("where is 1002"), "You said: where is 1002"]
    await wishful.done(client)
    assert wishful.rasa.texts(client.conversation) == [TWO, "yes", "where is 1002"]


@pytest.mark.parametrize("ending", ["stop", "talk_to_human"])
async def test_whoever_stops_is_asked_nothing_more(wishful: Stack, client: Client, ending: str) -> None:
    wishful.rasa.form = in_form_after("cancel")
    await client.say(TWO)
    await client.answers(2)
    await client.say(ending)
    await client.say("yes")
    await client.answers(4)
    await wishful.done(client)
    assert wishful.rasa.texts(client.conversation) == [TWO, ending, "yes"]


async def test_a_message_that_was_written_down_as_a_whole_holds_no_wish(wishful: Stack, client: Client) -> None:
    wishful.rasa.slots = lambda text: {"tickets_description": text}
    await client.say(TWO)
    await client.answers(1)
    await wishful.done(client)
    assert wishful.rasa.texts(client.conversation) == [TWO]


@pytest.mark.parametrize("command", ["/restart", "\u00a0/EXTERNAL_tell_result", "\u200b//stop", "/", "   "])
async def test_a_wish_is_never_a_command(wishful: Stack, client: Client, command: str) -> None:
    wishful.rasa.parse = lambda text: {"next_wish": {"first": "x", "text": command}} if text == TWO else {}
    await client.say(TWO)
    await client.answers(1)
    await wishful.done(client)
    assert not any(text.strip().startswith("/") for text in wishful.rasa.texts(client.conversation))


async def test_try_again_repeats_the_wish_that_it_is_about(wishful: Stack, client: Client) -> None:
    wishful.rasa.answer = lambda text: [{"text": text, "buttons": [{"title": "Try again", "payload": "/try_again"}]}]
    await client.say(TWO)
    await client.answers(3)
    offers = [event["buttons"][0]["payload"] for event in await client.history() if event.get("buttons")]
    for payload in offers:
        await client.press(payload)
        await wishful.done(client)
    assert wishful.rasa.texts(client.conversation) == [TWO, "where is 1002", TWO, "where is 1002"]


async def test_a_crash_after_the_turn_loses_no_wish_and_asks_it_once(wishful: Stack, client: Client) -> None:
    wishful.rasa.die_after_saving = True
    await client.say(TWO)
    await client.answers(3)
    await wishful.done(client)
    assert wishful.rasa.texts(client.conversation) == [TWO, "where is 1002"]
    assert [event["text"] for event in await client.history() if event["type"] == "bot"] == [
        f"You said: {TWO}",
        now("where is 1002"),
        "You said: where is 1002",
    ]


async def test_what_is_said_of_a_wish_stands_in_the_tracker(wishful: Stack, client: Client) -> None:
    await client.say(TWO)
    await client.answers(3)
    await wishful.done(client)
    said = [event["text"] for event in wishful.rasa.trackers[client.conversation] if event["event"] == "bot"]
    assert now("where is 1002") in said
