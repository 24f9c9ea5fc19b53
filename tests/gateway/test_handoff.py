"""While a person is awaited, Rasa hears nothing; a word brings it back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from bridge.conversation.results import TELL
from bridge.handoff.talks import Talks
from bridge.model.outcome import Outcome
from bridge.storage.chat import conversations, handoffs
from gateway.chat.tracker import END_FORM
from gateway.texts import RETURN_TO_BOT, load_texts
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import Client, Event, Stack

TEXTS = load_texts("en")
HOW = TEXTS.handoff["how_to_return"]
RETURNED = TEXTS.handoff["returned"]


async def hand_over(stack: Stack, client: Client) -> int:
    """Let the bot open a handoff, as the action server does from its own process."""

    async def queue(_text: str) -> None:
        stack.gateway.desk.handoffs.open(client.conversation, "asked", "T-1")

    stack.rasa.before, stack.rasa.answer = queue, lambda _: [{"text": "A colleague will be with you."}]
    seq = await client.say("agent please")
    await client.answers(1, after=seq)
    await stack.done(client)
    stack.rasa.behave()
    return int((await client.history())[-1]["seq"])


def says(text: str) -> Callable[[Event], bool]:
    """Return a test for an event with that text."""
    return lambda event: event.get("text") == text


def seen(events: list[Event]) -> list[object]:
    """Return the events in short."""
    return [event["mode"] if event["type"] == "status" else event["text"] for event in events]


async def test_messages_to_people_are_kept_and_not_forwarded(stack: Stack, client: Client) -> None:
    seq = await hand_over(stack, client)
    await client.say("hello?")
    await client.say("anybody there?")
    await stack.done(client)
    events = await client.history(seq)
    # How to return is told once, whatever else is written.
    assert sorted(map(str, seen(events))) == sorted(["hello?", HOW, "anybody there?"])
    assert stack.rasa.started == []


async def test_whoever_is_in_danger_hears_the_calm_answer_while_waiting(stack: Stack, client: Client) -> None:
    seq = await hand_over(stack, client)
    stack.rasa.intents["i can't go on"] = "crisis"
    await client.say("i can't go on")
    await stack.done(client)
    await client.say("hello?")
    await stack.done(client)
    assert seen(await client.history(seq)) == ["i can't go on", TEXTS.handoff["crisis"], "hello?", HOW]


async def test_a_rasa_that_cannot_be_asked_changes_nothing_for_those_who_wait(make_stack: MakeStack) -> None:
    stack = await make_stack()
    client = await stack.client()
    seq = await hand_over(stack, client)
    await stack.rasa.kill()
    await client.say("hello?")
    await stack.done(client)
    assert seen(await client.history(seq)) == ["hello?", HOW]


@pytest.mark.parametrize("word", ["bot", "Back to bot!", " BACK  to the bot. "])
async def test_a_phrase_brings_the_bot_back(stack: Stack, client: Client, word: str) -> None:
    seq = await hand_over(stack, client)
    await client.say(word)
    events = await client.until(lambda event: event.get("text") == RETURNED, after=seq)
    assert seen(events) == [word.strip(), "bot", RETURNED]
    await client.answers(1, after=await client.say("where is my order"))
    assert stack.rasa.texts(client.conversation)[-1] == "where is my order"
    mine = handoffs.c.conversation_id == client.conversation
    assert [row["state"] for row in stack.rows(sa.select(handoffs).where(mine))] == ["closed"]
    assert stack.rows(sa.select(conversations.c.mode).where(conversations.c.id == client.conversation)) == [
        {"mode": "bot"}
    ]


async def test_the_button_brings_the_bot_back_once(stack: Stack, client: Client) -> None:
    await hand_over(stack, client)
    told = await client.until(lambda event: event.get("text") == HOW, after=await client.say("hello?"))
    assert [button["payload"] for button in told[-1]["buttons"]] == [RETURN_TO_BOT]
    pressed = await client.press(RETURN_TO_BOT)
    events = await client.until(lambda event: event.get("text") == RETURNED, after=pressed)
    assert seen(events) == ["bot", RETURNED]
    assert (await client.post(payload=RETURN_TO_BOT)).status_code == 422


async def test_the_next_handoff_tells_it_again(stack: Stack, client: Client) -> None:
    for _ in range(2):
        await hand_over(stack, client)
        await client.until(lambda event: event.get("text") == HOW, after=await client.say("hello?"))
        await client.until(lambda event: event.get("text") == RETURNED, after=await client.say("bot"))
    assert seen(await client.history()).count(HOW) == 2


async def test_the_tracker_is_resumed_and_learns_what_was_said(stack: Stack, client: Client) -> None:
    await hand_over(stack, client)
    await client.say("bot")
    await stack.done(client)
    resumed, said = stack.rasa.trackers[client.conversation][-2:]
    assert resumed == {"event": "resume"}
    assert (said["event"], said["text"]) == ("bot", RETURNED)


async def test_what_is_told_to_one_who_waits_for_a_person_opens_no_question_again(stack: Stack, client: Client) -> None:
    await hand_over(stack, client)
    await asyncio.to_thread(stack.gateway.desk.results.tell, client.conversation, Outcome("utter_handoff_kept_done"))
    await client.until(says(f"You said: {TELL}"))
    await stack.done(client)
    tracker = stack.rasa.trackers[client.conversation]
    told = next(place for place, event in enumerate(tracker) if event.get("text") == TELL)
    assert tracker[told - 2 : told] == list(END_FORM)


async def test_a_telling_to_one_who_talks_to_the_bot_leaves_the_form_open(stack: Stack, client: Client) -> None:
    await asyncio.to_thread(stack.gateway.desk.results.tell, client.conversation, Outcome("utter_handoff_kept_done"))
    await client.until(says(f"You said: {TELL}"))
    await stack.done(client)
    assert END_FORM[0] not in stack.rasa.trackers[client.conversation]


async def test_the_word_bot_means_nothing_special_to_the_bot(stack: Stack, client: Client) -> None:
    assert await client.answers(1, after=await client.say("bot")) == ["You said: bot"]


async def test_a_message_queued_behind_the_turn_that_hands_over_goes_to_people(stack: Stack, client: Client) -> None:
    async def queue(_text: str) -> None:
        if len(stack.rasa.started) == 1:
            await client.say("and hurry")
            stack.gateway.desk.handoffs.open(client.conversation, "asked", "T-1")

    stack.rasa.before = queue
    await client.say("agent please")
    await client.until(lambda event: event.get("text") == HOW)
    await stack.done(client)
    assert [text for _, text in stack.rasa.started] == ["agent please"]


async def test_a_person_gives_back_and_the_bot_says_hello(stack: Stack, client: Client) -> None:
    await hand_over(stack, client)
    talks = Talks(stack.gateway.desk.engine)
    talks.take(client.conversation, "Maya")
    after = talks.say(client.conversation, "I'm here.")
    await client.say("thank you")
    talks.release(client.conversation)
    events = await client.until(lambda event: event.get("text") == RETURNED, after=after)
    assert {"mode": "bot", "agent": "Maya"}.items() <= next(e for e in events if e["type"] == "status").items()
    await client.answers(1, after=await client.say("where is my order"))
    assert stack.rasa.texts(client.conversation)[-1] == "where is my order"
