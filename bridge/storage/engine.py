"""Open the database: SQLite in WAL mode by default, PostgreSQL by URL; both behave alike from here on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite

from bridge.storage.together import Together

MIGRATIONS = Path(__file__).parent / "migrations"
_DIALECT_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

_WRITERS: WeakKeyDictionary[sa.engine.Engine, Together] = WeakKeyDictionary()
"""SQLite has one writer at a time and lets others sleep and poll; a process's own writers take turns without that."""

_CONDITION: ContextVar[Callable[[sa.engine.Connection], None] | None] = ContextVar("condition", default=None)


def open_engine(url: str) -> sa.engine.Engine:
    """Return an engine for `url`; the folder of a SQLite file is made if it is missing."""
    parsed = sa.engine.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(
            url, future=True, pool_pre_ping=True, pool_size=20, max_overflow=20, hide_parameters=True
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        future=True,
        # What people wrote must not reach a log through an error message; above as well.
        hide_parameters=True,
        # A file per thread is SQLite's own way; the queue pool keeps them open.
        poolclass=sa.pool.QueuePool,
        pool_size=20,
        max_overflow=60,
        connect_args={"timeout": 30, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    _WRITERS[engine] = Together()
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # pysqlite would begin transactions late and commit before DDL; with None we say BEGIN ourselves.
    connection.isolation_level = None
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "secure_delete=ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.engine.Connection) -> None:
    # A deferred transaction that turns from reader to writer fails with "database is locked" instead of waiting.
    immediate = connection.get_execution_options().get("frontdesk_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def writing(engine: sa.engine.Engine) -> Iterator[sa.engine.Connection]:
    """Open a write transaction: all of it is committed at the end, or none of it.

    Inside `on_condition` it begins with the check, so that no write can forget it.
    """
    together = _WRITERS.get(engine)
    with together.transaction(engine) if together else engine.begin() as connection:
        if check := _CONDITION.get():
            check(connection)
        yield connection


@contextmanager
def on_condition(check: Callable[[sa.engine.Connection], None]) -> Iterator[None]:
    """Let every write transaction of the block, and of the tasks and threads it starts, begin with a check."""
    token = _CONDITION.set(check)
    try:
        yield
    finally:
        _CONDITION.reset(token)


@contextmanager
def reading(engine: sa.engine.Engine) -> Iterator[sa.engine.Connection]:
    """Open a connection for reading; nothing it does is kept."""
    with engine.connect() as connection:
        yield connection


def scrub(engine: sa.engine.Engine) -> None:
    """Let go of what SQLite's write-ahead log still holds of deleted rows; somebody who reads may put that off.

    In the file itself deleted rows are overwritten (secure_delete). PostgreSQL sees to this by itself (autovacuum).
    """
    if engine.dialect.name != "sqlite":
        return
    together = _WRITERS.get(engine)
    with together.alone() if together else nullcontext(), engine.connect() as connection:
        raw = connection.connection
        raw.execute("PRAGMA busy_timeout=0")
        try:
            # On the bare connection: the log cannot be emptied inside of a transaction.
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            raw.execute("PRAGMA busy_timeout=30000")


def insert_if_new(connection: sa.engine.Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless it breaks a unique rule, and tell whether it was; waits for a rival that is not committed."""
    insert = _DIALECT_INSERT[connection.dialect.name]
    return bool(connection.execute(insert(table).values(values).on_conflict_do_nothing()).rowcount)


def revision_of(engine: sa.engine.Engine) -> str | None:
    """Return which shape the database has, or None where it has none yet."""
    with reading(engine) as connection:
        found: str | None = MigrationContext.configure(connection).get_current_revision()
        return found


def newest_revision() -> str:
    """Return which shape the code needs."""
    return str(ScriptDirectory.from_config(_alembic()).get_current_head())


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(engine: sa.engine.Engine) -> None:
    """Bring the database to the newest shape; does nothing if it is there."""
    config = _alembic()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
