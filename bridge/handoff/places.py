"""Tell those who wait how the queue moves: each person's own place, when it has changed, and not too often."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta

import sqlalchemy as sa
import structlog

from bridge.conversation.log import append, lock
from bridge.errors import NotFoundError
from bridge.storage.chat import handoffs
from bridge.storage.engine import reading, writing
from bridge.storage.types import Clock, utc_now

EVERY = 5.0
"""Seconds between two looks."""
PAUSE = timedelta(seconds=20)
"""Between two words to the same person: a log of a long wait must not consist of places."""
NEAR, FAR_STEP = 10, 5
"""Every step counts near the front; further back only those that are so long."""

log = structlog.get_logger(__name__)


class Places:
    """Keep the places that people were told current; any number of processes may, and one of them tells."""

    def __init__(self, engine: sa.engine.Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            try:
                self.look()
            except Exception as error:
                log.warning("places in the queue cannot be told", error=type(error).__name__)
            stop.wait(EVERY)

    def look(self) -> int:
        """Tell everybody whose place has changed enough; return how many were told."""
        columns = (handoffs.c.id, handoffs.c.conversation_id, handoffs.c.told_position, handoffs.c.told_at)
        wanted = sa.select(*columns).where(handoffs.c.state == "waiting").order_by(handoffs.c.id)
        with reading(self._engine) as connection:
            waiting = connection.execute(wanted).all()
        before = self._clock() - PAUSE
        due = [
            (place, row)
            for place, row in enumerate(waiting, start=1)
            if _is_worth_telling(row.told_position, place) and (row.told_at is None or row.told_at <= before)
        ]
        told = 0
        for place, row in due:
            # A conversation may be deleted between two looks at it.
            with contextlib.suppress(NotFoundError):
                told += self._tell(row, place)
        return told

    def _tell(self, row: sa.engine.Row, place: int) -> bool:
        """Tell one person, unless somebody has taken them or another process has told them meanwhile."""
        same = (handoffs.c.id == row.id, handoffs.c.state == "waiting", handoffs.c.told_position == row.told_position)
        with writing(self._engine) as connection:
            lock(connection, row.conversation_id)
            told = {"told_position": place, "told_at": self._clock()}
            if connection.execute(sa.update(handoffs).where(*same).values(told)).rowcount == 0:
                return False
            append(connection, row.conversation_id, "status", {"mode": "waiting", "queue_position": place})
        return True


def _is_worth_telling(told: int, place: int) -> bool:
    return place != told and (place <= NEAR or abs(told - place) >= FAR_STEP)
