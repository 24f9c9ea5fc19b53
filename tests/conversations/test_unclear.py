"""Two wishes in one message, and messages that are not understood."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bridge.conversation.fallbacks import Fallbacks
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from tests.actions.test_unclear import TITLES
from tests.conversation.test_fallbacks import LONG_AGO
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow
# Which of these a model understands changes with its training lines, so the tests find out which it does not.
GIBBERISH = ["snorf the blip", "it went the way of the dodo", "wibble wobble order", "gnarl my zoop", "flurb a wizzle"]
TORN = [
    "the delivery or send back for order 1001",
    "track maybe cancel 1001",
    "the undo or where for order 1001",
    "help with broken or send back of 1001",
    "the stock or buy for order 1001",
    "the send back or delivery for order 1001",
]


@pytest.fixture(scope="module")
def unclear(stack: Stack) -> tuple[str, str]:
    """Return two messages that are not understood."""
    first, second, *_ = [line for line in GIBBERISH if "other words" in stack.chat().say(line)]
    return first, second


@pytest.fixture
def torn(stack: Stack) -> tuple[Chat, str]:
    """Return a conversation in which a message was understood as either of two wishes, and that message."""
    for line in TORN:
        chat = stack.chat()
        if "Just to be sure" in chat.say(line):
            return chat, line
    raise AssertionError("the model is sure of every one of them: find others")


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
    chat.say("change the size in 1001 and where is 1002")
    idle(stack, chat)
    changed, asked, tracked = chat.bot_texts()
    assert "only our team can change" in changed
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


def test_close_wishes_are_a_question_and_nothing_has_to_be_said_twice(stack: Stack, torn: tuple[Chat, str]) -> None:
    chat, line = torn
    question = next(event for event in chat.history() if event["type"] == "bot")
    assert "_" not in question["text"]
    first, second, neither = [button["title"] for button in question["buttons"]]
    assert neither == "Neither"
    assert {first, second} <= {title[:1].upper() + title[1:] for title in TITLES.values()}
    told = chat.click(first)
    assert "other words" not in told
    assert "What's the order number" not in told
    (found,) = Fallbacks(stack.engine()).read(LONG_AGO, chat.conversation)
    assert found.text == line
    assert found.meant == found.candidates[0][0]
    assert found.model_id


def test_who_is_not_understood_twice_gets_a_ticket_with_the_words(chat: Chat, unclear: tuple[str, str]) -> None:
    assert "other words" in chat.say(unclear[0])
    assert "into a ticket" in chat.say(unclear[1])
    assert "Tell me what happened" not in chat.click("Open a ticket")
    for answer in ("no order", "normal", "kim@example.test"):
        draft = chat.say(answer)
    assert "\n".join(unclear) in draft


def test_neither_of_two_is_rephrased(torn: tuple[Chat, str]) -> None:
    assert "other words" in torn[0].click("Neither")


def test_a_question_that_is_misunderstood_twice_offers_a_person(chat: Chat, unclear: tuple[str, str]) -> None:
    chat.say("where is my order 1001")
    assert "circles" not in chat.say(unclear[0])
    assert "circles" in chat.say(unclear[1])
    assert "team" in chat.click("Talk to a person")
