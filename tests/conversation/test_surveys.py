"""A question how it was is asked once a subject, answered once, and goes with its conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.conversation.erasure import Erasures
from bridge.conversation.log import EventLog
from bridge.conversation.offers import Offers
from bridge.conversation.sessions import Sessions
from bridge.conversation.surveys import ASKED_WITHIN, TALK, TICKET, Answer, Survey, Surveys
from bridge.errors import NotFoundError
from bridge.handoff.queue import HandoffQueue
from bridge.storage.chat import surveys
from bridge.storage.types import utc_now
from bridge.testing.clock import SettableClock
from tests.gateway.test_stores import at_once


class Booth:
    """Ask in one conversation, with a clock of its own."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self.engine = engine
        self.clock = SettableClock(utc_now())
        self.surveys = Surveys(engine, self.clock.utc)
        self.sessions = Sessions(engine, "s" * 32)
        self.conversation = self.sessions.open("en", "203.0.113.7")
        self.asked: list[Survey] = []

    def words(self, survey: Survey) -> dict[str, Any]:
        """Return a question with one button."""
        self.asked.append(survey)
        return {"text": f"{survey.kind} {survey.subject}?", "buttons": [{"title": "Good", "payload": "/good"}]}

    def want(self, kind: str = TALK, subject: str = "1") -> None:
        """Want an answer."""
        self.surveys.want(self.conversation, kind, subject)

    def ask(self) -> str | None:
        """Ask what is to be asked, and return its text."""
        body = self.surveys.ask(self.conversation, self.words)
        return str(body["text"]) if body else None

    def rows(self) -> list[Any]:
        """Return the table."""
        with self.engine.connect() as connection:
            return connection.execute(sa.select(surveys).order_by(surveys.c.id)).mappings().all()


@pytest.fixture
def booth(engine: sa.engine.Engine) -> Booth:
    return Booth(engine)


def test_each_subject_is_asked_about_once_however_often_it_is_wanted(booth: Booth) -> None:
    for _ in range(2):
        booth.want(TALK, "1")
        booth.want(TICKET, "T-1")
        assert [booth.ask(), booth.ask(), booth.ask()] in (["talk 1?", "ticket T-1?", None], [None] * 3)
    assert len(booth.asked) == len(booth.rows()) == 2
    events = EventLog(booth.engine).after(booth.conversation, 0)
    assert [(event["type"], event["text"]) for event in events] == [("bot", "talk 1?"), ("bot", "ticket T-1?")]
    assert Offers(booth.engine).title(booth.conversation, "/good") == "Good"


def test_many_at_once_ask_once(booth: Booth) -> None:
    booth.want()
    asked = at_once(6, lambda _: booth.ask())
    assert sorted(asked, key=str) == [None] * 5 + ["talk 1?"]


def test_what_could_not_be_asked_in_time_is_not_asked(booth: Booth) -> None:
    booth.want()
    booth.clock.forward((ASKED_WITHIN + timedelta(seconds=1)).total_seconds())
    assert booth.ask() is None


def test_while_a_person_is_awaited_nothing_is_asked(booth: Booth) -> None:
    booth.want()
    queue = HandoffQueue(booth.engine)
    queue.open(booth.conversation, "asked", "")
    assert booth.ask() is None
    queue.close(booth.conversation)
    assert booth.ask() == "talk 1?"


def test_the_first_answer_counts_and_only_of_whom_was_asked(booth: Booth) -> None:
    booth.want()
    (row,) = booth.rows()
    other = booth.sessions.open("en", "203.0.113.8")
    assert not booth.surveys.rate(booth.conversation, row["id"], 5), "it was not asked yet"
    booth.ask()
    assert not booth.surveys.rate(other, row["id"], 1)
    assert [booth.surveys.rate(booth.conversation, row["id"], rating) for rating in (4, 1)] == [True, False]
    asked_at = booth.rows()[0]["asked_at"]
    assert booth.surveys.answers() == [Answer(TALK, asked_at, 4)]
    assert booth.surveys.answers(since=asked_at + timedelta(seconds=1)) == []


def test_it_goes_with_its_conversation_and_does_not_come_back(booth: Booth) -> None:
    booth.want(TALK, "1")
    booth.ask()
    booth.want(TICKET, "T-1")
    Erasures(booth.engine, ()).erase(booth.conversation)
    assert booth.rows() == []
    assert booth.ask() is None
    assert not booth.surveys.rate(booth.conversation, 1, 5)


def test_a_conversation_that_is_deleted_while_it_is_asked_says_so(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    booth.want()
    look = booth.surveys._due

    def look_and_lose(conversation: str) -> Survey | None:
        found = look(conversation)
        Erasures(booth.engine, ()).erase(conversation)
        return found

    monkeypatch.setattr(booth.surveys, "_due", look_and_lose)
    with pytest.raises(NotFoundError):
        booth.ask()
