"""People of the team take, write and give back; those who wait hear how the queue moves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bridge.conversation.inbox import OVER, Inbox
from bridge.conversation.log import EventLog
from bridge.conversation.sessions import Sessions
from bridge.errors import ConflictError, InvalidError, NotFoundError
from bridge.handoff.places import PAUSE, Places
from bridge.handoff.queue import HandoffQueue
from bridge.handoff.talks import LONGEST_TEXT, UNMET, Talks
from bridge.storage.types import utc_now
from tests.support.frontdesk import Clock


@pytest.fixture
def wait(engine: sa.engine.Engine) -> Callable[[], str]:
    """Open a conversation and put it into the queue."""
    sessions, queue = Sessions(engine, "s" * 32), HandoffQueue(engine)

    def open_and_wait() -> str:
        conversation = sessions.open("en", "203.0.113.7")
        queue.open(conversation, "asked", "T-1")
        return conversation

    return open_and_wait


def told(engine: sa.engine.Engine, conversation: str) -> list[dict[str, object]]:
    """Return the events of a conversation without their numbers and times."""
    return [
        {key: value for key, value in event.items() if key not in ("seq", "at")}
        for event in EventLog(engine).after(conversation, 0)
    ]


def test_a_person_takes_writes_and_gives_back(engine: sa.engine.Engine, wait: Callable[[], str]) -> None:
    conversation, talks = wait(), Talks(engine)
    talks.take(conversation, " Maya\n")
    talks.take(conversation, "Maya")
    talks.say(conversation, " <b>Hello</b> ")
    talks.release(conversation)
    assert told(engine, conversation) == [
        {"type": "status", "mode": "waiting", "queue_position": 1},
        {"type": "status", "mode": "human", "agent": "Maya"},
        {"type": "agent", "name": "Maya", "text": "<b>Hello</b>"},
        {"type": "status", "mode": "bot", "agent": "Maya"},
    ]
    left = Inbox(engine).oldest(conversation)
    assert left is not None
    assert (left.kind, left.mode) == (OVER, "bot")
    assert talks.open() == []


def test_only_one_gets_a_conversation(engine: sa.engine.Engine, wait: Callable[[], str]) -> None:
    conversation, talks = wait(), Talks(engine)

    def take(name: str) -> bool:
        try:
            talks.take(conversation, name)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, ["Ann", "Bob", "Cid", "Dee"])) == 1
    assert len(told(engine, conversation)) == 2


def test_what_nobody_has_taken_cannot_be_written_in(engine: sa.engine.Engine, wait: Callable[[], str]) -> None:
    conversation, talks = wait(), Talks(engine)
    with pytest.raises(ConflictError):
        talks.say(conversation, "hi")
    HandoffQueue(engine).close(conversation)
    for refused in (lambda: talks.take(conversation, "Maya"), lambda: talks.release(conversation)):
        with pytest.raises(ConflictError):
            refused()
    with pytest.raises(NotFoundError):
        talks.take("nobody", "Maya")


def test_whoever_still_waits_can_be_sent_back_to_the_bot(engine: sa.engine.Engine, wait: Callable[[], str]) -> None:
    conversation, behind, talks = wait(), wait(), Talks(engine)
    talks.release(conversation)
    assert [each.conversation_id for each in talks.open()] == [behind]
    assert told(engine, conversation)[-1] == {"type": "status", "mode": "bot"}
    left = Inbox(engine).oldest(conversation)
    assert left is not None
    assert (left.kind, left.body, left.mode) == (OVER, UNMET, "bot")


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\u202e", "x" * 61])
def test_a_name_that_shows_nothing_is_refused(engine: sa.engine.Engine, wait: Callable[[], str], name: str) -> None:
    with pytest.raises(InvalidError):
        Talks(engine).take(wait(), name)


@pytest.mark.parametrize("text", ["", " \u200b", "a\0b", "x" * (LONGEST_TEXT + 1)])
def test_a_text_that_cannot_be_kept_is_refused(engine: sa.engine.Engine, wait: Callable[[], str], text: str) -> None:
    conversation, talks = wait(), Talks(engine)
    talks.take(conversation, "Maya")
    with pytest.raises(InvalidError):
        talks.say(conversation, text)


def test_who_is_left_by_the_person_has_gone_by_name(engine: sa.engine.Engine, wait: Callable[[], str]) -> None:
    conversation = wait()
    Talks(engine).take(conversation, "Maya")
    HandoffQueue(engine).close(conversation)
    assert told(engine, conversation)[-1] == {"type": "status", "mode": "bot", "agent": "Maya"}


def test_those_behind_hear_their_new_place_once(engine: sa.engine.Engine, wait: Callable[[], str]) -> None:
    first, second, third = wait(), wait(), wait()
    clock = Clock(utc_now())
    places = Places(engine, clock)
    Talks(engine).take(first, "Maya")
    assert places.look() == 0  # they were told a moment ago
    Talks(engine).take(second, "Noor")
    clock.forward(seconds=PAUSE.total_seconds() + 1)
    assert [places.look(), places.look()] == [1, 0]
    assert told(engine, third)[-1] == {"type": "status", "mode": "waiting", "queue_position": 1}
    assert len(told(engine, third)) == 2
    assert told(engine, second)[-1]["mode"] == "human"


def test_far_back_only_long_steps_are_told(engine: sa.engine.Engine, wait: Callable[[], str]) -> None:
    waiting = [wait() for _ in range(17)]
    clock = Clock(utc_now())
    places = Places(engine, clock)
    clock.forward(seconds=PAUSE.total_seconds() + 1)
    Talks(engine).take(waiting[0], "Maya")
    # Places 2 to 11 become 1 to 10; those behind have moved by one only.
    assert places.look() == 10
    clock.forward(seconds=PAUSE.total_seconds() + 1)
    for conversation in waiting[1:5]:
        Talks(engine).take(conversation, "Maya")
    assert places.look() == 12
    assert told(engine, waiting[16])[-1]["queue_position"] == 12
