"""Delete conversations from Rasa's own SQL database: Rasa 3.6 has no way to ask it for that."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa

# Of Rasa's table only what is needed here; rasa.core.tracker_store.SQLTrackerStore makes it.
_EVENTS = sa.table("events", sa.column("sender_id", sa.String))
_PATIENCE = 5
"""Seconds that a writer of Rasa's may hold the file."""


class Trackers:
    """Reach Rasa's database; nothing else of it is read or changed."""

    def __init__(self, url: str) -> None:
        self._url = sa.engine.make_url(url)
        self._lock = threading.Lock()
        self._engine: sa.engine.Engine | None = None

    def forget(self, conversation_id: str) -> int:
        """Delete what Rasa stored of a conversation, and return how many events that were.

        Raises:
            SQLAlchemyError: the database cannot be reached, or Rasa is writing; another time, then.
        """
        engine = self._open()
        if engine is None or not sa.inspect(engine).has_table("events"):
            return 0  # Rasa has stored nothing yet
        with engine.begin() as connection:
            return int(connection.execute(sa.delete(_EVENTS).where(_EVENTS.c.sender_id == conversation_id)).rowcount)

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()

    def _open(self) -> sa.engine.Engine | None:
        is_file = self._url.get_backend_name() == "sqlite"
        if is_file and not Path(self._url.database or "").is_file():
            return None  # to open it would make it
        with self._lock:
            if self._engine is None:
                options: dict[str, Any] = {"connect_args": {"timeout": _PATIENCE}} if is_file else {"pool_size": 1}
                self._engine = sa.create_engine(
                    self._url, future=True, hide_parameters=True, pool_pre_ping=not is_file, **options
                )
                if is_file:
                    sa.event.listen(self._engine, "connect", _overwrite)
        return self._engine


def _overwrite(connection: Any, _record: Any) -> None:
    # What is deleted is overwritten too. The journal mode is Rasa's own and stays.
    connection.execute("PRAGMA secure_delete=ON")
