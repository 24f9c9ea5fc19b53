"""The outbox: writes that a system could not take now, each kept once by its idempotency key until it is settled.

Workers lease an entry, do the write, and settle it; nothing else moves it. A worker that dies leaves a lease that
runs out, and the next one is told that a write may have happened already. The turn in which a person confirms a write
is its first worker: it leases the entry before the call (write ahead), and what it tells the person settles it.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bridge.errors import UnavailableError
from bridge.events.entries import OPEN, Entry, State, read_entry
from bridge.settings.schema import Outbox as Limits
from bridge.storage.engine import insert_if_new, reading, writing
from bridge.storage.events import UNPROMISED, outbox
from bridge.storage.types import Clock, utc_now
from bridge.tracing import carrier

FIRST_PAUSE = timedelta(seconds=5)
SETTLING = timedelta(seconds=30)
"""How long a write of unknown outcome is left alone, so that one still on its way has arrived when we look for it.

Also the lease of a turn, whose calls end 14 s after its message was dispatched: twice as long, and still soon enough
for a person who heard nothing but an apology.
"""

Also = Callable[[sa.engine.Connection], None]
"""What else belongs into the same transaction."""


def nothing_else(_connection: sa.engine.Connection) -> None:
    """Leave a transaction as it is."""


_AHEAD = sa.and_(outbox.c.state == State.LEASED.value, outbox.c.attempts == 0)
"""A turn has it: every lease of a relay is a try."""


@dataclass(frozen=True)
class NewEntry:
    """Hold what is to be kept."""

    key: str
    conversation_id: str
    operation: str
    content: dict[str, Any] = field(repr=False)
    unknown: bool = False
    at_once: bool = False
    """Nothing was tried yet, so there is nothing to wait for."""


@dataclass(frozen=True)
class Standing:
    """Say how full the outbox is."""

    counts: dict[State, int]
    oldest: datetime | None
    """Since when the oldest open entry has been kept."""


class Outbox:
    """Keep entries, hand them out one at a time, and settle them."""

    def __init__(
        self,
        engine: sa.engine.Engine,
        limits: Limits | None = None,
        clock: Clock = utc_now,
        chance: random.Random | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._engine = engine
        self._clock = clock
        self._chance = chance or random.Random()

    def keep(self, new: NewEntry, also: Also) -> None:
        """Keep a write, together with what the caller does in the same transaction.

        The same key is the same entry; one that was given up gets another life, because somebody asked for it again,
        and one that the caller has leased ahead waits from now on.

        Raises:
            UnavailableError: our own database did not take it; nothing may be promised.
        """
        with self._taking() as connection:
            self.put(connection, new)
            also(connection)

    def put(self, connection: sa.engine.Connection, new: NewEntry) -> None:
        """Keep a write inside the caller's transaction."""
        due_at = self._clock() + (timedelta() if new.at_once else self._pause(0, new.unknown))
        waits = {"state": State.WAITING.value, "due_at": due_at, "lease": None}
        self._put(connection, new, {**waits, "unknown": sa.or_(outbox.c.unknown, new.unknown)})

    def hasten(self, connection: sa.engine.Connection, conversation_id: str, keys: str) -> bool:
        """Let what waits under keys that begin so be tried now; tell whether there is any."""
        waits = (outbox.c.conversation_id == conversation_id, outbox.c.state == State.WAITING.value)
        mine = sa.update(outbox).where(*waits, outbox.c.key.startswith(keys, autoescape=True))
        return bool(connection.execute(mine.values(due_at=self._clock())).rowcount)

    def ahead(self, new: NewEntry, also: Also) -> bool:
        """Keep a write that the caller is about to do, leased to it; tell whether it may, or else a relay has it.

        One that a turn before it left behind is taken over: whoever confirms again sees at once that it is done. What
        was done before is done again: with the same key it gives the same record.

        Raises:
            UnavailableError: our own database did not take it; a write that nobody knows of must not be sent.
        """
        with self._taking() as connection:
            due_at = self._clock() + SETTLING
            taken = {"state": State.LEASED.value, "due_at": due_at, "lease": uuid.uuid4().hex}
            # A turn that left it behind may have written.
            self._put(connection, new, {**taken, "unknown": sa.or_(outbox.c.unknown, _AHEAD)})
            also(connection)
            state, attempts = connection.execute(
                sa.select(outbox.c.state, outbox.c.attempts).where(outbox.c.key == new.key)
            ).one()
        return bool(state == State.DONE.value or (state == State.LEASED.value and attempts == 0))

    def claim(self) -> Entry | None:
        """Lease what is due longest, promises first, or return None where nothing is; no two workers get the same."""
        now = self._clock()
        due = sa.and_(outbox.c.state.in_([state.value for state in OPEN]), outbox.c.due_at <= now)
        with reading(self._engine) as connection:
            # An idle relay must not take SQLite's only write lock every second.
            if connection.execute(sa.select(outbox.c.id).where(due).limit(1)).first() is None:
                return None
        # What was promised goes first: a vendor may tell of a thousand changes at once, and be slow to read.
        is_extra = outbox.c.operation.in_(UNPROMISED)
        wanted = sa.select(outbox).where(due).order_by(is_extra, outbox.c.due_at, outbox.c.id).limit(1)
        with writing(self._engine) as connection:
            row = connection.execute(wanted.with_for_update(skip_locked=True)).mappings().first()
            if row is None:
                return None
            changes = {
                "state": State.LEASED.value,
                "due_at": now + timedelta(seconds=self.limits.lease_seconds),
                "lease": uuid.uuid4().hex,
                "attempts": row["attempts"] + 1,
                # Whoever let a lease run out may have written before.
                "unknown": row["unknown"] or row["state"] == State.LEASED.value,
            }
            connection.execute(sa.update(outbox).where(outbox.c.id == row["id"]).values(**changes))
        return read_entry({**row, **changes})

    def finish(self, entry: Entry, result: dict[str, Any], also: Also) -> bool:
        """Settle a leased entry as done and empty its content; tell whether the lease was still ours."""
        changes = {"state": State.DONE.value, "content": None, "result": result, "reason": ""}
        return self._settle(entry, {**changes, "finished_at": self._clock()}, also)

    def bury(self, entry: Entry, reason: str, also: Also) -> bool:
        """Give a leased entry up; it keeps its content for an operator's retry."""
        changes = {"state": State.DEAD.value, "reason": reason, "finished_at": self._clock()}
        return self._settle(entry, changes, also)

    def postpone(self, entry: Entry, reason: str, *, unknown: bool, at_least: float = 0.0) -> bool:
        """Let a leased entry wait for its next try: exponentially longer, at random within that (full jitter).

        Args:
            reason: why this try failed, in words for operators.
            unknown: it may have written all the same.
            at_least: seconds that the system asked for.
        """
        changes: dict[str, Any] = {
            "state": State.WAITING.value,
            "reason": reason,
            "due_at": self._clock() + max(self._pause(entry.attempts, unknown), timedelta(seconds=at_least)),
        }
        if unknown:
            changes["unknown"] = True
        return self._settle(entry, changes, nothing_else)

    def is_spent(self, entry: Entry) -> bool:
        """Tell whether an entry has had all its tries, or all its time."""
        age = self._clock() - entry.kept_at
        return entry.attempts >= self.limits.attempts or age >= timedelta(hours=self.limits.hours)

    def retry(self, id_: int) -> bool:
        """Give a dead entry new tries from now; tell whether there was one."""
        now = self._clock()
        fresh = {"state": State.WAITING.value, "due_at": now, "kept_at": now, "attempts": 0, "finished_at": None}
        return self._change(id_, (State.DEAD,), fresh)

    def discard(self, id_: int) -> bool:
        """Empty an entry that nobody works on, for good; tell whether there was one."""
        gone = {"state": State.DISCARDED.value, "content": None, "finished_at": self._clock()}
        return self._change(id_, (State.DEAD, State.WAITING), gone)

    def find(self, key: str) -> Entry | None:
        """Return the entry of a key."""
        return self._first(outbox.c.key == key)

    def get(self, id_: int) -> Entry | None:
        """Return the entry of a number."""
        return self._first(outbox.c.id == id_)

    def entries(self, *states: State, limit: int = 200) -> list[Entry]:
        """Return the oldest entries in these states, without those that a turn is at."""
        wanted = sa.select(outbox).where(outbox.c.state.in_([state.value for state in states]), self._is_ours())
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(outbox.c.id).limit(limit)).mappings().all()
        return [read_entry(row) for row in rows]

    def standing(self) -> Standing:
        """Return how many entries there are by state, and how long the oldest open one has waited.

        What a turn is at is no backlog; what it has left behind is.
        """
        is_open = sa.and_(outbox.c.state.in_([state.value for state in OPEN]), self._is_ours())
        counted = sa.select(outbox.c.state, sa.func.count()).where(self._is_ours()).group_by(outbox.c.state)
        with reading(self._engine) as connection:
            counts = {State(state): int(count) for state, count in connection.execute(counted)}
            oldest = connection.execute(sa.select(sa.func.min(outbox.c.kept_at)).where(is_open)).scalar()
        return Standing(counts, oldest)

    def _put(self, connection: sa.engine.Connection, new: NewEntry, standing: dict[str, Any]) -> None:
        """Insert an entry, or change the one that its key has if nobody else is at it and it is not done.

        Args:
            standing: state, due time and lease, and what becomes of `unknown` where the entry is there already.
        """
        fresh = {
            **standing,
            "content": new.content,
            "attempts": 0,
            "correlation_id": structlog.contextvars.get_contextvars().get("correlation", ""),
            "trace": carrier(),
            "kept_at": self._clock(),
            "finished_at": None,
        }
        named = {"key": new.key, "conversation_id": new.conversation_id, "operation": new.operation}
        if insert_if_new(connection, outbox, {**fresh, **named, "unknown": new.unknown}):
            return
        free = sa.or_(outbox.c.state.in_((State.DEAD.value, State.DISCARDED.value)), _AHEAD)
        connection.execute(sa.update(outbox).where(outbox.c.key == new.key, free).values(**fresh))

    @contextmanager
    def _taking(self) -> Iterator[sa.engine.Connection]:
        """Open a transaction that takes something over from the caller."""
        try:
            with writing(self._engine) as connection:
                yield connection
        except sa.exc.SQLAlchemyError as trouble:
            # "from None": the driver's error quotes the values, and those are people's.
            raise UnavailableError(f"the outbox cannot be written ({type(trouble).__name__})") from None

    def _is_ours(self) -> sa.sql.ColumnElement:
        return sa.not_(sa.and_(_AHEAD, outbox.c.due_at > self._clock()))

    def _pause(self, attempts: int, unknown: bool) -> timedelta:
        longest = float(self.limits.longest_pause_seconds)
        # The exponent is bounded because a float is not.
        most = min(longest, FIRST_PAUSE.total_seconds() * 2 ** min(attempts, 20))
        return timedelta(seconds=self._chance.uniform(0, most)) + (SETTLING if unknown else timedelta())

    def _settle(self, entry: Entry, changes: dict[str, Any], also: Also) -> bool:
        mine = sa.and_(outbox.c.id == entry.id, outbox.c.lease == entry.lease)
        with writing(self._engine) as connection:
            if not connection.execute(sa.update(outbox).where(mine).values(lease=None, **changes)).rowcount:
                return False
            also(connection)
        return True

    def _change(self, id_: int, from_: tuple[State, ...], changes: dict[str, Any]) -> bool:
        mine = sa.and_(outbox.c.id == id_, outbox.c.state.in_([state.value for state in from_]))
        with writing(self._engine) as connection:
            return bool(connection.execute(sa.update(outbox).where(mine).values(**changes)).rowcount)

    def _first(self, which: sa.sql.ColumnElement) -> Entry | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(outbox).where(which)).mappings().first()
        return None if row is None else read_entry(row)


def settle(connection: sa.engine.Connection, key: str) -> None:
    """Forget a write that a turn leased ahead, inside the transaction that keeps what the person is told of it.

    One that waits, or that a relay has, is that relay's to settle.
    """
    connection.execute(sa.delete(outbox).where(outbox.c.key == key, _AHEAD))
