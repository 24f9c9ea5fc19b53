"""Transactions are whole, and writers wait for each other instead of failing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest
import sqlalchemy as sa

from bridge.storage.business import counters
from bridge.storage.engine import open_engine, reading, writing


def count(engine: sa.engine.Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {row.name: row.last for row in connection.execute(sa.select(counters))}


def test_written_rows_stay(engine: sa.engine.Engine) -> None:
    with writing(engine) as connection:
        connection.execute(sa.insert(counters).values(name="kept", last=1))
    assert count(engine) == {"kept": 1}


def test_failing_half_way_leaves_nothing(engine: sa.engine.Engine) -> None:
    def fail_half_way() -> None:
        with writing(engine) as connection:
            connection.execute(sa.insert(counters).values(name="first", last=1))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way()
    assert count(engine) == {}


def test_refused_second_statement_takes_the_first_with_it(engine: sa.engine.Engine) -> None:
    def write_twice() -> None:
        with writing(engine) as connection:
            connection.execute(sa.insert(counters).values(name="first", last=1))
            connection.execute(sa.insert(counters).values(name="first", last=2))

    with pytest.raises(sa.exc.IntegrityError):
        write_twice()
    assert count(engine) == {}


def test_reading_keeps_nothing(engine: sa.engine.Engine) -> None:
    with reading(engine) as connection:
        connection.execute(sa.insert(counters).values(name="stray", last=1))
    assert count(engine) == {}


def test_second_writer_waits_for_the_first(engine: sa.engine.Engine) -> None:
    with writing(engine) as connection:
        connection.execute(sa.insert(counters).values(name="shared", last=0))
    first_has_written, second_is_coming = Event(), Event()

    def add(amount: int, before: Callable[[], object], after: Callable[[], object]) -> None:
        before()
        with writing(engine) as connection:
            grown = sa.update(counters).values(last=counters.c.last + amount)
            connection.execute(grown)
            after()

    def hold() -> None:
        first_has_written.set()
        assert second_is_coming.wait(10)

    def follow() -> None:
        assert first_has_written.wait(10)
        second_is_coming.set()

    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(add, 1, lambda: None, hold), threads.submit(add, 10, follow, lambda: None)]
        for one in both:
            one.result(timeout=20)
    assert count(engine) == {"shared": 11}


def test_many_writers_that_read_first_all_succeed(engine: sa.engine.Engine) -> None:
    threads_at_once = 8
    start = Barrier(threads_at_once)

    def write(number: int) -> None:
        start.wait(10)
        with writing(engine) as connection:
            connection.execute(sa.select(counters)).all()
            connection.execute(sa.insert(counters).values(name=str(number), last=number))

    with ThreadPoolExecutor(threads_at_once) as threads:
        list(threads.map(write, range(threads_at_once)))
    assert len(count(engine)) == threads_at_once


def test_sqlite_makes_its_folder_and_enforces_foreign_keys_with_a_log_ahead(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new folder/frontdesk.db")
    with engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")
        }
    engine.dispose()
    assert told == {"journal_mode": "wal", "foreign_keys": 1}
