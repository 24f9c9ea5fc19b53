"""Jobs: a use case runs once for a message, and its outcome is found by whichever process asks for it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bridge.conversation.results import from_json, queue_telling, to_json
from bridge.conversation.turns import Turn
from bridge.model.outcome import BackendState, Outcome
from bridge.storage.chat import inbox
from bridge.storage.engine import insert_if_new, reading, writing
from bridge.storage.jobs import jobs
from bridge.storage.types import Clock, utc_now

LEASE = timedelta(seconds=6)
RENEWED_EVERY = 2.0
"""Seconds."""

Settle = Callable[[sa.engine.Connection, str], None]


@dataclass(frozen=True)
class Job:
    """Hold how far a use case is.

    Args:
        mine: nobody runs it, or nobody any more: the caller must.
        outcome: there once it is over.
    """

    id: int
    name: str
    started_at: datetime
    mine: bool = False
    outcome: Outcome | None = None


class Jobs:
    """Keep jobs.

    Args:
        settle: forgets the write of a key, inside the transaction that keeps what the person is told of it.
    """

    def __init__(self, engine: sa.engine.Engine, settle: Settle, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._settle = settle
        self._clock = clock

    def begin(self, turn: Turn, name: str) -> Job:
        """Return the job of this message and action; a turn that is delivered again finds the one it had."""
        now = self._clock()
        values = {
            "conversation_id": turn.conversation_id,
            "inbox_id": turn.inbox_id,
            "name": name,
            "started_at": now,
            "lease_until": now + LEASE,
        }
        mine = (jobs.c.inbox_id == turn.inbox_id, jobs.c.name == name)
        with writing(self._engine) as connection:
            fresh = insert_if_new(connection, jobs, values)
            row = connection.execute(sa.select(jobs).where(*mine)).one()
            return Job(row.id, name, row.started_at, mine=True) if fresh else self._take(connection, row)

    def newest(self, turn: Turn) -> Job | None:
        """Return the job that this message started last; its orphan becomes the caller's."""
        wanted = sa.select(jobs).where(jobs.c.inbox_id == turn.inbox_id).order_by(jobs.c.id.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        if row is None:
            return None
        if row.outcome is None and row.lease_until is not None and row.lease_until >= self._clock():
            return Job(row.id, row.name, row.started_at)  # somebody works on it: nothing to write, however many wait
        with writing(self._engine) as connection:
            return self._take(connection, row)

    def outcome(self, job_id: int) -> Outcome | None:
        """Return the outcome of a job if it is over."""
        with reading(self._engine) as connection:
            content = connection.execute(sa.select(jobs.c.outcome).where(jobs.c.id == job_id)).scalar()
        return None if content is None else from_json(content)

    def renew(self, job_ids: Collection[int]) -> None:
        """Say that their process still works on jobs."""
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.id.in_(list(job_ids)), jobs.c.outcome.is_(None))
                .values(lease_until=self._clock() + LEASE)
            )

    def finish(self, job_id: int, outcome: Outcome) -> None:
        """Keep the outcome; if the person was told that it takes too long, queue its telling. The first one counts.

        A failure is not told: what is late was apologised for already. The write that it answers is settled in the same
        transaction: whenever this process dies, either the outcome is there to be told or the relay will tell.
        """
        with writing(self._engine) as connection:
            finished = connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == job_id, jobs.c.finished_at.is_(None))
                .values(
                    outcome=to_json(outcome),
                    finished_at=self._clock(),
                    lease_until=None,
                    late=sa.false() if outcome.state is BackendState.FAILED else jobs.c.late,
                )
            )
            asked = sa.select(jobs.c.late, jobs.c.conversation_id, inbox.c.trace).outerjoin(inbox)
            row = connection.execute(asked.where(jobs.c.id == job_id)).one()
            if outcome.settles:
                self._settle(connection, outcome.settles)
            if finished.rowcount and row.late:
                queue_telling(connection, row.conversation_id, row.trace or "")

    def give_up(self, job_id: int) -> Outcome | None:
        """Stop waiting: return the outcome if it has just come, else have it told when it comes."""
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(jobs).where(jobs.c.id == job_id, jobs.c.finished_at.is_(None)).values(late=True)
            )
            content = connection.execute(sa.select(jobs.c.outcome).where(jobs.c.id == job_id)).scalar()
        return None if content is None else from_json(content)

    def late_outcomes(self, turn: Turn) -> list[Outcome]:
        """Return what has to be told now; a turn that is delivered again tells the same."""
        mine = sa.and_(
            jobs.c.conversation_id == turn.conversation_id,
            jobs.c.late,
            jobs.c.finished_at.is_not(None),
            sa.or_(jobs.c.told_in.is_(None), jobs.c.told_in == turn.inbox_id),
        )
        with writing(self._engine) as connection:
            connection.execute(sa.update(jobs).where(mine).values(told_in=turn.inbox_id))
            rows = connection.execute(sa.select(jobs.c.outcome).where(mine).order_by(jobs.c.id)).scalars().all()
        return [from_json(row) for row in rows]

    def _take(self, connection: sa.engine.Connection, row: sa.engine.Row) -> Job:
        if row.outcome is not None:
            return Job(row.id, row.name, row.started_at, outcome=from_json(row.outcome))
        taken = connection.execute(
            sa.update(jobs)
            .where(jobs.c.id == row.id, jobs.c.finished_at.is_(None), jobs.c.lease_until < self._clock())
            .values(lease_until=self._clock() + LEASE)
        )
        return Job(row.id, row.name, row.started_at, mine=bool(taken.rowcount))
