"""Alerts: one log line and one POST a change, to a real server, and nobody waits for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
import structlog
import yaml

from bridge.alerts import Alarm
from bridge.bootstrap import build
from bridge.errors import SettingsError, UnavailableError
from bridge.model.identity import Claim
from bridge.settings import load
from tests.support.frontdesk import Clock, make_settings

PATIENCE = 10.0


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


def test_an_alert_is_one_log_line_and_one_small_post(receiver: Receiver) -> None:
    with structlog.testing.capture_logs() as logs:
        Alarm("Shop", receiver.url, 0.01, Clock()).breaker_opened("acme", "find_order")
    post = receiver.next()
    text = "failed again and again; its calls pause for a while"
    alert = {"alert": "breaker_opened", "subject": "acme.find_order", "text": text}
    assert post == {
        "source": "Shop",
        "text": f"Frontdesk, Shop\nacme.find_order: {text}",
        "alerts": [{**alert, "at": "2026-01-21T15:00:00+00:00"}],
    }
    assert [line for line in logs if line["event"] == "alert"] == [{**alert, "event": "alert", "log_level": "warning"}]


def test_without_a_webhook_there_is_the_log_line_only() -> None:
    before = threading.active_count()
    with structlog.testing.capture_logs() as logs:
        Alarm("Shop", None, 1).tell("outbox_dead", "outbox", "1 given up")
    assert [line["event"] for line in logs] == ["alert"]
    assert threading.active_count() == before


def test_what_happens_while_a_post_is_under_way_goes_together_and_nobody_waits(receiver: Receiver) -> None:
    receiver.answering.clear()
    alarm = Alarm("Shop", receiver.url, 0.01)
    alarm.tell("outbox_dead", "outbox", "1 given up")
    assert len(receiver.next()["alerts"]) == 1
    for number in range(150):  # the receiver hangs, and every call returns
        alarm.tell("breaker_opened", f"acme.{number}", "failed")
    receiver.answering.set()
    subjects = [each["subject"] for each in receiver.next()["alerts"]]
    assert subjects == [f"acme.{number}" for number in range(50, 150)]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_refused_post_is_sent_again_and_its_address_stays_secret(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    with structlog.testing.capture_logs() as logs:
        Alarm("Shop", receiver.url, 0.01).tell("outbox_dead", "outbox", "1 given up")
        assert receiver.next() == receiver.next()
    assert {"event": "alerts_not_sent", "status": status, "log_level": "warning"} in logs
    assert "hush" not in str(logs)


def test_a_receiver_that_refuses_for_good_ends_the_tries(receiver: Receiver) -> None:
    receiver.statuses = [500] * 5
    alarm = Alarm("Shop", receiver.url, 0.01)
    alarm.tell("outbox_dead", "outbox", "1 given up")
    for _ in range(5):
        receiver.next()
    with pytest.raises(Empty):
        receiver.posts.get(timeout=0.2)
    alarm.tell("outbox_aged", "outbox", "old")
    assert [each["alert"] for each in receiver.next()["alerts"]] == ["outbox_aged"]


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
