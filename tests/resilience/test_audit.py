"""Who asked for what is written down, without personal data, without waiting, and can be read."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bridge import __main__ as command
from bridge import errors
from bridge.model.crm import NewLead
from bridge.model.helpdesk import NewTicket
from bridge.model.identity import Claim, Level
from bridge.resilience import audit as module
from bridge.resilience.context import CallContext, calling
from bridge.storage.engine import writing
from bridge.storage.resilience import audit
from bridge.storage.types import utc_now
from bridge.testing.clock import SettableClock
from tests.resilience.conftest import Bench
from tests.support.frontdesk import ROOT

ANN = Claim(email="ann@example.test", postcode="10115")
TICKET = NewTicket("Broken secret-subject", "secret-text", "ann@example.test", name="Ann Secret")
Command = Callable[..., tuple[int, str, str]]


def test_a_call_is_written_down_on_both_databases(engine: sa.engine.Engine, clock: SettableClock) -> None:
    bench = Bench(engine, clock)
    bench.system.then(errors.UnavailableError("down"), lambda: clock.sleep(0.5), SimpleNamespace(id="17"))
    with calling(CallContext("c1", Level.CLAIMED, correlation_id="m-1")):
        bench.shop.find_order("1001", ANN)
        bench.desk.find_ticket("T-1", ANN)
    first, second = bench.audited()
    assert first["duration_ms"] >= 500
    wanted = {"conversation_id": "c1", "identity_level": "claimed", "correlation_id": "m-1", "system": "acme"}
    assert wanted.items() <= first.items()
    assert tuple(first[name] for name in ("domain", "operation", "outcome", "attempts")) == (
        "commerce",
        "find_order",
        "ok",
        2,
    )
    assert (second["record"], second["at"], second["attempts"]) == ("id:17", clock.utc(), 1)


def test_nothing_personal_is_in_it(bench: Bench) -> None:
    for error in (errors.NotFoundError("ann@example.test"), errors.UnavailableError("ann@example.test")):
        for ask in (
            lambda: bench.shop.find_order("1001", ANN),
            lambda: bench.shop.search_products("a shirt for Ann Secret"),
            lambda: bench.crm.find_contact("ann@example.test"),
            lambda: bench.crm.create_lead(NewLead("ann@example.test", "Ann Secret", "secret-text"), "c:lead:1"),
            lambda: bench.desk.create_ticket(TICKET, "c:create:1"),
        ):
            bench.system.then(*[error] * 3)
            with pytest.raises(errors.BridgeError):
                ask()
            bench.system.script.clear()
    bench.system.then(SimpleNamespace(id="ann@example.test", email="ann@example.test"))
    bench.crm.find_contact("ann@example.test")
    rows = bench.audited()
    text = json.dumps([dict(row) for row in rows], default=str).lower()
    assert len(rows) == 11
    assert not [word for word in ("ann", "secret", "10115", "example.test", "1001") if word in text]


def test_the_same_record_has_the_same_reference_and_another_another(bench: Bench) -> None:
    for number in ("1001", "1001", "1002"):
        bench.system.then(errors.NotFoundError("no"))
        with pytest.raises(errors.NotFoundError):
            bench.shop.find_order(number, ANN)
    one, same, other = [row["record"] for row in bench.audited()]
    assert one == same != other
    assert one.startswith("hash:")


def test_strange_names_fit(engine: sa.engine.Engine, clock: SettableClock) -> None:
    bench = Bench(engine, clock)
    bench.system.then(SimpleNamespace(id="gid://\0" + "x" * 500))
    with calling(CallContext("c" * 500, correlation_id="\0m" * 100)):
        bench.shop.find_order("\ud800", ANN)
    (row,) = bench.audited()
    assert (len(row["conversation_id"]), len(row["record"]), "\0" in row["correlation_id"]) == (64, 120, False)


def test_no_call_waits_for_its_record_and_none_is_lost(bench: Bench) -> None:
    with writing(bench.engine):  # SQLite has one writer at a time
        for number in range(20):
            bench.shop.find_order(str(number), ANN)
        assert not bench.guards.trail.flush(0)
    assert len(bench.audited()) == 20
    assert bench.metric("audit_lost_total") == 0


def test_a_write_is_written_down_before_its_caller_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GATHERED_FOR", 60)  # what is queued stays queued
    bench.shop.find_order("1001", ANN)
    bench.desk.create_ticket(TICKET, "c:create:1")
    bench.system.then(errors.OutcomeUnknownError("?"), errors.OutcomeUnknownError("?"))
    with pytest.raises(errors.OutcomeUnknownError):
        bench.crm.create_lead(NewLead("ann@example.test", "Ann", ""), "c:lead:1")
    with bench.engine.connect() as connection:  # another connection than the writer's: committed
        found = connection.execute(sa.select(audit.c.operation, audit.c.outcome).order_by(audit.c.id)).all()
    assert found == [("create_ticket", "ok"), ("create_lead", "outcome_unknown")]
    assert {row["operation"] for row in bench.audited()} == {"find_order", "create_ticket", "create_lead"}


def test_a_write_whose_record_is_refused_has_happened_all_the_same(bench: Bench) -> None:
    audit.drop(bench.engine)
    assert bench.desk.create_ticket(TICKET, "c:create:1") == "answer 1"
    assert bench.guards.trail.flush()
    assert bench.metric("audit_lost_total", reason="database") == 1
    assert bench.system.called("create_ticket") == 1
    audit.create(bench.engine)


def test_a_database_that_refuses_loses_records_and_no_call(bench: Bench) -> None:
    audit.drop(bench.engine)
    assert bench.shop.find_order("1001", ANN) == "answer 1"
    assert bench.guards.trail.flush()
    assert bench.metric("audit_lost_total", reason="database") == 1
    audit.create(bench.engine)
    bench.shop.find_order("1001", ANN)
    assert len(bench.audited()) == 1


def test_a_full_queue_is_counted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUEUED_AT_MOST", 3)
    with writing(bench.engine):
        for number in range(20):
            bench.shop.find_order(str(number), ANN)
    written = len(bench.audited())
    assert written >= 3
    assert bench.metric("audit_lost_total", reason="queue") == 20 - written


def test_what_is_queued_when_a_process_ends_is_written(sqlite_engine: sa.engine.Engine) -> None:
    program = """
import sys
from bridge.resilience.guard import Guards
from bridge.settings.resilience import Resilience
from bridge.storage.engine import open_engine
from tests.resilience.conftest import System

shop = Guards(Resilience(), open_engine(sys.argv[1]), "s" * 32).guarded(System(), "commerce")
shop.find_order("1001", None)
"""
    subprocess.run([sys.executable, "-c", program, str(sqlite_engine.url)], cwd=ROOT, check=True, timeout=60)
    with sqlite_engine.connect() as connection:
        assert connection.execute(sa.select(audit.c.operation)).scalars().all() == ["find_order"]


def test_the_writer_ends_when_idle_and_comes_back(bench: Bench) -> None:
    bench.shop.find_order("1001", ANN)
    assert len(bench.audited()) == 1
    for thread in threading.enumerate():
        if thread.name == "audit":
            thread.join(10)
    assert not [thread for thread in threading.enumerate() if thread.name == "audit"]
    bench.shop.find_order("1001", ANN)
    assert len(bench.audited()) == 2


def test_calls_from_many_threads_are_all_written(bench: Bench) -> None:
    def ask() -> None:
        for number in range(25):
            bench.shop.find_order(str(number), ANN)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(bench.audited()) == 200


def test_old_records_go_once_a_day(bench: Bench) -> None:
    bench.shop.find_order("1001", ANN)
    assert len(bench.audited()) == 1
    bench.clock.forward(364 * 86_400)
    bench.shop.find_order("1001", ANN)
    assert len(bench.audited()) == 2
    bench.clock.forward(2 * 86_400)
    bench.shop.find_order("1001", ANN)
    assert len(bench.audited()) == 2


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `python -m bridge audit` on a database with three records."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FRONTDESK_SECRET", "s" * 32)
    monkeypatch.setenv("FRONTDESK_INTERNAL_SECRET", "i" * 32)
    engine = sa.create_engine(database_url, future=True)
    with engine.begin() as connection:
        for days, outcome, record in ((1, "ok", "id:1"), (2, "not_found", "hash:ab"), (800, "ok", "id:\x1b[2J")):
            connection.execute(sa.insert(audit).values(**row(days, outcome, record)))
    engine.dispose()

    def call(*arguments: str) -> tuple[int, str, str]:
        code = command.main(["audit", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def row(days: int, outcome: str, record: str) -> dict[str, Any]:
    return {
        "at": utc_now() - timedelta(days=days),
        "conversation_id": f"c{days}",
        "identity_level": "claimed",
        "domain": "commerce",
        "system": "acme",
        "operation": "find_order",
        "record": record,
        "outcome": outcome,
        "duration_ms": 12,
        "attempts": 1,
        "correlation_id": "m",
    }


def test_the_command_shows_the_newest_first(run: Command) -> None:
    code, out, _ = run()
    head, *lines = out.splitlines()
    assert (code, head.split("\t")[1], len(lines)) == (0, "conversation_id", 3)
    assert [line.split("\t")[1] for line in lines] == ["c1", "c2", "c800"]
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--outcome", "ok"], ["c1", "c800"]),
        (["--conversation", "c2"], ["c2"]),
        (["--record", "hash:ab"], ["c2"]),
        (["--system", "other"], []),
        (["--operation", "find_order", "--limit", "1"], ["c1"]),
        (["--since", f"{utc_now() - timedelta(days=30):%Y-%m-%d}"], ["c1", "c2"]),
        (["--until", f"{utc_now() - timedelta(days=30):%Y-%m-%dT%H:%M}"], ["c800"]),
    ],
)
def test_the_command_filters(run: Command, arguments: list[str], found: list[str]) -> None:
    code, out, err = run("--json", *arguments)
    assert (code, [json.loads(line)["conversation_id"] for line in out.splitlines() if found]) == (0, found)
    assert ("No record fits." in err) == (not found)


def test_the_command_purges_what_the_deployment_does_not_keep(run: Command) -> None:
    assert run("--purge")[:2] == (0, "Deleted 1 record older than 365 days.\n")
    assert run("--purge")[:2] == (0, "Deleted 0 records older than 365 days.\n")
    assert len(run("--json")[1].splitlines()) == 2


@pytest.mark.parametrize("arguments", [["--since", "yesterday"], ["--limit", "0"], ["--limit", "\u0663"]])
def test_the_command_refuses_what_it_cannot_read(run: Command, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        run(*arguments)
    assert raised.value.code == 2


def test_the_command_says_that_there_is_no_database_yet(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("FRONTDESK_SECRET", "s" * 32)
    monkeypatch.setenv("FRONTDESK_INTERNAL_SECRET", "i" * 32)
    assert command.main(["audit"]) == 2
    assert "migrate" in capsys.readouterr().err
