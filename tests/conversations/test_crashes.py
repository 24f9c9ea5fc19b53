"""Processes are killed while people talk: nothing is lost, nothing happens twice, everybody gets an answer."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bridge.conversation.turns import correlation_id
from bridge.storage.business import tickets
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from tests.support.stack import Chat, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
APOLOGY = "I'm having trouble accessing that information right now."


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run an assistant that may be hurt."""
    running = Stack(tmp_path_factory.mktemp("crashes"))
    running.start()
    yield running
    running.stop()


def eventually(condition: object, seconds: float, chat: Chat) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, chat.history()
        time.sleep(0.1)


def name_of(message_id: str, chat: Chat) -> str:
    """Return what names a message in every log."""
    with reading(chat.engine) as connection:
        mine = sa.select(inbox.c.id).where(inbox.c.message_id == message_id)
        return correlation_id(connection.execute(mine).scalar_one())


def test_rasa_killed_in_the_middle_of_a_message_answers_after_its_restart(stack: Stack) -> None:
    chat = stack.chat()
    chat.say("where is my order 1001")
    stack.signal("ACTIONS_PORT", signal.SIGSTOP)  # the turn now hangs in Rasa
    message = chat.send("ana.ruiz@example.test")
    time.sleep(1)
    stack.signal("RASA_PORT", signal.SIGKILL)
    stack.signal("ACTIONS_PORT", signal.SIGCONT)
    eventually(lambda: any("1Z999AA10123456784" in text for text in chat.bot_texts()), 90, chat)
    chat.wait_for(message)
    assert sum("1Z999AA10123456784" in text for text in chat.bot_texts()) == 1


def test_the_gateway_killed_right_after_its_202_answers_after_its_restart(stack: Stack) -> None:
    chat = stack.chat()
    message = chat.send("hello")
    stack.signal("PORT", signal.SIGKILL)
    deadline = time.monotonic() + 60
    while True:
        try:
            chat.wait_for(message)
            greetings = [text for text in chat.bot_texts() if text.startswith("Hello")]
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert len(greetings) == 1


def test_a_yes_that_meets_a_dying_rasa_makes_one_ticket(stack: Stack) -> None:
    chat = stack.chat()
    chat.say("your website crashes every time i open it, this is urgent")
    chat.say("crash@example.test")
    message = chat.send(payload="/affirm")
    time.sleep(0.15)
    stack.signal("RASA_PORT", signal.SIGKILL)
    eventually(lambda: any("your ticket is T-" in text for text in chat.bot_texts()), 90, chat)
    chat.wait_for(message)
    with reading(stack.engine()) as connection:
        made = connection.execute(sa.select(tickets.c.number).where(tickets.c.email == "crash@example.test")).all()
    assert len(made) == 1
    assert sum("your ticket is T-" in text for text in chat.bot_texts()) == 1


def test_who_asks_for_a_person_without_the_action_server_can_try_again(stack: Stack) -> None:
    chat = stack.chat()
    chat.say("hello")  # whoever was killed before is back
    with stack.unwatched():
        pid = stack.signal("ACTIONS_PORT", signal.SIGKILL)
        message = chat.send("i want to talk to a human")
        eventually(lambda: any(APOLOGY in said for said in chat.bot_texts()), 16, chat)
        chat.wait_for(message)
    assert f"{name_of(message, chat)}: " in (stack.folder / "log" / "rasa.log").read_text()  # Rasa's own complaint
    apology = next(event for event in chat.history() if event["type"] == "bot" and APOLOGY in event["text"])
    assert len(apology["buttons"]) == 2
    eventually(lambda: _restarted(stack, pid), 60, chat)
    again = chat.click(apology["buttons"][0]["title"])
    assert again
    assert APOLOGY not in again


def _restarted(stack: Stack, old: int) -> bool:
    try:
        return stack.pid_of("ACTIONS_PORT") != old
    except AssertionError:
        return False
