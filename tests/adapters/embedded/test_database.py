"""Troubles of the database reach the caller in the bridge's words, and tell nobody's data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.adapters.embedded._database import looking_up, row_id, storing
from bridge.adapters.embedded.helpdesk import EmbeddedHelpdesk
from bridge.errors import BridgeError, ConflictError, OutcomeUnknownError, ProtocolError, UnavailableError
from bridge.model.identity import Claim
from bridge.storage.business import counters, customers
from bridge.storage.engine import writing
from bridge.storage.types import utc_now
from bridge.testing.contract import assert_tells_nothing_of, new_email, raised, unique
from bridge.testing.helpdesk_records import new_ticket
from tests.adapters.embedded.worlds import rows

MakeEngine = Callable[[str], sa.engine.Engine]


def test_writer_that_waited_too_long_is_told_unavailable(
    migrated_sqlite: Path, tmp_path: Path, make_engine: MakeEngine
) -> None:
    path = tmp_path / "locked.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    holder, hasty = make_engine(f"sqlite:///{path}"), make_engine(f"sqlite:///{path}")
    sa.event.listen(hasty, "connect", _have_no_patience)
    email = new_email()
    helpdesk = EmbeddedHelpdesk(hasty, first_answer_hours={})
    with writing(holder):
        error = raised(UnavailableError, lambda: helpdesk.create_ticket(new_ticket(email), unique()))
    assert_tells_nothing_of(error, email)
    assert helpdesk.create_ticket(new_ticket(email), unique()).number == "T-10001"


def _have_no_patience(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA busy_timeout=1")


def test_connection_lost_before_the_commit_wrote_nothing(migrated_postgres: str, make_engine: MakeEngine) -> None:
    engine = make_engine(migrated_postgres)

    def lose_it_between_two_statements() -> None:
        with storing(engine) as connection:
            connection.execute(sa.insert(counters).values(name="lost", last=1))
            cut(engine, connection)
            connection.execute(sa.update(counters).values(last=2))

    raised(UnavailableError, lose_it_between_two_statements)


def test_connection_lost_in_the_commit_leaves_the_outcome_unknown(
    migrated_postgres: str, make_engine: MakeEngine
) -> None:
    engine = make_engine(migrated_postgres)

    def lose_it_last() -> None:
        with storing(engine) as connection:
            connection.execute(sa.insert(counters).values(name="lost", last=1))
            cut(engine, connection)

    raised(OutcomeUnknownError, lose_it_last)


def cut(engine: sa.engine.Engine, connection: sa.engine.Connection) -> None:
    """Make the server end this connection, and wait until it has."""
    pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with engine.connect() as other:
        # With a time limit, the function waits for the end.
        assert other.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid}).scalar_one()


def test_contradicting_write_is_a_conflict(engine: sa.engine.Engine) -> None:
    email = new_email()

    def write_twice() -> None:
        with storing(engine) as connection:
            for _ in range(2):
                connection.execute(sa.insert(customers).values(email=email, name="Ann", created_at=utc_now()))

    assert_tells_nothing_of(raised(ConflictError, write_twice), email)
    assert rows(engine, customers) == []


def test_database_without_tables_is_a_bridge_error(empty_database_url: str, make_engine: MakeEngine) -> None:
    email = new_email()
    helpdesk = EmbeddedHelpdesk(make_engine(empty_database_url), first_answer_hours={})
    with pytest.raises(BridgeError) as caught:
        helpdesk.find_ticket(email, Claim(email=email))
    # SQLite has one kind of error for a missing table and a locked file.
    assert type(caught.value) in (ProtocolError, UnavailableError)
    assert_tells_nothing_of(caught.value, email)


def test_errors_of_our_own_pass_unchanged(engine: sa.engine.Engine) -> None:
    ours = ConflictError("ours")
    for opened in (looking_up, storing):
        with pytest.raises(ConflictError) as caught, opened(engine):
            raise ours
        assert caught.value is ours


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("0", 0),
        ("2147483647", 2147483647),
        ("2147483648", None),
        ("-1", None),
        ("1.0", None),
        ("\u0661", None),
    ],
)
def test_only_ids_that_a_row_can_have_are_read(text: str, expected: int | None) -> None:
    assert row_id(text) == expected
