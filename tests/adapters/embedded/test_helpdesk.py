"""What the embedded helpdesk does beyond the contract: its numbers, its promises of an answer, its limits."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Event

import pytest
import sqlalchemy as sa

from bridge.adapters.embedded.helpdesk import EmbeddedHelpdesk
from bridge.errors import ConflictError, InvalidError, NotFoundError
from bridge.model.helpdesk import Priority, TicketStatus
from bridge.model.identity import Claim
from bridge.storage.business import ticket_comments, tickets
from bridge.storage.engine import reading, writing
from bridge.testing.contract import assert_tells_nothing_of, new_email, raised, unique
from bridge.testing.helpdesk_records import make_ticket, new_ticket
from tests.adapters.embedded.worlds import HelpdeskWorld, insert, rows

NOON = datetime(2026, 1, 20, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def world(engine: sa.engine.Engine, dead_engine: sa.engine.Engine) -> HelpdeskWorld:
    return HelpdeskWorld(engine, dead_engine)


def new_number(world: HelpdeskWorld) -> str:
    return world.adapter.create_ticket(new_ticket(new_email()), unique()).number


def test_numbers_begin_at_10001_and_go_on(world: HelpdeskWorld) -> None:
    assert [new_number(world) for _ in range(3)] == ["T-10001", "T-10002", "T-10003"]


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        (["T-10001", "T-10002"], ["T-10003", "T-10004"]),
        (["T-10002"], ["T-10001", "T-10003"]),
        (["T-10001", "T-9", "T-10050"], ["T-10051", "T-10052"]),
        (["T-10001", "T-X9", "T-", "HELP-90000", "90000", "T-\u0669\u0669\u0669\u0669\u0669\u0669"], ["T-10002"]),
    ],
)
def test_numbers_of_loaded_tickets_are_not_given_again(
    world: HelpdeskWorld, loaded: list[str], expected: list[str]
) -> None:
    for number in loaded:
        world.add_ticket(make_ticket(new_email(), number=number))
    assert [new_number(world) for _ in expected] == expected


def test_number_of_a_deleted_ticket_does_not_come_back(world: HelpdeskWorld) -> None:
    first = new_number(world)
    with writing(world.engine) as connection:
        connection.execute(sa.delete(tickets))
    assert new_number(world) != first


def test_number_taken_by_a_load_that_is_not_finished_is_passed_over(world: HelpdeskWorld) -> None:
    values = {"subject": "s", "description": "d", "status": "new", "priority": "low", "email": new_email(), "tags": []}
    started = Event()

    def create() -> str:
        started.set()
        return new_number(world)

    with ThreadPoolExecutor(1) as thread:
        with writing(world.engine) as connection:
            insert(connection, tickets, number="T-10001", created_at=NOON, updated_at=NOON, **values)
            waiting = thread.submit(create)
            assert started.wait(10)
            wait_until_a_rival_is_blocked(world.engine)
        assert waiting.result(20) == "T-10002"


def wait_until_a_rival_is_blocked(engine: sa.engine.Engine) -> None:
    """Return when PostgreSQL says that somebody waits for a lock; on SQLite the writer's lock was taken before."""
    if engine.dialect.name == "sqlite":
        return
    blocked = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        with reading(engine) as connection:
            if connection.execute(blocked).scalar_one():
                return
    pytest.fail("nobody waited for the load")


def test_two_processes_never_give_the_same_number(world: HelpdeskWorld, database_url: str) -> None:
    command = [sys.executable, "-m", "tests.adapters.embedded.numbering", database_url, "25"]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) for _ in range(2)
    ]
    assert [process.stdout.readline() for process in both if process.stdout] == ["ready\n"] * 2
    for process in both:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    given = [number for process in both for number in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in both] == [0, 0]
    assert len(given) == len(set(given)) == 50
    assert {row["number"] for row in rows(world.engine, tickets)} == set(given)


@pytest.mark.parametrize(("priority", "hours"), [("low", 72), ("normal", 24), ("high", 8), ("urgent", None)])
def test_answer_is_promised_by_priority(engine: sa.engine.Engine, priority: str, hours: int | None) -> None:
    promises = {"low": 72, "normal": 24, "high": 8}
    helpdesk = EmbeddedHelpdesk(engine, first_answer_hours=promises, now=lambda: NOON)
    made = helpdesk.create_ticket(new_ticket(new_email(), priority=Priority(priority)), unique())
    assert (made.created_at, made.updated_at) == (NOON, NOON)
    assert made.due_at == (None if hours is None else NOON + timedelta(hours=hours))


def test_all_that_was_asked_is_stored(world: HelpdeskWorld) -> None:
    asked = new_ticket(
        new_email(), name="Ann", order_number="1001", team="Returns", tags=("chat", "wet"), verified=True
    )
    made = world.adapter.create_ticket(asked, unique())
    (row,) = rows(world.engine, tickets)
    assert (row["name"], row["tags"], row["verified"]) == ("Ann", ["chat", "wet"], True)
    assert (made.order_number, made.team, made.status_label) == ("1001", "Returns", "new")


def test_repeated_comment_is_the_first_one_even_after_closing(world: HelpdeskWorld) -> None:
    ticket, key = world.add_ticket(make_ticket(new_email())), unique()
    first = world.adapter.add_comment(ticket.id, "Still wet.", key)
    with writing(world.engine) as connection:
        connection.execute(sa.update(tickets).values(status="closed"))
    assert world.adapter.add_comment(ticket.id, "Still wet.", key) == first
    assert len(rows(world.engine, ticket_comments)) == 1


def test_comment_waits_for_a_change_of_the_ticket_and_respects_it(world: HelpdeskWorld) -> None:
    ticket = world.add_ticket(make_ticket(new_email()))
    with ThreadPoolExecutor(1) as thread:
        with writing(world.engine) as connection:
            connection.execute(sa.update(tickets).values(status="closed"))
            waiting = thread.submit(world.adapter.add_comment, ticket.id, "Still wet.", unique())
            wait_until_a_rival_is_blocked(world.engine)
        raised(ConflictError, lambda: waiting.result(20))
    assert rows(world.engine, ticket_comments) == []
    assert [row["status"] for row in rows(world.engine, tickets)] == ["closed"]


def test_key_of_another_tickets_comment_is_refused_and_not_told(world: HelpdeskWorld) -> None:
    other, ticket, key = (
        world.add_ticket(make_ticket(new_email())),
        world.add_ticket(make_ticket(new_email())),
        unique(),
    )
    world.adapter.add_comment(other.id, "My door code is 7755", key)
    error = raised(ConflictError, lambda: world.adapter.add_comment(ticket.id, "Still wet.", key))
    assert_tells_nothing_of(error, "7755", other.email, ticket.email)
    assert len(rows(world.engine, ticket_comments)) == 1


def test_number_is_found_without_the_prefix_that_we_gave_it(world: HelpdeskWorld) -> None:
    email = new_email()
    made = world.adapter.create_ticket(new_ticket(email), unique())
    assert made.number.startswith("T-")
    assert world.adapter.find_ticket(made.number.removeprefix("T-"), Claim(email=email)).id == made.id
    with pytest.raises(NotFoundError):
        world.adapter.find_ticket(made.number.removeprefix("T-"), Claim(email=new_email()))


def test_note_does_not_open_a_solved_ticket(world: HelpdeskWorld) -> None:
    ticket = world.add_ticket(make_ticket(new_email(), status=TicketStatus.SOLVED, status_label="solved"))
    note = world.adapter.add_comment(ticket.id, "Rated 5 of 5.", unique(), public=False)
    assert note.author != ticket.email
    assert world.adapter.find_ticket(ticket.number, Claim(email=ticket.email)).status is TicketStatus.SOLVED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "x" * 201),
        ("subject", "half \ud83d pair"),
        ("description", "nothing\0here"),
        ("team", "x" * 81),
        ("order_number", "9" * 65),
    ],
)
def test_text_that_does_not_fit_is_named_and_nothing_is_made(world: HelpdeskWorld, field: str, value: str) -> None:
    email = new_email()
    error = raised(InvalidError, lambda: world.adapter.create_ticket(new_ticket(email, **{field: value}), unique()))
    assert isinstance(error, InvalidError)
    assert error.field == field
    assert_tells_nothing_of(error, email, value)
    assert rows(world.engine, tickets) == []


def test_longest_texts_fit(world: HelpdeskWorld) -> None:
    asked = new_ticket(new_email(), subject="\u00fc" * 200, description="\U0001f642" * 100_000)
    made = world.adapter.create_ticket(asked, unique())
    assert (made.subject, made.description) == (asked.subject, asked.description)
