"""Let the threads of a process share commits, where the database has one writer at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

_MOST = 64
"""Transactions in one commit: the first of them waits for all, and other processes wait for the commit."""


class _Batch:
    """Hold the transactions that are committed together."""

    def __init__(self, connection: sa.engine.Connection) -> None:
        self.connection = connection
        self.members = 0
        self.over = threading.Event()
        self.failure: BaseException | None = None


class Together:
    """Hand one connection from thread to thread, and commit once for all who came meanwhile.

    A commit waits for the disk, and SQLite takes one at a time: a thousand a second asked for, a hundred done. Whoever
    asks while a commit is under way goes into the next one, behind a savepoint: what fails is undone alone. Nobody
    goes on before what he wrote is on the disk, and one who asks alone waits for nobody.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._waiting = 0
        self._count = threading.Lock()
        self._holder: int | None = None
        self._batch: _Batch | None = None

    @contextmanager
    def transaction(self, engine: sa.engine.Engine) -> Iterator[sa.engine.Connection]:
        """Open a transaction of one's own; at its end it is committed, with those of others."""
        self._take_turn()
        try:
            batch = self._batch = self._batch or _begun(engine)
        except BaseException:
            self._give_turn()
            raise
        try:
            with batch.connection.begin_nested():
                yield batch.connection
        finally:
            self._leave(batch)
        batch.over.wait()
        if batch.failure is not None:
            raise batch.failure

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no transaction of this process be open in the block."""
        self._take_turn()
        try:
            if self._batch is not None:
                self._commit(self._batch)
            yield
        finally:
            self._give_turn()

    def _take_turn(self) -> None:
        if self._holder == threading.get_ident():
            raise RuntimeError("a write transaction cannot hold another one: it would wait for itself")
        with self._count:
            self._waiting += 1
        self._turn.acquire()
        with self._count:
            self._waiting -= 1
        self._holder = threading.get_ident()

    def _give_turn(self) -> None:
        self._holder = None
        self._turn.release()

    def _leave(self, batch: _Batch) -> None:
        """Give the turn to whoever waits for it; the last one commits."""
        try:
            batch.members += 1
            with self._count:
                is_last = self._waiting == 0 or batch.members >= _MOST
            # On some errors (a full disk) SQLite undoes all of a transaction by itself: then nobody's part is there.
            if is_last or not _is_open(batch.connection):
                self._commit(batch)
        finally:
            self._give_turn()

    def _commit(self, batch: _Batch) -> None:
        self._batch = None
        try:
            if not _is_open(batch.connection):
                raise sa.exc.OperationalError("COMMIT", None, RuntimeError("the database undid the transaction"))
            batch.connection.commit()
        except BaseException as error:
            batch.failure = error
            batch.connection.invalidate()  # nobody knows what is still open on it
        finally:
            batch.connection.close()
            batch.over.set()


def _begun(engine: sa.engine.Engine) -> _Batch:
    connection = engine.connect().execution_options(frontdesk_write=True)
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return _Batch(connection)


def _is_open(connection: sa.engine.Connection) -> bool:
    raw: Any = connection.connection
    return bool(raw.in_transaction)
