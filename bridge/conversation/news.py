"""Tell the other gateways that a log has grown (PostgreSQL's LISTEN and NOTIFY).

What is told is only where to look: the log is the truth, and whoever missed a word finds everything there. A word that
is told inside a transaction is heard when that is committed, and never if it is not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from bridge.storage.engine import writing

_CHANNEL = "frontdesk_news"
_TELL = sa.select(sa.func.pg_notify(_CHANNEL, sa.bindparam("payload")))
_TYPING = {"+": True, "-": False}
# A server that vanished without a word is noticed after some 20 s; the look into the log finds what was missed.
_KEEP_ALIVE = {"keepalives": 1, "keepalives_idle": 8, "keepalives_interval": 4, "keepalives_count": 3}


@dataclass(frozen=True)
class Item:
    """Say where to look.

    Attributes:
        seq: the newest number of the log; 0: there is something in the inbox that nobody typed.
        typing: the bot has begun or ended its turn; then there is nothing to look for.
    """

    conversation_id: str
    seq: int = 0
    typing: bool | None = None


def ring(connection: sa.engine.Connection, conversation_id: str, seq: int) -> None:
    """Tell of a log's growth, inside the caller's transaction; SQLite has nobody to tell."""
    if connection.dialect.name == "postgresql":
        _tell(connection, f"{seq} {conversation_id}")


class Listener(Protocol):
    """Stand for one connection that hears the news."""

    def fileno(self) -> int:
        """Return what becomes readable when there are news."""

    def hear(self) -> Iterator[Item]:
        """Yield what has come; an error means that the connection is gone."""

    def close(self) -> None:
        """Let go of the connection."""


class News:
    """Hear what the processes on one database tell each other."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine
        self.shared = engine.dialect.name == "postgresql"

    def listen(self) -> Listener:
        """Open a connection that hears everything told from now on."""
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        return _Ear(self._engine.dialect.connect(*arguments, **{**_KEEP_ALIVE, **options}))

    def show_typing(self, conversation_id: str, on: bool) -> None:
        """Tell that the bot has begun or ended its turn."""
        with writing(self._engine) as connection:
            _tell(connection, f"{'+' if on else '-'} {conversation_id}")


class _Ear:
    def __init__(self, connection: Any) -> None:
        self._connection = connection
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {_CHANNEL}")
        except BaseException:
            connection.close()
            raise

    def fileno(self) -> int:
        return int(self._connection.fileno())

    def hear(self) -> Iterator[Item]:
        self._connection.poll()
        while self._connection.notifies:
            item = _item(self._connection.notifies.pop(0).payload)
            if item is not None:
                yield item

    def close(self) -> None:
        with contextlib.suppress(Exception):  # it may be what broke
            self._connection.close()


def _tell(connection: sa.engine.Connection, payload: str) -> None:
    connection.execute(_TELL, {"payload": payload})


def _item(payload: str) -> Item | None:
    """Read a word; one of a newer version is passed over."""
    what, _, conversation_id = payload.partition(" ")
    if what in _TYPING:
        return Item(conversation_id, typing=_TYPING[what])
    return Item(conversation_id, int(what)) if what.isascii() and what.isdigit() else None
