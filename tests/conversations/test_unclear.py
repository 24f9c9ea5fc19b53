"""Two wishes in one message, and messages that are not understood."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bridge.conversation.fallbacks import Fallbacks
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from tests.conversation.test_fallbacks import LONG_AGO
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow
# Messages that the model does not understand; one it guesses at, but not clearly. If it learns them, take others.
UNCLEAR, STILL_UNCLEAR = "flurb the wizzle", "gnarl my zoop twice"
CLOSE = "how can i look at my old orders"


def idle(stack: Stack, chat: Chat) -> None:
    """Wait until a second wish has been answered too."""
    open_ones = sa.select(inbox.c.message_id).where(
        inbox.c.conversation_id == chat.conversation, inbox.c.state.in_(("queued", "dispatched"))
    )
    while True:
        with reading(stack.engine()) as connection:
            waiting = connection.execute(open_ones).scalars().all()
        if not waiting:
            return
        chat.wait_for(waiting[0])


def test_a_message_with_two_wishes_gets_both_answers(stack: Stack, chat: Chat) -> None:
    chat.say("cancel 1001 and where is 1002")
    idle(stack, chat)
    cancelled, asked, tracked = chat.bot_texts()
    assert "can't cancel" in cancelled
    assert asked == 'You also asked: "where is 1002"'
    assert "#1002" in tracked


def test_the_second_wish_waits_for_the_form_of_the_first(stack: Stack, chat: Chat) -> None:
    told = chat.say("where is my order 1001 and i also want to complain about the courier")
    assert "#1001" in told
    assert 'And right after this, I\'ll get to "i also want to complain about the courier".' in told
    chat.say("ana.ruiz@example.test")
    idle(stack, chat)
    status, asked, sorry = chat.bot_texts()[-3:]
    assert status.startswith("Order #1001")
    assert asked == 'You also asked: "i also want to complain about the courier"'
    assert "sorry" in sorry


def test_courtesy_is_no_wish(stack: Stack, chat: Chat) -> None:
    chat.say("hi, where's my order 1001? thanks a lot")
    idle(stack, chat)
    assert len(chat.bot_texts()) == 1


def test_close_wishes_are_a_question_and_nothing_has_to_be_said_twice(stack: Stack, chat: Chat) -> None:
    question = chat.say(CLOSE)
    assert "know where an order is" in question
    assert "/" not in question
    assert "order number" in chat.click("Know where an order is")
    (found,) = Fallbacks(stack.engine()).read(LONG_AGO, chat.conversation)
    assert (found.text, found.meant) == (CLOSE, "track_order")
    assert found.model_id


def test_who_is_not_understood_twice_gets_a_ticket_with_the_words(chat: Chat) -> None:
    assert "other words" in chat.say(UNCLEAR)
    assert "into a ticket" in chat.say(STILL_UNCLEAR)
    assert "Tell me what happened" not in chat.click("Open a ticket")
    shown = [chat.click("Normal"), chat.say("kim@example.test")][-1]
    assert f"{UNCLEAR}\n{STILL_UNCLEAR}" in shown


def test_neither_of_two_is_rephrased(chat: Chat) -> None:
    chat.say(CLOSE)
    assert "other words" in chat.click("Neither")


def test_a_question_that_is_misunderstood_twice_offers_a_person(chat: Chat) -> None:
    chat.say("where is my order 1001")
    assert "circles" not in chat.say("jup")
    assert "circles" in chat.say("brzl")
    assert "team" in chat.click("Talk to a person")
