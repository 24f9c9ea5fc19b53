"""What an operator sees and does: python -m bridge outbox, and the relay as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bridge.__main__ import main
from bridge.events.entries import State
from bridge.events.outbox import NewEntry, Outbox
from bridge.storage.business import tickets
from bridge.storage.types import utc_now
from tests.adapters.embedded.worlds import rows
from tests.support.frontdesk import ROOT, Clock

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

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


def test_a_relay_of_its_own_works_until_it_is_asked_to_stop(
    environment: dict[str, str], outbox: Outbox, new: NewEntry, engine: sa.engine.Engine, clock: Clock
) -> None:
    clock.now = utc_now() - timedelta(minutes=5)
    outbox.keep(new, nothing)
    relay = subprocess.Popen(
        [sys.executable, "-u", "-m", "bridge", "relay"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert relay.stdout is not None
        # Its log says so as soon as it has happened.
        line = next(line for line in relay.stdout if "tickets.create" in line)
        assert "done" in line
        relay.send_signal(signal.SIGTERM)
        out, err = relay.communicate(timeout=20)
    finally:
        relay.kill()
        relay.wait()
    assert (relay.returncode, err) == (0, "")
    assert out.endswith("The relay has stopped.\n")
    assert [ticket["email"] for ticket in rows(engine, tickets)] == ["ann@example.test"]
