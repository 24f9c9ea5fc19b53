"""Writers of one process share commits: each is whole, none returns before it is kept, what fails fails alone."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.storage.business import counters
from bridge.storage.engine import migrate, open_engine, reading, scrub, writing

WRITERS = 12


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.engine.Engine]:
    """Return a database of its own; the fixture of the others may be PostgreSQL, which needs none of this."""
    engine = open_engine(f"sqlite:///{tmp_path}/frontdesk.db")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def commits(engine: sa.engine.Engine) -> list[int]:
    """Return a list that grows with every commit."""
    made: list[int] = []
    sa.event.listen(engine, "commit", lambda _connection: made.append(1))
    return made


def names(engine: sa.engine.Engine) -> set[str]:
    with reading(engine) as connection:
        return {row.name for row in connection.execute(sa.select(counters.c.name))}


def insert(connection: sa.engine.Connection, name: str) -> None:
    connection.execute(sa.insert(counters).values(name=name, last=1))


def crowd(engine: sa.engine.Engine, bodies: list[Callable[[sa.engine.Connection], Any]]) -> list[Future[Any]]:
    """Run the first body, and the others while it is inside its transaction, so that all can be one commit."""
    inside, queued = threading.Event(), threading.Event()

    def first() -> Any:
        with writing(engine) as connection:
            inside.set()
            assert queued.wait(20)
            return bodies[0](connection)

    def another(body: Callable[[sa.engine.Connection], Any]) -> Any:
        with writing(engine) as connection:
            result = body(connection)
        return result, names(engine)

    with ThreadPoolExecutor(len(bodies)) as threads:
        futures = [threads.submit(first)]
        assert inside.wait(20)
        futures += [threads.submit(another, body) for body in bodies[1:]]
        from bridge.storage.engine import _WRITERS  # noqa: PLC0415  # nothing public tells how many wait

        while _WRITERS[engine]._waiting < len(bodies) - 1:
            threading.Event().wait(0.001)
        queued.set()
    return futures


def test_those_who_wait_share_a_commit_and_each_finds_its_own_kept(
    engine: sa.engine.Engine, commits: list[int]
) -> None:
    futures = crowd(engine, [lambda connection, at=at: insert(connection, f"row-{at}") for at in range(WRITERS)])
    for at, future in enumerate(futures[1:], 1):
        assert f"row-{at}" in future.result()[1]
    assert names(engine) == {f"row-{at}" for at in range(WRITERS)}
    assert len(commits) == 1


def test_one_who_asks_alone_is_committed_alone(engine: sa.engine.Engine, commits: list[int]) -> None:
    for name in ("one", "two"):
        with writing(engine) as connection:
            insert(connection, name)
    assert len(commits) == 2


def test_what_fails_is_undone_alone(engine: sa.engine.Engine) -> None:
    def fail(connection: sa.engine.Connection) -> None:
        insert(connection, "half")
        raise LookupError("half way")

    def twice(connection: sa.engine.Connection) -> None:
        insert(connection, "kept")
        insert(connection, "kept")

    futures = crowd(
        engine, [fail, lambda connection: insert(connection, "kept"), twice, fail, lambda c: insert(c, "too")]
    )
    failures = [type(future.exception()).__name__ for future in futures if future.exception()]
    assert sorted(failures) == ["IntegrityError", "LookupError", "LookupError"]
    # Which of the two came first is open, so one "kept" is there either way.
    assert names(engine) == {"kept", "too"}


def test_nobody_is_told_of_success_where_the_commit_fails(engine: sa.engine.Engine) -> None:
    def break_it(_connection: sa.engine.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))

    sa.event.listen(engine, "commit", break_it)
    futures = crowd(engine, [lambda connection, at=at: insert(connection, f"row-{at}") for at in range(4)])
    assert all(isinstance(future.exception(), sa.exc.OperationalError) for future in futures)
    sa.event.remove(engine, "commit", break_it)
    assert names(engine) == set()
    with writing(engine) as connection:
        insert(connection, "after")
    assert names(engine) == {"after"}


def test_a_transaction_that_sqlite_undid_by_itself_is_nobodys_success(engine: sa.engine.Engine) -> None:
    def undone(connection: sa.engine.Connection) -> None:
        connection.connection.execute("ROLLBACK")  # as SQLite does on a full disk

    futures = crowd(engine, [lambda connection: insert(connection, "before"), undone, undone])
    assert all(isinstance(future.exception(), sa.exc.OperationalError) for future in futures)
    assert names(engine) == set()
    with writing(engine) as connection:
        insert(connection, "after")
    assert names(engine) == {"after"}


def test_a_transaction_in_another_is_refused_and_the_outer_one_goes_on(engine: sa.engine.Engine) -> None:
    with writing(engine) as connection:
        insert(connection, "outer")
        with pytest.raises(RuntimeError, match="wait for itself"), writing(engine):
            pass
    assert names(engine) == {"outer"}


def test_a_database_that_stays_locked_is_an_error_and_holds_up_nobody_after_it(
    engine: sa.engine.Engine, tmp_path: Path
) -> None:
    sa.event.listen(engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(tmp_path / "frontdesk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sa.exc.OperationalError, match="locked"), writing(engine):
        pass
    other.execute("ROLLBACK")
    other.close()
    with writing(engine) as connection:
        insert(connection, "after")
    assert names(engine) == {"after"}


def test_scrubbing_finds_nothing_open(engine: sa.engine.Engine) -> None:
    futures = crowd(engine, [lambda connection, at=at: insert(connection, f"row-{at}") for at in range(3)])
    with ThreadPoolExecutor(4) as threads:
        busy = [threads.submit(crowd, engine, [lambda c, n=n: insert(c, f"more-{n}")]) for n in range(3)]
        for _ in range(5):
            scrub(engine)
        for one in busy:
            one.result(20)
    assert [future.exception() for future in futures] == [None] * 3
    assert len(names(engine)) == 6
