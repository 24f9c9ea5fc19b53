"""Alerts: one POST a change, to a real server, however many processes see it, and nobody waits for it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
import yaml

from bridge.alerts import Alarm
from bridge.bootstrap import build
from bridge.conversation.sessions import Sessions
from bridge.errors import SettingsError, UnavailableError
from bridge.events.board import Board
from bridge.events.entries import State
from bridge.events.outbox import NewEntry, Outbox
from bridge.events.watch import OutboxWatch
from bridge.model.identity import Claim
from bridge.settings import load
from bridge.storage.engine import reading, writing
from bridge.storage.events import alerts as unposted
from bridge.storage.events import outbox as table
from bridge.storage.types import utc_now
from tests.support.frontdesk import ROOT, Clock, make_settings

PATIENCE = 10.0
MakeEngine = Callable[[str], sa.engine.Engine]


@dataclass
class Receiver:
    """Take posts on a port of its own, and answer with the next status."""

    server: ThreadingHTTPServer
    posts: Queue[dict[str, Any]] = field(default_factory=Queue)
    statuses: list[int] = field(default_factory=list)
    answering: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook?token=hush"

    def next(self) -> dict[str, Any]:
        return self.posts.get(timeout=PATIENCE)


def together(*calls: Callable[[], object]) -> None:
    """Make calls at the same moment, as processes that know nothing of each other."""
    gate = threading.Barrier(len(calls))

    def call(wanted: Callable[[], object]) -> None:
        gate.wait(PATIENCE)
        wanted()

    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(call, each) for each in calls]:
            done.result(PATIENCE)


def until_posted(engine: sa.engine.Engine) -> None:
    """Wait until nothing is left to be posted."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with reading(engine) as connection:
            if connection.execute(sa.select(unposted.c.id)).first() is None:
                return
        assert time.monotonic() < deadline
        time.sleep(0.01)  # rows that another thread deletes raise no event


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.posts.put(json.loads(body))
            made.answering.wait(PATIENCE)
            self.send_response(made.statuses.pop(0) if made.statuses else 204)
            self.send_header("Location", made.url)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    made = Receiver(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    made.server.daemon_threads = True
    made.answering.set()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.answering.set()
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def file_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """Return the address of a SQLite database, for what no database changes."""
    path = tmp_path / "alerts.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def board(file_url: str, make_engine: MakeEngine) -> Board:
    return Board(make_engine(file_url))


def test_an_alert_is_one_log_line_and_one_small_post(
    receiver: Receiver, file_url: str, make_engine: MakeEngine
) -> None:
    board = Board(make_engine(file_url), Clock())
    with structlog.testing.capture_logs() as logs:
        Alarm("Shop", receiver.url, 0.01, board, Clock()).breaker_opened("acme", "find_order")
        post = receiver.next()
    text = "failed again and again; its calls pause for a while"
    alert = {"alert": "breaker_opened", "subject": "acme.find_order", "text": text}
    assert post == {
        "source": "Shop",
        "text": f"Frontdesk, Shop\nacme.find_order: {text}",
        "alerts": [{**alert, "at": "2026-01-21T15:00:00+00:00"}],
    }
    assert [line for line in logs if line["event"] == "alert"] == [{**alert, "event": "alert", "log_level": "warning"}]


def test_without_a_webhook_there_is_the_log_line_only(board: Board) -> None:
    before = threading.active_count()
    with structlog.testing.capture_logs() as logs:
        Alarm("Shop", None, 1, board).tell("outbox_dead", "outbox", "1 given up")
    assert [line["event"] for line in logs] == ["alert"]
    assert threading.active_count() == before
    assert not board.is_due()


def test_what_happens_while_a_post_is_under_way_goes_together_and_nobody_waits(
    receiver: Receiver, board: Board
) -> None:
    receiver.answering.clear()
    alarm = Alarm("Shop", receiver.url, 0.01, board)
    alarm.tell("outbox_dead", "outbox", "1 given up")
    assert len(receiver.next()["alerts"]) == 1
    for number in range(150):  # the receiver hangs, and every call returns
        alarm.tell("breaker_opened", f"acme.{number}", "failed")
    receiver.answering.set()
    subjects = [each["subject"] for each in receiver.next()["alerts"]]
    assert subjects == [f"acme.{number}" for number in range(50, 150)]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_refused_post_is_sent_again_and_its_address_stays_secret(
    receiver: Receiver, board: Board, status: int
) -> None:
    receiver.statuses = [status]
    with structlog.testing.capture_logs() as logs:
        Alarm("Shop", receiver.url, 0.01, board).tell("outbox_dead", "outbox", "1 given up")
        assert receiver.next() == receiver.next()
    assert {"event": "alerts_not_sent", "status": status, "log_level": "warning"} in logs
    assert "hush" not in str(logs)


def test_a_receiver_that_refuses_for_good_ends_the_tries(receiver: Receiver, board: Board) -> None:
    receiver.statuses = [500] * 5
    alarm = Alarm("Shop", receiver.url, 0.01, board)
    alarm.tell("outbox_dead", "outbox", "1 given up")
    for _ in range(5):
        receiver.next()
    with pytest.raises(Empty):
        receiver.posts.get(timeout=0.2)
    alarm.tell("outbox_aged", "outbox", "old")
    assert [each["alert"] for each in receiver.next()["alerts"]] == ["outbox_aged"]


def test_three_processes_that_see_a_breaker_open_post_it_once(
    receiver: Receiver, database_url: str, make_engine: MakeEngine
) -> None:
    alarms = [Alarm("Shop", receiver.url, 0.01, Board(make_engine(database_url))) for _ in range(3)]
    together(*(lambda alarm=alarm: alarm.breaker_opened("acme", "find_order") for alarm in alarms))
    for number, alarm in enumerate(alarms):
        alarm.tell("marker", str(number), "what was told before is settled")
    alerts: list[str] = []
    while alerts.count("marker") < len(alarms):
        alerts += [each["alert"] for each in receiver.next()["alerts"]]
    assert alerts.count("breaker_opened") == 1


def test_a_breaker_that_opens_again_is_posted_again_a_quarter_of_an_hour_later(
    receiver: Receiver, file_url: str, make_engine: MakeEngine
) -> None:
    clock = Clock()
    alarm = Alarm("Shop", receiver.url, 0.01, Board(make_engine(file_url), clock), clock)
    for minutes in (0, 14, 1):
        clock.forward(minutes=minutes)
        alarm.breaker_opened("acme", "find_order")
        alarm.tell("marker", f"after {minutes}", "what was told before is settled")
    told: list[tuple[str, str]] = []
    while [alert for alert, _ in told].count("marker") < 3:
        told += [(each["alert"], each["at"]) for each in receiver.next()["alerts"]]
    opened = [at for alert, at in told if alert == "breaker_opened"]
    assert opened == ["2026-01-21T15:00:00+00:00", "2026-01-21T15:15:00+00:00"]


def test_three_watchers_at_once_tell_and_post_a_change_once(
    receiver: Receiver, database_url: str, make_engine: MakeEngine
) -> None:
    watches = []
    for _ in range(3):
        engine = make_engine(database_url)
        board = Board(engine)
        alarm = Alarm("Shop", receiver.url, 0.01, board)
        watches.append(OutboxWatch(Outbox(engine), board, alarm, 15))
    conversation = Sessions(engine, "s" * 32).open("en", "203.0.113.7")
    outbox = Outbox(engine)
    for number in range(1, 4):
        outbox.keep(NewEntry(f"k{number}", conversation, "tickets.create", {}), lambda _connection: None)
        with writing(engine) as connection:
            connection.execute(sa.update(table).values(state=State.DEAD.value))
        with structlog.testing.capture_logs() as logs:
            together(*(watch.look for watch in watches))
        assert [line["text"].partition(" ")[0] for line in logs if line["event"] == "alert"] == [str(number)]
        (told,) = receiver.next()["alerts"]
        assert told["text"].startswith(f"{number} given up")
    until_posted(engine)
    assert receiver.posts.empty()


@pytest.mark.slow  # a process that is killed
def test_what_a_killed_process_was_posting_is_posted_by_another(
    receiver: Receiver, database_url: str, make_engine: MakeEngine
) -> None:
    program = """
import sys, threading
from bridge.alerts import Alarm
from bridge.events.board import Board
from bridge.storage.engine import open_engine

Alarm("Shop", sys.argv[2], 0.01, Board(open_engine(sys.argv[1]))).tell("outbox_dead", "outbox", "1 given up")
threading.Event().wait()
"""
    receiver.answering.clear()
    with subprocess.Popen([sys.executable, "-c", program, database_url, receiver.url], cwd=ROOT) as owner:
        lost = receiver.next()  # it has arrived at a receiver that does not answer, so nobody can know that
        owner.kill()
    receiver.answering.set()
    clock = Clock(utc_now())
    engine = make_engine(database_url)
    board = Board(engine, clock)
    alarm = Alarm("Shop", receiver.url, 0.01, board, clock)
    alarm.catch_up()
    assert not board.is_due()  # leased: it may still be under way
    clock.forward(seconds=31)
    alarm.catch_up()
    assert receiver.next() == lost
    until_posted(engine)


def test_an_alert_is_posted_though_our_own_database_fails(receiver: Receiver, make_engine: MakeEngine) -> None:
    without_tables = Board(make_engine("sqlite://"))
    with structlog.testing.capture_logs() as logs:
        Alarm("Shop", receiver.url, 0.01, without_tables).breaker_opened("acme", "find_order")
        assert [each["subject"] for each in receiver.next()["alerts"]] == ["acme.find_order"]
    assert "alerts_not_shared" in [line["event"] for line in logs]


def test_an_opening_breaker_reaches_the_webhook_once(receiver: Receiver, migrated_sqlite: Path, tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    settings = make_settings(f"sqlite:///{path}", resilience={"defaults": {"tries": 1, "breaker_failures": 2}})
    settings = settings.copy(update={"alert_webhook": receiver.url, "faults": "commerce.find_order=503"})
    frontdesk = build(settings)
    for _ in range(4):
        with pytest.raises(UnavailableError):
            frontdesk.systems.commerce.find_order("1001", Claim(email="ann@example.test"))
    post = receiver.next()
    frontdesk.guards.trail.flush()
    frontdesk.engine.dispose()
    assert [(each["alert"], each["subject"]) for each in post["alerts"]] == [("breaker_opened", "embedded.find_order")]
    assert receiver.posts.empty()
    assert "ann@" not in json.dumps(post)


@pytest.fixture
def deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FRONTDESK_SECRET", "s")
    monkeypatch.setenv("FRONTDESK_INTERNAL_SECRET", "i")

    def with_webhook(webhook: object) -> None:
        content = {"name": "Shop", "contact": {"phone": "1", "email": "a@example.test"}, "alerts": {"webhook": webhook}}
        path = tmp_path / "mine.yml"
        path.write_text(yaml.safe_dump(content))
        monkeypatch.setenv("DEPLOYMENT", str(path))

    return with_webhook


def test_the_address_comes_from_the_environment_or_a_file(
    deploy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "https://chat.example.test/hook/1")
    deploy({"env": "HOOK"})
    assert load().alert_webhook == "https://chat.example.test/hook/1"
    assert "hook/1" not in repr(load())
    (tmp_path / "hook").write_text("https://chat.example.test/hook/2\n")
    deploy({"file": str(tmp_path / "hook")})
    assert load().alert_webhook == "https://chat.example.test/hook/2"


@pytest.mark.parametrize(
    ("webhook", "said"),
    [
        ("https://chat.example.test/hook/hush", "never the address itself"),
        (["hush"], "never the address itself"),
        ({}, "must be {env: NAME} or {file: PATH}"),
        ({"env": "A", "file": "b"}, "must be {env: NAME} or {file: PATH}"),
        ({"value": "hush"}, "extra fields not permitted"),
        ({"env": "NOT_SET_ANYWHERE"}, "the variable NOT_SET_ANYWHERE is not set"),
        ({"env": "NO_ADDRESS"}, "what NO_ADDRESS holds is no address"),
        ({"file": "/nowhere/hook"}, "/nowhere/hook cannot be read"),
    ],
)
def test_anything_else_is_refused_without_being_shown(
    deploy: Any, monkeypatch: pytest.MonkeyPatch, webhook: object, said: str
) -> None:
    monkeypatch.setenv("NO_ADDRESS", "hush hush")
    deploy(webhook)
    with pytest.raises(SettingsError) as refused:
        load()
    assert "alerts.webhook" in str(refused.value)
    assert said in str(refused.value)
    assert "hush" not in str(refused.value)
