"""Tickets that open one event stream each: which ones were used, known to every gateway."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bridge.storage.chat import used_tickets
from bridge.storage.engine import insert_if_new, writing
from bridge.storage.types import Clock, utc_now


class StreamTickets:
    """Keep the marks of used tickets until these would have expired."""

    def __init__(self, engine: sa.engine.Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def use(self, mark: str, until: datetime) -> bool:
        """Use a ticket up, and tell whether it was unused."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(used_tickets).where(used_tickets.c.until < self._clock()))
            return insert_if_new(connection, used_tickets, {"mark": mark, "until": until})
