"""What nobody asked for is a message with a mark of its own; what only fills the wait says so too."""

from __future__ import annotations

import asyncio
import dataclasses

from bridge.conversation.results import TELL
from bridge.handoff.talks import Talks
from bridge.model.outcome import Outcome
from gateway.texts import bot_body
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import QUICK, TEXTS, Client, Event, Stack
from tests.gateway.test_handoff import RETURNED, hand_over, says

MADE = Outcome("utter_tickets_kept_done", {"ticket": "T-1"})
SAID = f"You said: {TELL}"
FIELDS = {"text", "buttons", "card", "image"}


def marks(events: list[Event]) -> list[tuple[str, bool]]:
    """Return what the bot said, and whether each is marked as unasked."""
    return [(event["text"], event.get("proactive", False)) for event in events if event["type"] == "bot"]


async def test_a_result_that_nobody_waits_for_is_marked_and_an_answer_is_not(stack: Stack, client: Client) -> None:
    await client.answers(1, after=await client.say("hello"))
    await asyncio.to_thread(stack.gateway.desk.results.tell, client.conversation, MADE)
    events = await client.until(says(SAID))
    assert marks(events) == [("You said: hello", False), (SAID, True)]
    assert events[-1].keys() == {"seq", "type", "at", "proactive"} | FIELDS
    await stack.done(client)
    await client.answers(1, after=await client.say("thanks"))
    assert marks(await client.history())[-1] == ("You said: thanks", False)


async def test_it_is_told_once_although_its_turn_is_delivered_twice(stack: Stack, client: Client) -> None:
    stack.rasa.answer = lambda _: [{"text": "Your ticket is made."}, {"text": "It is T-1."}]
    stack.rasa.die_after_callbacks = 1
    await asyncio.to_thread(stack.gateway.desk.results.tell, client.conversation, MADE)
    await stack.done(client)
    assert marks(await client.history()) == [("Your ticket is made.", True), ("It is T-1.", True)]


async def test_that_nobody_of_the_team_can_come_is_marked(stack: Stack, client: Client) -> None:
    await hand_over(stack, client)
    await asyncio.to_thread(Talks(stack.engine).release, client.conversation)
    events = await client.until(says(TEXTS.handoff["unmet"]))
    assert marks(events)[-1] == (TEXTS.handoff["unmet"], True)


async def test_that_the_bot_is_back_for_who_wanted_it_is_an_answer(stack: Stack, client: Client) -> None:
    await hand_over(stack, client)
    events = await client.until(says(RETURNED), after=await client.say("back to bot"))
    assert marks(events)[-1] == (RETURNED, False)


async def test_words_that_fill_the_wait_say_that_they_do(make_stack: MakeStack) -> None:
    stack = await make_stack(dataclasses.replace(QUICK, notice_after=0.1, apology_after=0.3, quiet_for=0.1))
    go_on = asyncio.Event()

    async def wait(_text: str) -> None:
        await go_on.wait()

    stack.rasa.before = wait
    client = await stack.client()
    seq = await client.say("hello")
    again = f'/try_again{{"seq":{seq}}}'
    await client.until(lambda event: any(button["payload"] == again for button in event.get("buttons", ())))
    pressed = await client.press(again)
    await client.until(lambda event: event["type"] == "notice", after=pressed)
    go_on.set()
    await stack.done(client)
    notices = [event for event in await client.history() if event["type"] == "notice"]
    assert [(event["text"], event["kind"]) for event in notices] == [
        (TEXTS.notice, "slow"),
        (TEXTS.still_trying, "slow"),
    ]


async def test_the_notice_of_an_action_is_that_of_the_gateway(stack: Stack, client: Client) -> None:
    stack.rasa.answer = lambda _: [{"text": TEXTS.notice}, {"text": "Here it is."}]
    await client.say("hello")
    events = await client.until(says("Here it is."))
    assert [event.get("kind") for event in events] == [None, "slow", None]


async def test_a_remark_is_no_word_on_waiting(stack: Stack, client: Client) -> None:
    await client.say("my card is 4111 1111 1111 1111")
    events = await client.until(lambda event: event["type"] == "notice")
    assert "kind" not in events[-1]


async def test_rows_of_before_these_marks_are_read_as_they_are(stack: Stack, client: Client) -> None:
    old: list[tuple[str, Event]] = [("notice", {"text": TEXTS.notice}), ("bot", bot_body("Your ticket is made."))]
    for type_, body in old:
        stack.gateway.desk.log.say(client.conversation, type_, body)
    read = [{key: event[key] for key in event.keys() - {"seq", "at"}} for event in await client.history()]
    assert read == [{"type": type_, **body} for type_, body in old]
