"""Agree with all other processes on what operators are told: each change once, by whoever saw it first.

How far a condition is (a number: how many entries are dead) is a row, and a change is a comparison with what was known,
in one statement: of several processes that see the same change, one moves the row. What is to be posted is written in
the same transaction and leased to whoever posts it; if that process dies, the lease ends and another posts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bridge.storage.engine import insert_if_new, reading, writing
from bridge.storage.events import alerts, conditions
from bridge.storage.types import Clock, utc_now

LEASE = timedelta(seconds=30)
"""Longer than a post takes (bridge/alerts.py)."""
TRIES = 5
AT_ONCE = 100


@dataclass(frozen=True)
class Alert:
    """Say what changed; the words are ours and hold nothing of a person."""

    alert: str
    subject: str
    text: str
    at: datetime


class Board:
    """Keep conditions, and the alerts that are not posted yet.

    Args:
        posts: whether alerts are posted anywhere; if not, only the conditions are kept.
    """

    def __init__(self, engine: sa.engine.Engine, clock: Clock = utc_now, *, posts: bool = True) -> None:
        self._engine = engine
        self._clock = clock
        self._posts = posts

    def level(self, condition: str) -> int:
        """Return how far a condition is; 0 where nobody has seen it."""
        with reading(self._engine) as connection:
            wanted = sa.select(conditions.c.level).where(conditions.c.name == condition)
            return int(connection.execute(wanted).scalar() or 0)

    def move(self, condition: str, known: int, level: int, alert: Alert | None = None) -> bool:
        """Move a condition from what was known of it, and queue its alert; tell whether nobody else had moved it."""
        mine = sa.and_(conditions.c.name == condition, conditions.c.level == known)
        with writing(self._engine) as connection:
            insert_if_new(connection, conditions, {"name": condition, "level": 0})
            moved = connection.execute(sa.update(conditions).where(mine).values(level=level)).rowcount
            if moved and alert and self._posts:
                connection.execute(sa.insert(alerts).values(**asdict(alert), due_at=self._clock()))
        return bool(moved)

    def report(self, alert: Alert, again_after: timedelta) -> bool:
        """Queue an alert that has no end of its own, unless any process did within that time; tell whether it did."""
        condition, now = f"{alert.alert}:{alert.subject}", int(alert.at.timestamp())
        known = self.level(condition)
        return now - known >= again_after.total_seconds() and self.move(condition, known, now, alert)

    def is_due(self) -> bool:
        """Tell whether an alert waits that nobody posts."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(alerts.c.id).where(self._due()).limit(1)).first() is not None

    def claim(self) -> dict[int, Alert]:
        """Lease what is due, oldest first, so that nobody else posts it meanwhile."""
        if not self.is_due():
            return {}
        wanted = sa.select(alerts).where(self._due()).order_by(alerts.c.id).limit(AT_ONCE)
        with writing(self._engine) as connection:
            rows = connection.execute(wanted.with_for_update(skip_locked=True)).all()
            leased = {"due_at": self._clock() + LEASE, "attempts": alerts.c.attempts + 1}
            connection.execute(sa.update(alerts).where(alerts.c.id.in_([row.id for row in rows])).values(**leased))
        return {row.id: Alert(row.alert, row.subject, row.text, row.at) for row in rows}

    def posted(self, ids: Sequence[int]) -> None:
        """Forget alerts that have arrived."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(alerts).where(alerts.c.id.in_(ids)))

    def refused(self, ids: Sequence[int], pause: float) -> int:
        """Let alerts wait for another try, except those that had all of theirs; return how many these were."""
        mine = alerts.c.id.in_(ids)
        with writing(self._engine) as connection:
            spent = connection.execute(sa.delete(alerts).where(mine, alerts.c.attempts >= TRIES)).rowcount
            connection.execute(sa.update(alerts).where(mine).values(due_at=self._clock() + timedelta(seconds=pause)))
        return int(spent)

    def _due(self) -> sa.sql.ColumnElement:
        return alerts.c.due_at <= self._clock()
