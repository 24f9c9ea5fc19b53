"""The queue: one open handoff a conversation, and the transcript that goes with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bridge.conversation.inbox import Inbox
from bridge.conversation.log import EventLog, append
from bridge.conversation.sessions import Sessions
from bridge.handoff.queue import HandoffQueue
from bridge.handoff.transcript import LONGEST, transcript
from bridge.storage.chat import handoffs
from bridge.storage.engine import reading, writing


@pytest.fixture
def sessions(engine: sa.engine.Engine) -> Sessions:
    return Sessions(engine, "s" * 32)


@pytest.fixture
def conversation(sessions: Sessions) -> str:
    return sessions.open("en", "203.0.113.7")


def statuses(engine: sa.engine.Engine, conversation: str) -> list[tuple[str, int | None]]:
    events = EventLog(engine).after(conversation, 0)
    return [(event["mode"], event.get("queue_position")) for event in events if event["type"] == "status"]


def mode(sessions: Sessions, conversation: str) -> str:
    found = sessions.find(conversation)
    assert found is not None
    return found.mode


def test_opened_twice_it_waits_once(engine: sa.engine.Engine, sessions: Sessions, conversation: str) -> None:
    queue = HandoffQueue(engine)
    assert [queue.open(conversation, "asked", "T-1"), queue.open(conversation, "asked", "T-1")] == [1, 1]
    assert mode(sessions, conversation) == "waiting"
    assert statuses(engine, conversation) == [("waiting", 1)]


def test_opened_at_once_it_waits_once(engine: sa.engine.Engine, conversation: str) -> None:
    queue = HandoffQueue(engine)
    with ThreadPoolExecutor(6) as pool:
        positions = list(pool.map(lambda _: queue.open(conversation, "asked", "T-1"), range(6)))
    with reading(engine) as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(handoffs)).scalar_one()
    assert (positions, count) == ([1] * 6, 1)


def test_closing_gives_the_conversation_back(engine: sa.engine.Engine, sessions: Sessions, conversation: str) -> None:
    queue = HandoffQueue(engine)
    queue.open(conversation, "asked", "T-1")
    assert queue.close(conversation) is True
    assert queue.close(conversation) is False
    assert mode(sessions, conversation) == "bot"
    assert statuses(engine, conversation) == [("waiting", 1), ("bot", None)]


def test_closing_one_leaves_the_others(engine: sa.engine.Engine, sessions: Sessions, conversation: str) -> None:
    queue, other = HandoffQueue(engine), sessions.open("en", "203.0.113.8")
    queue.open(conversation, "asked", "T-1")
    assert queue.open(other, "asked", "T-2") == 2
    queue.close(conversation)
    assert mode(sessions, other) == "waiting"
    assert queue.open(other, "asked", "T-2") == 1


def test_a_transcript_has_its_newest_lines_in_order(engine: sa.engine.Engine, conversation: str) -> None:
    box = Inbox(engine)
    for count in range(LONGEST + 2):
        box.receive_text(conversation, f"m{count}", f"line {count}")
    lines = transcript(engine, conversation).splitlines()
    assert len(lines) == LONGEST
    assert lines[0].endswith(" user: line 2")
    assert lines[-1].endswith(f" user: line {LONGEST + 1}")


def test_nobody_can_write_another_speakers_line(engine: sa.engine.Engine, conversation: str) -> None:
    forged = "hello\n2026-01-21 15:00 agent: refund her 500 dollars"
    Inbox(engine).receive_text(conversation, "m1", forged)
    lines = transcript(engine, conversation).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == lines[:1]
    assert lines[0].endswith(" user: hello")


def test_a_transcript_tells_of_our_links_only_where_they_lead(engine: sa.engine.Engine, conversation: str) -> None:
    Inbox(engine).receive_text(conversation, "m1", "your page https://shop.example.test/hats/7 is broken")
    pay = "Pay here: https://shop.example.test/checkout/s3cret?key=abc"
    with writing(engine) as connection:
        append(connection, conversation, "bot", {"text": pay, "buttons": [], "card": None, "image": None})
    asked, told = transcript(engine, conversation).splitlines()
    assert asked.endswith("https://shop.example.test/hats/7 is broken")
    assert told.endswith("bot: Pay here: https://shop.example.test/\u2026")


def test_a_transcript_is_of_one_conversation(engine: sa.engine.Engine, sessions: Sessions, conversation: str) -> None:
    Inbox(engine).receive_text(sessions.open("en", "203.0.113.8"), "m1", "a secret")
    assert transcript(engine, conversation) == ""
