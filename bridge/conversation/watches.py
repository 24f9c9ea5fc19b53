"""A watch remembers who looked at which record, so that a later event of that record finds its person."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bridge.model.identity import Level
from bridge.storage.chat import watches
from bridge.storage.engine import insert_if_new, writing
from bridge.storage.types import Clock, utc_now

WATCHED_FOR = timedelta(days=14)


class Watches:
    """Keep watches."""

    def __init__(self, engine: sa.engine.Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, conversation_id: str, system: str, record: str, level: Level, email: str | None = None) -> None:
        """Watch a record for this conversation; looking again renews the time.

        Args:
            record: kind and the system's own id, such as "order:17".
            email: the address that opened it, where its number and this were all that was shown.
        """
        mine = (
            watches.c.conversation_id == conversation_id,
            watches.c.system == system,
            watches.c.record == record,
        )
        fresh = {"identity_level": level.value, "email": email, "expires_at": self._clock() + WATCHED_FOR}
        watch = {"conversation_id": conversation_id, "system": system, "record": record, **fresh}
        with writing(self._engine) as connection:
            if not insert_if_new(connection, watches, watch):
                connection.execute(sa.update(watches).where(*mine).values(**fresh))
