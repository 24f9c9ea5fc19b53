"""The real action server: it answers, shows its numbers, and its log names the message and nothing that is private."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from bridge.storage.engine import open_engine, reading
from bridge.storage.resilience import audit
from tests.support.frontdesk import DOMAIN, ROOT
from tests.support.stack import free_port

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

EMAIL = "somebody.private@example.test"
PATIENCE = 30.0


@pytest.fixture
def environment(migrated_sqlite: Path, tmp_path: Path) -> dict[str, str]:
    """Return the environment of an action server with a database of its own."""
    shutil.copy(migrated_sqlite, tmp_path / "frontdesk.db")
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path / 'frontdesk.db'}",
        "ACTIONS_PORT": str(free_port()),
        "ACTIONS_METRICS_PORT": str(free_port()),
        "FRONTDESK_SECRET": "s" * 32,
        "FRONTDESK_INTERNAL_SECRET": "i" * 32,
    }


@contextlib.contextmanager
def process(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the action server until the block ends."""
    with log.open("wb") as output:
        command = [sys.executable, "-m", "actions"]
        running = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=output, stdout=output)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def until_up(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{url}/health", timeout=5).status_code == 200:
                return
        time.sleep(0.05)  # a process that starts raises no event
    raise AssertionError("it did not start")


def ask(url: str, action: str, slots: dict[str, Any]) -> dict[str, Any]:
    """Call an action as Rasa does."""
    tracker = {
        "sender_id": "conversation",
        "slots": {**dict.fromkeys(DOMAIN["slots"]), **slots},
        "latest_message": {"text": f"I am {EMAIL}", "intent": {"name": "inform"}, "entities": [], "message_id": "m1"},
        "events": [],
        "paused": False,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    call = {
        "version": "3.6.21",
        "next_action": action,
        "sender_id": "conversation",
        "tracker": tracker,
        "domain": DOMAIN,
    }
    answer = requests.post(f"{url}/webhook", json=call, timeout=20)
    assert answer.status_code == 200, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


def numbers(environment: dict[str, str]) -> str:
    return requests.get(f"http://127.0.0.1:{environment['ACTIONS_METRICS_PORT']}/metrics", timeout=20).text


def test_a_lookup_is_answered_counted_logged_and_audited_under_one_name(
    environment: dict[str, str], tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{environment['ACTIONS_PORT']}"
    with process(environment, tmp_path / "log") as running:
        until_up(url)
        answered = ask(url, "action_track_order", {"orders_number": "1001", "orders_contact": EMAIL})
        assert [each["response"] for each in answered["responses"]] == ["utter_orders_not_found"]
        counted = numbers(environment)
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE) == 0
    calls = 'system="embedded"} 1.0'
    assert f'frontdesk_backend_seconds_count{{domain="commerce",operation="find_order",outcome="not_found",{calls}' in (
        counted
    )
    assert 'frontdesk_outbox_entries{state="waiting"} 0.0' in counted
    log = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    (over,) = [line for line in lines if line["event"] == "use case over"]
    assert (over["correlation"], over["conversation"]) == ("message-1", "conversation")
    assert EMAIL not in log
    assert "somebody" not in log
    engine = open_engine(environment["DATABASE_URL"])
    with reading(engine) as connection:
        names = connection.execute(sa.select(audit.c.correlation_id, audit.c.conversation_id)).all()
    engine.dispose()
    assert names == [("message-1", "conversation")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_asked_a_moment_before_the_stop_is_in_the_audit(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    url = f"http://127.0.0.1:{environment['ACTIONS_PORT']}"
    with process(environment, tmp_path / "log") as running:
        until_up(url)
        ask(url, "action_track_order", {"orders_number": "1001", "orders_contact": EMAIL})
        running.send_signal(number)  # records are gathered for 0.2 s before they are written
        assert running.wait(PATIENCE) == 0
    engine = open_engine(environment["DATABASE_URL"])
    with reading(engine) as connection:
        assert connection.execute(sa.select(audit.c.operation)).scalars().all() == ["find_order"]
    engine.dispose()


def test_a_request_that_comes_while_the_server_is_held_up_is_answered(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port = int(environment["ACTIONS_PORT"])
    with process(environment, tmp_path / "log") as running:
        until_up(f"http://127.0.0.1:{port}")
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as waiting:
            until_up(f"http://127.0.0.1:{port}")  # connections are taken up in their order: the one before is too
            running.send_signal(signal.SIGSTOP)
            time.sleep(6)  # Sanic's own limit for a connection that has not spoken is 5 s
            waiting.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            running.send_signal(signal.SIGCONT)
            assert waiting.recv(100).startswith(b"HTTP/1.1 200")


def test_a_broken_use_case_is_logged_by_its_place_and_never_by_its_words(
    environment: dict[str, str], tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{environment['ACTIONS_PORT']}"
    engine = open_engine(environment["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE guesses"))
    engine.dispose()
    with process(environment, tmp_path / "log"):
        until_up(url)
        answered = ask(url, "action_track_order", {"orders_number": "1001", "orders_contact": EMAIL})
        assert [each["response"] for each in answered["responses"]] == ["utter_dialog_backend_unavailable"]
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    (broke,) = [line for line in lines if line["event"] == "a use case broke"]
    assert broke["correlation"] == "message-1"
    assert broke["exception"][0]["error"] == "OperationalError"
    assert any(place.endswith(" track") for place in broke["exception"][0]["places"])
    assert "example.test" not in json.dumps(lines)


def test_a_busy_port_for_numbers_is_named_with_its_variable(environment: dict[str, str], tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", int(environment["ACTIONS_METRICS_PORT"]))),
        process(environment, tmp_path / "log") as running,
    ):
        assert running.wait(PATIENCE) == 1
    assert (tmp_path / "log").read_text().startswith("actions: ACTIONS_METRICS_PORT: cannot listen on it")
