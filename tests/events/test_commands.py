"""What an operator sees and does: python -m bridge outbox, and the relay as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from bridge.__main__ import main
from bridge.events.entries import State
from bridge.events.outbox import NewEntry, Outbox
from bridge.storage.business import tickets
from bridge.storage.resilience import audit
from bridge.storage.types import utc_now
from tests.adapters.embedded.worlds import rows
from tests.support.frontdesk import ROOT, Clock
from tests.support.stack import free_port

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

PATIENCE = 30.0
SECRETS = {"FRONTDESK_SECRET": "s" * 32, "FRONTDESK_INTERNAL_SECRET": "i" * 32, "FRONTDESK_USER_TOKEN_SECRET": ""}


@dataclass(frozen=True)
class Said:
    """Hold what a command did."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


def nothing(_connection: sa.engine.Connection) -> None:
    """Do nothing more in a transaction."""


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    """Return the variables of a process on this database."""
    return {"DATABASE_URL": database_url, "DEPLOYMENT": "demo", **SECRETS}


@pytest.fixture
def command(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run `python -m bridge outbox ...`."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: object) -> Said:
        code = main(["outbox", *map(str, arguments)])
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def dead(outbox: Outbox, new: NewEntry, clock: Clock) -> int:
    """Return the number of an entry that was given up."""
    outbox.keep(new, nothing)
    clock.forward(minutes=1)
    entry = outbox.claim()
    assert entry is not None
    outbox.bury(entry, "the system refused a value", nothing)
    return entry.id


def test_an_empty_outbox_is_said_to_be(command: Command) -> None:
    assert command("list") == Said(0, "Nothing in the outbox.\n", "")
    assert command("list", "--state", "dead") == Said(0, "Nothing is dead.\n", "")


def test_the_list_has_what_is_open_or_dead_and_nothing_that_was_written(
    command: Command, outbox: Outbox, new: NewEntry, dead: int
) -> None:
    outbox.keep(replace(new, key="second", operation="sales.create"), nothing)
    said = command("list")
    head, *lines = said.out.splitlines()
    assert head.split()[:3] == ["id", "state", "operation"]
    assert [line.split()[:3] for line in lines] == [
        [str(dead), "dead", "tickets.create"],
        [str(dead + 1), "waiting", "sales.create"],
    ]
    assert lines[0].endswith("the system refused a value")
    assert "ann@" not in said.out
    assert "zip" not in said.out
    assert len(command("list", "--state", "waiting").out.splitlines()) == 2


def test_a_long_list_says_how_much_is_left(command: Command, outbox: Outbox, new: NewEntry) -> None:
    for count in range(203):
        outbox.keep(replace(new, key=f"k{count}"), nothing)
    lines = command("list").out.splitlines()
    assert (len(lines), lines[-1]) == (202, "... and 3 more")


def test_what_was_written_is_shown_only_when_asked_for(command: Command, new: NewEntry, dead: int) -> None:
    said = command("show", dead)
    facts = dict(re.findall(r"^(\w[\w ]*?)  +(.*)$", said.out, re.MULTILINE))
    assert (facts["key"], facts["state"], facts["tries"], facts["may have happened"]) == (new.key, "dead", "1", "no")
    assert "ann@example.test" not in said.out
    assert "ann@example.test" in command("show", dead, "--content").out


def test_a_dead_entry_is_retried_once_and_its_content_discarded(
    command: Command, outbox: Outbox, dead: int, new: NewEntry
) -> None:
    assert command("retry", dead) == Said(0, f"{dead} will be tried again.\n", "")
    assert command("retry", dead) == Said(1, "", f"{dead} is not dead; nothing was changed.\n")
    assert command("discard", dead) == Said(0, f"{dead} is discarded.\n", "")
    assert command("discard", dead) == Said(1, "", f"{dead} is neither dead nor waiting; nothing was changed.\n")
    assert "(emptied)" in command("show", dead, "--content").out
    entry = outbox.find(new.key)
    assert entry is not None
    assert entry.state is State.DISCARDED


@pytest.mark.parametrize("verb", ["show", "retry", "discard"])
def test_of_several_the_possible_are_done(command: Command, dead: int, verb: str) -> None:
    unknown = command(verb, 999)
    assert (unknown.code, unknown.out) == (1, "")
    assert "999" in unknown.err
    if verb != "show":
        both = command(verb, 999, dead)
        assert both.code == 1
        assert both.out.startswith(f"{dead} ")


@contextlib.contextmanager
def relay(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a relay of its own until the block ends."""
    with log.open("wb") as output:
        command = [sys.executable, "-m", "bridge", "relay"]
        running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def until_logged(log: Path, event: str) -> dict[str, Any]:
    """Wait for a line of a process's log and return it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for line in log.read_text().splitlines():
            if line.endswith("}") and json.loads(line)["event"] == event:
                return dict(json.loads(line))
        time.sleep(0.02)  # a file that grows raises no event
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_relay_of_its_own_works_until_it_is_asked_to_stop_and_leaves_its_audit(
    environment: dict[str, str],
    outbox: Outbox,
    new: NewEntry,
    engine: sa.engine.Engine,
    clock: Clock,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    clock.now = utc_now() - timedelta(minutes=5)
    # Of unknown outcome: it is read back first, and reads are audited behind the call.
    outbox.keep(replace(new, unknown=True), nothing)
    environment["RELAY_METRICS_PORT"] = str(free_port())
    log = tmp_path / "relay.log"
    with relay(environment, log) as running:
        assert until_logged(log, "done")["operation"] == "tickets.create"
        running.send_signal(number)
        assert running.wait(PATIENCE) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[0]["event"] == "relay running"
    assert lines[-1]["event"] == "relay stopped"
    assert "ann@example.test" not in log.read_text()
    assert [ticket["email"] for ticket in rows(engine, tickets)] == ["ann@example.test"]
    asked = [(row["operation"], row["conversation_id"]) for row in rows(engine, audit)]
    assert sorted(asked) == [("create_ticket", new.conversation_id), ("find_ticket_by_key", new.conversation_id)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_several_relays_run_side_by_side_and_show_their_numbers_where_asked(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    shown = {**environment, "RELAY_METRICS_PORT": str(port)}
    logs = [tmp_path / name for name in ("shown", "quiet", "refused")]
    with relay(shown, logs[0]) as one, relay(environment, logs[1]) as other:
        assert until_logged(logs[0], "relay running")["metrics_port"] == port
        assert until_logged(logs[1], "relay running")["metrics_port"] is None
        numbers = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
        assert 'frontdesk_outbox_entries{state="waiting"} 0.0' in numbers
        with relay(shown, logs[2]) as refused:
            assert refused.wait(PATIENCE) == 2
        assert (one.poll(), other.poll()) == (None, None)
    assert logs[2].read_text().startswith("RELAY_METRICS_PORT: cannot listen on it")
