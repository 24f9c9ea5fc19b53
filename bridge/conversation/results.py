"""Outcomes that come when nobody waits any more: kept, and told in a turn of their own, in Rasa's words."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bridge.conversation.erasure import ERASED
from bridge.conversation.inbox import SYSTEM, queue_unasked
from bridge.conversation.log import TRY_AGAIN
from bridge.model.outcome import BackendState, Outcome
from bridge.storage.chat import chat_events, conversations, inbox
from bridge.storage.engine import reading, writing
from bridge.storage.jobs import jobs
from bridge.storage.types import Clock, utc_now
from bridge.tracing import carrier

RETOLD_AFTER = timedelta(seconds=30)

TELL = "/EXTERNAL_tell_result"
"""What the gateway sends to Rasa in the name of nobody; people cannot send it (docs/reference/chat-api.md)."""

_ANSWERS = sa.select(chat_events.c.body).where(
    chat_events.c.inbox_id == sa.bindparam("message"),
    chat_events.c.type == "bot",
    chat_events.c.conversation_id
    == sa.select(inbox.c.conversation_id).where(inbox.c.id == sa.bindparam("message")).scalar_subquery(),
)
"""Made once: it is asked after every turn, and making it costs more than asking it."""


def tell(connection: sa.engine.Connection, conversation_id: str, outcome: Outcome, name: str = "outbox") -> None:
    """Keep an outcome and queue its telling, inside the caller's write transaction.

    Whoever has deleted the conversation is told nothing any more: there is nobody to tell it to.
    """
    mode = sa.select(conversations.c.mode).where(conversations.c.id == conversation_id)
    if connection.execute(mode).scalar() in (None, ERASED):
        return
    now = utc_now()
    connection.execute(
        sa.insert(jobs).values(
            conversation_id=conversation_id,
            name=name,
            started_at=now,
            finished_at=now,
            outcome=to_json(outcome),
            late=True,
        )
    )
    queue_telling(connection, conversation_id, carrier())


def queue_telling(connection: sa.engine.Connection, conversation_id: str, trace: str = "") -> None:
    """Have a late result told in a turn of its own."""
    queue_unasked(connection, conversation_id, SYSTEM, TELL, trace)


def to_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as JSON keeps it; what it settles is settled when it is kept."""
    told = {
        **asdict(outcome),
        "state": outcome.state.value,
        "forget": list(outcome.forget),
        "buttons": list(outcome.buttons),
    }
    del told["settles"]
    return told


def from_json(content: dict[str, Any]) -> Outcome:
    """Return the outcome that `to_json` wrote."""
    lists: dict[str, Any] = {name: tuple(content[name]) for name in ("forget", "buttons") if name in content}
    return Outcome(**{**content, **lists, "state": BackendState(content["state"])})


class Results:
    """Watch over late outcomes until they are told."""

    def __init__(self, engine: sa.engine.Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def tell(self, conversation_id: str, outcome: Outcome) -> None:
        """Have an outcome told that came when nobody waited for it, unless a later try has told the very same."""
        newest = sa.select(jobs.c.outcome).where(
            jobs.c.conversation_id == conversation_id, jobs.c.finished_at.is_not(None)
        )
        with writing(self._engine) as connection:
            known = connection.execute(newest.order_by(jobs.c.id.desc()).limit(1)).scalar()
            if known != to_json(outcome):
                tell(connection, conversation_id, outcome, "late")

    def tell_unheard(self, inbox_id: int) -> None:
        """Have told what came of a message whose turn ended in nothing but apologies.

        The action server may have died between the end of a use case and handing its words to Rasa; what still runs is
        told when it comes. A failure is not told: the person has heard an apology.
        """
        if self.was_heard(inbox_id):
            return
        mine = sa.and_(jobs.c.inbox_id == inbox_id, sa.not_(jobs.c.late))
        with writing(self._engine) as connection:
            for row in connection.execute(sa.select(jobs).where(mine)).all():
                if row.outcome is not None and from_json(row.outcome).state is BackendState.FAILED:
                    continue
                connection.execute(sa.update(jobs).where(jobs.c.id == row.id).values(late=True))
                if row.finished_at is not None:
                    queue_telling(connection, row.conversation_id)

    def take_back(self, inbox_id: int) -> None:
        """Count what a turn was to tell as untold: it ended without a word."""
        with writing(self._engine) as connection:
            connection.execute(sa.update(jobs).where(jobs.c.told_in == inbox_id).values(told_in=None))

    def was_heard(self, inbox_id: int) -> bool:
        """Tell whether a message got an answer that does not offer to try it again."""
        with reading(self._engine) as connection:
            bodies = connection.execute(_ANSWERS, {"message": inbox_id}).scalars().all()
        return not all(
            any(button["payload"].startswith(TRY_AGAIN) for button in body.get("buttons", ())) for body in bodies
        )

    def requeue(self) -> int:
        """Queue the telling of outcomes that a turn failed to tell (the action server was down); return how many."""
        untold = sa.select(jobs.c.conversation_id).where(
            jobs.c.late, jobs.c.told_in.is_(None), jobs.c.finished_at < self._clock() - RETOLD_AFTER
        )
        recent = sa.select(inbox.c.conversation_id).where(
            inbox.c.kind == "system",
            sa.or_(inbox.c.state != "done", inbox.c.finished_at > self._clock() - RETOLD_AFTER),
        )
        wanted = untold.where(jobs.c.conversation_id.not_in(recent)).distinct()
        with reading(self._engine) as connection:
            waiting = connection.execute(wanted).scalars().all()
        for conversation_id in waiting:
            with writing(self._engine) as connection:
                queue_telling(connection, conversation_id)
        return len(waiting)
