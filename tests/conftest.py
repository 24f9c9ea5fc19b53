"""What many tests need: a database (each such test runs on SQLite and PostgreSQL, with empty tables), a stack."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import sqlalchemy as sa

# Imported so that their tables are in the metadata.
from bridge.storage import business, chat, events, jobs, privacy, resilience, tokens  # noqa: F401
from bridge.storage.engine import migrate, open_engine
from bridge.storage.types import metadata
from tests.support.mail import Letters, mail_server
from tests.support.postgres import Cluster, find_program
from tests.support.rasa_table import RasaTable
from tests.support.stack import Stack

if TYPE_CHECKING:
    from tests.support.collector import Collector

pytest_plugins = ["tests.support.leftovers"]
# How long an example takes is the affair of the machine it runs on.
hypothesis.settings.register_profile("frontdesk", deadline=None)
hypothesis.settings.load_profile("frontdesk")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Run a PostgreSQL server for this session."""
    initdb, pg_ctl = find_program("initdb"), find_program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("no PostgreSQL server programs here (initdb, pg_ctl); apt package: postgresql")
    cluster = Cluster(initdb, pg_ctl)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> str:
    """Return the address of a migrated PostgreSQL database, which its users share one after the other."""
    url = postgres.url(postgres.create_database())
    _migrate(url)
    return url


@pytest.fixture(scope="session")
def empty_postgres(migrated_postgres: str) -> Iterator[Callable[[], object]]:
    """Return a call that empties the shared database in about a millisecond; a new one would cost a hundred."""
    # Whatever an earlier test left running must not write into a later one's tables.
    end_others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    deletions = (str(sa.delete(table)) for table in reversed(metadata.sorted_tables))
    statements = "; ".join([end_others, *deletions])
    engine = sa.create_engine(migrated_postgres, future=True, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield lambda: connection.exec_driver_sql(statements)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    cluster = request.getfixturevalue("postgres")
    name = cluster.create_database()
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a migrated database with nothing in it; leave its tables as they are."""
    if request.param == "sqlite":
        path = tmp_path / "frontdesk.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    request.getfixturevalue("empty_postgres")()
    url: str = request.getfixturevalue("migrated_postgres")
    return url


@pytest.fixture
def make_engine() -> Iterator[Callable[[str], sa.engine.Engine]]:
    """Open engines that are closed when the test is over."""
    engines: list[sa.engine.Engine] = []

    def make(url: str) -> sa.engine.Engine:
        engine = open_engine(url)
        if engine.dialect.name == "sqlite":
            # Like the server's fsync=off: nothing here outlives the run, so nothing has to reach the disk.
            sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def engine(database_url: str, make_engine: Callable[[str], sa.engine.Engine]) -> sa.engine.Engine:
    """Return an engine for `database_url`."""
    return make_engine(database_url)


@pytest.fixture
def rasa_table(tracker_url: str) -> Iterator[RasaTable]:
    """Make Rasa's table."""
    table = RasaTable(tracker_url)
    yield table
    table.close()


@pytest.fixture
def tracker_url(database_url: str, tmp_path: Path) -> str:
    """Return where Rasa's table is."""
    return f"sqlite:///{tmp_path}/rasa.db" if database_url.startswith("sqlite") else database_url


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Take the traces of the session's stack."""
    from tests.support.collector import collecting  # noqa: PLC0415  # the fast tests do without OpenTelemetry

    with collecting() as made:
        yield made


@pytest.fixture(scope="session")
def letters() -> Iterator[Letters]:
    """Take the mails of the session's stack."""
    with mail_server() as (taken, address):
        taken.url = f"smtp://{address}?starttls=never"
        yield taken


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, collector: Collector, letters: Letters) -> Iterator[Stack]:
    """Run the real three processes for the tests that only talk; those that kill them start their own."""
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    running = Stack(
        tmp_path_factory.mktemp("stack"),
        deployment={"mail": {"server": {"env": "TEST_MAIL"}, "sender": "Test Shop <chat@shop.example.test>"}},
        environment={**traced, "NO_PROXY": "127.0.0.1", "TEST_MAIL": letters.url},
    )
    running.start()
    yield running
    assert running.stop() == 0, running.output


def _migrate(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
