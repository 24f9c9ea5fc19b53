"""Rasa or the gateway breaks off at every point of a turn: each message is answered once, in order."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bridge.conversation.inbox import Inbox
from bridge.conversation.jobs import Jobs
from bridge.conversation.results import TELL, Results
from bridge.conversation.turns import Turns
from bridge.events.outbox import settle
from bridge.model.outcome import Outcome
from bridge.storage.chat import chat_events
from bridge.storage.types import utc_now
from gateway.timing import Timing
from tests.gateway.conftest import MakeStack
from tests.gateway.fake_rasa import Message
from tests.gateway.harness import QUICK, Client, Stack, eventually

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

ANSWER: list[Message] = [
    {"text": "First.", "buttons": [{"title": "More", "payload": "/more"}]},
    {"text": "Second.", "custom": {"card": {"kind": "order"}}},
]
CREATED = Outcome("utter_tickets_created")
SEEN = ["First.", "Second.", ""]
"""A card is an event of its own."""


def bot_texts(stack: Stack, client: Client) -> list[str]:
    """Return what the log holds of the bot."""
    wanted = sa.select(chat_events.c.body).where(
        chat_events.c.conversation_id == client.conversation, chat_events.c.type == "bot"
    )
    return [row["body"]["text"] for row in stack.rows(wanted.order_by(chat_events.c.seq))]


@pytest.mark.parametrize("sent", [0, 1, 2])
async def test_rasa_dies_in_the_middle_of_a_turn(stack: Stack, client: Client, sent: int) -> None:
    stack.rasa.answer = lambda _: ANSWER
    stack.rasa.die_after_callbacks = sent
    await client.say("hello")
    assert await client.answers(3) == SEEN
    await stack.done(client)
    assert bot_texts(stack, client) == SEEN
    assert len(stack.rasa.started) == 2
    assert stack.rasa.texts(client.conversation) == ["hello"]


async def test_rasa_dies_after_it_has_saved_the_turn(stack: Stack, client: Client) -> None:
    stack.rasa.answer = lambda _: ANSWER
    stack.rasa.die_after_saving = True
    await client.say("hello")
    await stack.done(client)
    assert bot_texts(stack, client) == SEEN
    assert len(stack.rasa.started) == 1


async def test_answers_that_no_callback_brought_are_read_from_the_tracker(stack: Stack, client: Client) -> None:
    stack.rasa.answer = lambda _: [*ANSWER, {"image": "/static/art/parcel.svg"}, {"text": "a\n\nb"}]
    stack.rasa.lose_callbacks = stack.rasa.die_after_saving = True
    await client.say("hello")
    await stack.done(client)
    log = [event for event in await client.history() if event["type"] == "bot"]
    assert [event["text"] for event in log] == [*SEEN, "", "a", "b"]
    assert log[2]["card"] == {"kind": "order"}
    assert log[3]["image"] == "/static/art/parcel.svg"
    assert (await client.post(payload="/more")).status_code == 202


async def test_a_repeated_turn_may_say_something_new(stack: Stack, client: Client) -> None:
    tries = iter([["Checking.", "Made."], ["Checking.", "It was made before."]])
    stack.rasa.answer = lambda _: [{"text": text} for text in next(tries)]
    stack.rasa.after = die_once(stack)
    await client.say("hello")
    assert await client.answers(3) == ["Checking.", "Made.", "It was made before."]


def die_once(stack: Stack) -> object:
    """Return a step that kills the first turn after its answers, before it is saved."""
    first = iter([True])

    async def die(_text: str) -> None:
        if next(first, False):
            stack.rasa.die_after_callbacks = None
            raise asyncio.CancelledError

    return die


async def test_a_message_that_was_said_before_is_not_taken_for_saved(stack: Stack, client: Client) -> None:
    await client.answers(1, after=await client.say("1001"))
    stack.rasa.die_after_callbacks = 0
    seq = await client.say("1001")
    assert await client.answers(1, after=seq) == ["You said: 1001"]
    await stack.done(client)
    assert stack.rasa.texts(client.conversation) == ["1001", "1001"]


async def test_rasa_is_down_when_the_message_comes(stack: Stack, client: Client) -> None:
    await stack.rasa.kill()
    await client.say("one")
    await client.say("two")
    await eventually(lambda: stack.messages(client)[0]["attempts"] >= 2)
    await stack.rasa.start()
    assert await client.answers(2) == ["You said: one", "You said: two"]
    await stack.done(client)
    assert stack.rasa.texts(client.conversation) == ["one", "two"]


async def test_rasa_is_killed_while_it_works(stack: Stack, client: Client) -> None:
    working, first = asyncio.Event(), iter([True])

    async def hang(_text: str) -> None:
        working.set()
        if next(first, False):
            await asyncio.Event().wait()

    stack.rasa.before = hang
    await client.say("hello")
    await asyncio.wait_for(working.wait(), 5)
    await stack.rasa.kill()
    await stack.rasa.start()
    assert await client.answers(1) == ["You said: hello"]
    await stack.done(client)
    assert stack.rasa.texts(client.conversation) == ["hello"]


async def test_a_rasa_without_a_model_drops_messages_and_they_come_again(stack: Stack, client: Client) -> None:
    stack.rasa.drops = 2
    await client.say("hello")
    assert await client.answers(1) == ["You said: hello"]


async def test_a_message_that_rasa_always_fails_on_does_not_block_the_next(stack: Stack, client: Client) -> None:
    async def fail(text: str) -> None:
        if text == "poison":
            raise asyncio.CancelledError

    stack.rasa.before = fail
    await client.say("poison")
    await client.say("hello")
    answers = await client.answers(2)
    assert answers[0].startswith("I'm having trouble")
    assert answers[1] == "You said: hello"
    assert len(stack.rasa.started) == 6


@pytest.mark.parametrize("state", ["queued", "in flight", "answered", "saved"])
async def test_the_gateway_dies_and_the_next_one_carries_on(make_stack: MakeStack, state: str) -> None:
    """Leave the rows as a kill at that point leaves them, and start again."""
    stack = await make_stack()
    client = await stack.client()
    stack.rasa.answer = lambda _: ANSWER
    store = Inbox(stack.engine)
    await stack.stop()
    store.receive_text(client.conversation, "00000000-0000-0000-0000-000000000001", "hello")
    message = store.oldest(client.conversation)
    assert message is not None
    if state != "queued":
        store.claim(message.id)
    if state in ("answered", "saved"):
        stack.gateway.desk.log.reply(
            client.conversation,
            "bot",
            {"text": "First.", "buttons": [{"title": "More", "payload": "/more"}], "card": None, "image": None},
        )
    if state == "saved":
        stack.rasa.lose_callbacks = True
        await stack.rasa.take(client.conversation, "hello")
        stack.rasa.lose_callbacks = False
    await stack.start()
    client.http = stack.http
    assert await client.answers(3) == SEEN
    await stack.done(client)
    assert bot_texts(stack, client) == SEEN
    assert stack.rasa.texts(client.conversation) == ["hello"]


async def test_one_message_at_a_time_in_order_and_conversations_side_by_side(stack: Stack) -> None:
    clients = [await stack.client() for _ in range(4)]
    together = asyncio.Event()

    async def meet(text: str) -> None:
        if text == "0":
            # Nobody gets on before all four conversations are at their first message.
            if len(stack.rasa.started) == len(clients):
                together.set()
            await asyncio.wait_for(together.wait(), 5)

    stack.rasa.before = meet
    await asyncio.gather(*(say_all(client, 5) for client in clients))
    for client in clients:
        assert await client.answers(5) == [f"You said: {number}" for number in range(5)]
        assert stack.rasa.most_at_once[client.conversation] == 1


async def say_all(client: Client, count: int) -> None:
    """Send numbers without waiting for answers."""
    for number in range(count):
        await client.say(str(number))


async def test_two_tabs_of_one_conversation_see_the_same(stack: Stack, client: Client) -> None:
    tab = Client(stack.http, client.conversation, client.token)
    await asyncio.gather(say_all(client, 3), say_all(tab, 3))
    assert len(await client.answers(6)) == 6
    assert await client.history() == await tab.history()
    assert [event["seq"] for event in await tab.history()] == list(range(1, 13))
    assert stack.rasa.most_at_once[client.conversation] == 1


async def test_what_rasa_understood_is_kept(stack: Stack, client: Client) -> None:
    await client.answers(1, after=await client.say("1001"))
    await stack.done(client)
    (row,) = stack.messages(client)
    assert (row["model_id"], row["intent"], row["attempts"]) == ("model-1", "track_order", 1)
    assert row["parse"]["entities"] == [{"entity": "order_number", "value": "1001", "start": 0, "end": 4}]
    assert [each["name"] for each in row["candidates"]] == ["track_order", "greet"]


async def test_a_stop_in_the_middle_of_a_turn_leaves_it_for_the_next_start(make_stack: MakeStack) -> None:
    stack = await make_stack(Timing(**(vars(QUICK) | {"turn_most": 60})))
    client, working = await stack.client(), asyncio.Event()
    first = iter([True])

    async def hang(_text: str) -> None:
        working.set()
        if next(first, False):
            await asyncio.Event().wait()

    stack.rasa.before = hang
    await client.say("hello")
    await asyncio.wait_for(working.wait(), 5)
    await asyncio.wait_for(stack.stop(), 5)
    assert [row["state"] for row in stack.messages(client)] == ["dispatched"]
    await stack.start()
    client.http = stack.http
    assert await client.answers(1) == ["You said: hello"]


def apology(seq: int) -> Message:
    """Return what Rasa says by itself where an action does not answer."""
    return {"text": "Sorry.", "buttons": [{"title": "Try again", "payload": f'/try_again{{"seq":{seq}}}'}]}


@pytest.mark.parametrize("said", [[], [apology(1)]], ids=["in the form", "in the action"])
async def test_what_was_done_is_told_though_the_action_server_died_before_it_could_say_so(
    stack: Stack, client: Client, said: list[Message]
) -> None:
    turns, jobs_of_actions = Turns(stack.engine), Jobs(stack.engine, settle)

    async def write_and_die(text: str) -> None:
        turn = turns.current(client.conversation, "")
        if text == "yes":
            jobs_of_actions.finish(jobs_of_actions.begin(turn, "action_create_ticket").id, CREATED)
        else:
            assert jobs_of_actions.late_outcomes(turn) == [CREATED]

    stack.rasa.before = write_and_die
    stack.rasa.answer = lambda text: said if text == "yes" else [{"text": "Your ticket is T-1."}]
    await client.say("yes")
    assert (await client.answers(2))[1] == "Your ticket is T-1."
    assert stack.rasa.started[-1] == (client.conversation, TELL)
    await stack.done(client)
    assert len(stack.rasa.started) == 2


async def test_what_was_told_in_its_turn_is_not_told_again(stack: Stack, client: Client) -> None:
    turns, jobs_of_actions = Turns(stack.engine), Jobs(stack.engine, settle)

    async def write(_text: str) -> None:
        turn = turns.current(client.conversation, "")
        jobs_of_actions.finish(jobs_of_actions.begin(turn, "action_create_ticket").id, CREATED)

    stack.rasa.before = write
    await client.say("yes")
    await stack.done(client)
    assert stack.rasa.started == [(client.conversation, "yes")]


async def test_a_late_result_whose_words_were_lost_with_the_action_server_is_told_again(
    stack: Stack, client: Client
) -> None:
    desk, said = stack.gateway.desk, iter([[], [{"text": "It was made."}]])
    turns, jobs_of_actions = Turns(stack.engine), Jobs(stack.engine, settle)

    async def mark_as_told(_text: str) -> None:
        # What the action does; then it dies, and Rasa ends the turn without a word.
        jobs_of_actions.late_outcomes(turns.current(client.conversation, ""))

    stack.rasa.before = mark_as_told
    stack.rasa.answer = lambda _: next(said)
    desk.results.tell(client.conversation, Outcome("utter_tickets_kept_done"))
    await stack.done(client)
    in_a_minute = Results(stack.engine, lambda: utc_now() + timedelta(minutes=1))
    assert in_a_minute.requeue() == 1
    assert await client.answers(1) == ["It was made."]
    await stack.done(client)
    assert in_a_minute.requeue() == 0
