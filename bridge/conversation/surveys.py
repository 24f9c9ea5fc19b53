"""How somebody was helped: asked once a subject by the gateway, answered by a button, or ignored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bridge.conversation.log import append, lock
from bridge.conversation.offers import allow
from bridge.storage.chat import surveys
from bridge.storage.engine import insert_if_new, reading, writing
from bridge.storage.types import Clock, utc_now

TALK, TICKET = "talk", "ticket"
WORST, BEST = 1, 5
ASKED_WITHIN = timedelta(minutes=30)
"""After that the question would come out of nowhere."""

_OLDEST = (
    sa.select(surveys.c.id, surveys.c.kind, surveys.c.subject)
    .where(
        surveys.c.conversation_id == sa.bindparam("conversation"),
        surveys.c.asked_at.is_(None),
        surveys.c.wanted_at > sa.bindparam("since"),
    )
    .order_by(surveys.c.id)
    .limit(1)
)
"""Made once: it is asked after every turn, and making it costs more than asking it."""


@dataclass(frozen=True)
class Survey:
    """Name what somebody is asked about."""

    id: int
    kind: str
    subject: str


@dataclass(frozen=True)
class Answer:
    """Hold what came of one question; nothing in it leads to a person."""

    kind: str
    asked_at: datetime
    rating: int | None


Words = Callable[[Survey], dict[str, Any]]
"""Return the body of the question, with its buttons."""


def want(connection: sa.engine.Connection, conversation_id: str, kind: str, subject: str, at: datetime) -> None:
    """Have a question asked at the next quiet moment, inside the caller's transaction; once a subject."""
    values = {"conversation_id": conversation_id, "kind": kind, "subject": subject, "wanted_at": at}
    insert_if_new(connection, surveys, values)


class Surveys:
    """Ask, and keep the answers."""

    def __init__(self, engine: sa.engine.Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def want(self, conversation_id: str, kind: str, subject: str) -> None:
        """Have a question asked at the next quiet moment, once a subject."""
        with writing(self._engine) as connection:
            want(connection, conversation_id, kind, subject, self._clock())

    def ask(self, conversation_id: str, words: Words) -> dict[str, Any] | None:
        """Ask what is to be asked, if the bot has the word; return what was said.

        The question is marked and logged at once: a crash asks either not yet or never again.

        Raises:
            NotFoundError: there is no such conversation any more.
        """
        if self._due(conversation_id) is None:
            return None
        with writing(self._engine) as connection:
            is_with_bot = lock(connection, conversation_id)["mode"] == "bot"
            due = _oldest(connection, conversation_id, self._clock() - ASKED_WITHIN)
            if due is None or not is_with_bot:
                return None
            connection.execute(sa.update(surveys).where(surveys.c.id == due.id).values(asked_at=self._clock()))
            body = words(due)
            allow(connection, conversation_id, body["buttons"])
            append(connection, conversation_id, "bot", body)
        return body

    def rate(self, conversation_id: str, survey_id: int, rating: int) -> bool:
        """Keep the first answer to a question that this conversation was asked; tell whether this was it."""
        mine = (surveys.c.id == survey_id, surveys.c.conversation_id == conversation_id)
        open_ = (surveys.c.asked_at.is_not(None), surveys.c.rating.is_(None))
        with writing(self._engine) as connection:
            kept = connection.execute(sa.update(surveys).where(*mine, *open_).values(rating=rating))
        return bool(kept.rowcount)

    def answers(self, since: datetime | None = None) -> list[Answer]:
        """Return what came of the questions that were asked, oldest first."""
        wanted = sa.select(surveys.c.kind, surveys.c.asked_at, surveys.c.rating).where(surveys.c.asked_at.is_not(None))
        if since is not None:
            wanted = wanted.where(surveys.c.asked_at >= since)
        with reading(self._engine) as connection:
            return [Answer(*row) for row in connection.execute(wanted.order_by(surveys.c.asked_at, surveys.c.id))]

    def _due(self, conversation_id: str) -> Survey | None:
        # Looked for after every turn: nearly always there is nothing to write.
        with reading(self._engine) as connection:
            return _oldest(connection, conversation_id, self._clock() - ASKED_WITHIN)


def _oldest(connection: sa.engine.Connection, conversation_id: str, since: datetime) -> Survey | None:
    row = connection.execute(_OLDEST, {"conversation": conversation_id, "since": since}).first()
    return None if row is None else Survey(*row)
