"""Nobody is left without an answer, whatever Rasa does."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from bridge.conversation.log import TRY_AGAIN
from gateway.chat.tracker import OWN
from gateway.texts import TALK_TO_HUMAN, load_texts
from gateway.timing import Timing
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import QUICK, Client, Event, Stack

TEXTS = load_texts("en")
SOON = dataclasses.replace(QUICK, notice_after=0.1, apology_after=0.3, quiet_for=0.1)
APOLOGY = TEXTS.apology["text"]


def kinds(events: list[Event]) -> list[str]:
    """Return what the gateway and the bot said, in short."""
    return ["apology" if event.get("text") == APOLOGY else event["type"] for event in events if event["type"] != "user"]


async def start(make_stack: MakeStack, timing: Timing = SOON) -> tuple[Stack, Client, asyncio.Event]:
    """Return a gateway whose Rasa works on until the event is set."""
    stack = await make_stack(timing)
    release = asyncio.Event()

    async def wait(_text: str) -> None:
        await release.wait()

    stack.rasa.before = wait
    return stack, await stack.client(), release


def is_apology(event: Event) -> bool:
    """Tell the apology."""
    return event.get("text") == APOLOGY


async def test_a_slow_answer_is_announced_then_apologised_for_then_given(make_stack: MakeStack) -> None:
    _stack, client, release = await start(make_stack)
    seq = await client.say("hello")
    events = await client.until(is_apology)
    assert kinds(events) == ["notice", "apology"]
    assert events[1]["text"] == TEXTS.notice
    assert [button["payload"] for button in events[2]["buttons"]] == [f'/try_again{{"seq":{seq}}}', "/talk_to_human"]
    release.set()
    assert (await client.until(lambda event: event.get("text") == "You said: hello"))[-1]["type"] == "bot"


async def test_a_quick_answer_needs_no_notice(make_stack: MakeStack) -> None:
    stack = await make_stack(dataclasses.replace(SOON, notice_after=2, apology_after=3))
    client = await stack.client()
    await client.answers(1, after=await client.say("hello"))
    await stack.done(client)
    assert kinds(await client.history()) == ["bot"]
    assert stack.gateway.metrics.backstop.labels("notice")._value.get() == 0


async def test_a_turn_without_an_answer_ends_in_the_apology(stack: Stack, client: Client) -> None:
    stack.rasa.answer = lambda _: []
    await client.say("hello")
    assert kinds(await client.until(is_apology)) == ["apology"]
    await stack.done(client)
    assert kinds(await client.history()) == ["apology"]


async def test_a_bot_that_only_reports_progress_has_not_answered(make_stack: MakeStack) -> None:
    stack = await make_stack(dataclasses.replace(SOON, notice_after=0.2))
    stack.rasa.answer = lambda _: [{"text": TEXTS.notice}]
    stack.rasa.after = lambda _: asyncio.Event().wait()
    client = await stack.client()
    await client.say("hello")
    assert kinds(await client.until(is_apology)) == ["notice", "apology"]


async def test_an_early_word_is_no_outcome_of_a_turn_that_hangs(make_stack: MakeStack) -> None:
    stack = await make_stack(dataclasses.replace(SOON, notice_after=1, apology_after=1.3))
    stack.rasa.after = lambda _: asyncio.Event().wait()
    client = await stack.client()
    await client.say("hello")
    assert kinds(await client.until(is_apology)) == ["bot", "apology"]


async def test_a_late_word_is_the_outcome(make_stack: MakeStack) -> None:
    stack, client, release = await start(make_stack, dataclasses.replace(SOON, quiet_for=30))
    apologies = stack.gateway.metrics.backstop.labels("apology")
    stack.rasa.after = lambda _: asyncio.sleep(SOON.apology_after)
    await client.say("hello")
    await client.until(lambda event: event["type"] == "notice")
    release.set()
    await stack.done(client)
    assert kinds(await client.history()) == ["notice", "bot"]
    assert apologies._value.get() == 0


async def test_rasa_is_down(make_stack: MakeStack) -> None:
    stack = await make_stack(SOON)
    client = await stack.client()
    await stack.rasa.kill()
    await client.say("hello")
    assert kinds(await client.until(is_apology)) == ["notice", "apology"]
    await stack.rasa.start()
    late = await client.until(lambda event: event.get("text") == "You said: hello")
    assert kinds(late) == ["notice", "apology", "bot"]


async def test_who_waits_behind_a_hanging_turn_hears_too(make_stack: MakeStack) -> None:
    _stack, client, release = await start(make_stack)
    first = await client.say("one")
    second = await client.say("two")
    wanted = f'/try_again{{"seq":{second}}}'
    events = await client.until(lambda event: any(b["payload"] == wanted for b in event.get("buttons", ())))
    assert kinds(events) == ["notice", "apology", "apology"]
    assert first < second
    release.set()
    await client.until(lambda event: event.get("text") == "You said: two")
    assert kinds(await client.history()) == ["notice", "apology", "apology", "bot", "bot"]


async def test_the_tracker_learns_what_the_gateway_said(make_stack: MakeStack) -> None:
    stack, client, release = await start(make_stack)
    await client.say("hello")
    await client.until(is_apology)
    release.set()
    await stack.done(client)
    own = [event for event in stack.rasa.trackers[client.conversation] if event.get("metadata", {}).get(OWN)]
    assert [event["text"] for event in own] == [TEXTS.notice, APOLOGY]
    assert own[1]["data"]["buttons"][1]["payload"] == "/talk_to_human"


async def test_what_the_gateway_has_said_the_bot_does_not_say_again(make_stack: MakeStack) -> None:
    stack, client, release = await start(make_stack)
    again = [{"title": "Try again", "payload": TRY_AGAIN}, {"title": "Talk to a team member", "payload": TALK_TO_HUMAN}]
    stack.rasa.answer = lambda _: [{"text": TEXTS.notice}, {"text": APOLOGY, "buttons": again}, {"text": "Late."}]
    await client.say("hello")
    await client.until(is_apology)
    release.set()
    await stack.done(client)
    assert kinds(await client.history()) == ["notice", "apology", "bot"]


async def test_try_again_repeats_the_message(stack: Stack, client: Client) -> None:
    tries = iter([[], [{"text": "Here it is."}]])
    stack.rasa.answer = lambda _: next(tries)
    seq = await client.say("where is 1001")
    await client.until(is_apology)
    await stack.done(client)
    pressed = await client.press(f'/try_again{{"seq":{seq}}}')
    assert await client.answers(1, after=pressed) == ["Here it is."]
    assert stack.rasa.started == [(client.conversation, "where is 1001")] * 2
    shown = [event["text"] for event in await client.history() if event["type"] == "user"]
    assert shown == ["where is 1001", "Try again"]


async def test_try_again_can_itself_be_tried_again(stack: Stack, client: Client) -> None:
    tries = iter([[], [], [{"text": "Here it is."}]])
    stack.rasa.answer = lambda _: next(tries)
    seq = await client.say("where is 1001")
    for _ in range(2):
        await client.until(is_apology, after=seq)
        await stack.done(client)
        seq = await client.press(f'/try_again{{"seq":{seq}}}')
    assert await client.answers(1, after=seq) == ["Here it is."]
    assert [text for _, text in stack.rasa.started] == ["where is 1001"] * 3


async def test_try_again_while_it_is_still_tried_repeats_nothing(make_stack: MakeStack) -> None:
    stack, client, release = await start(make_stack)
    seq = await client.say("hello")
    await client.until(is_apology)
    pressed = await client.press(f'/try_again{{"seq":{seq}}}')
    told = await client.until(lambda event: event["type"] == "notice", after=pressed)
    assert told[-1]["text"] == TEXTS.still_trying
    release.set()
    await client.until(lambda event: event.get("text") == "You said: hello")
    await stack.done(client)
    assert len(stack.rasa.started) == 1


async def test_try_again_before_the_turn_of_an_apology_is_over_repeats_the_message(make_stack: MakeStack) -> None:
    stack, client, _ = await start(make_stack, QUICK)
    stack.rasa.before, saved = None, asyncio.Event()
    offer = {"text": "Sorry.", "buttons": [{"title": "Try again", "payload": "/try_again"}]}
    tries = iter([[offer], [{"text": "Here it is."}]])
    stack.rasa.answer = lambda _: next(tries)

    async def wait(_text: str) -> None:
        await saved.wait()

    stack.rasa.after = wait
    seq = await client.say("where is 1001")
    await client.answers(1)
    pressed = await client.press(f'/try_again{{"seq":{seq}}}')
    saved.set()
    assert await client.answers(1, after=pressed) == ["Here it is."]
    await stack.done(client)
    assert [text for _, text in stack.rasa.started] == ["where is 1001"] * 2


async def test_try_again_for_what_ends_without_an_answer_repeats_it(make_stack: MakeStack) -> None:
    stack, client, release = await start(make_stack)
    tries = iter([[], [{"text": "Here it is."}]])
    stack.rasa.answer = lambda _: next(tries)
    seq = await client.say("where is 1001")
    await client.until(is_apology)
    pressed = await client.press(f'/try_again{{"seq":{seq}}}')
    release.set()
    assert await client.answers(1, after=pressed) == ["Here it is."]
    await stack.done(client)
    assert [text for _, text in stack.rasa.started] == ["where is 1001"] * 2


async def test_pressed_twice_it_is_repeated_once(make_stack: MakeStack) -> None:
    stack, client, release = await start(make_stack)
    tries = iter([[], [{"text": "Here it is."}]])
    stack.rasa.answer = lambda _: next(tries)
    seq = await client.say("where is 1001")
    await client.until(is_apology)
    for _ in range(2):
        pressed = await client.press(f'/try_again{{"seq":{seq}}}')
    release.set()
    assert await client.answers(1, after=pressed) == ["Here it is."]
    await stack.done(client)
    assert [text for _, text in stack.rasa.started] == ["where is 1001"] * 2


async def test_another_conversation_cannot_press_it(stack: Stack, client: Client) -> None:
    stack.rasa.answer = lambda _: []
    seq = await client.say("hello")
    await client.until(is_apology)
    other = await stack.client()
    assert (await other.post(payload=f'/try_again{{"seq":{seq}}}')).status_code == 422


@pytest.mark.parametrize("field", ["notice_after", "apology_after"])
def test_the_promised_times(field: str) -> None:
    assert getattr(Timing(), field) == {"notice_after": 5.5, "apology_after": 15.2}[field]
