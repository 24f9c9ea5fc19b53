"""Relays killed with -9 at any step, on a helpdesk that would double at every repeat: none lost, none doubled."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.conversation.results import from_json
from bridge.events.entries import State
from bridge.events.outbox import NewEntry, Outbox
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from bridge.storage.jobs import jobs
from tests.events import worker
from tests.events.conftest import CONTENT
from tests.events.fakes import FileClock, FileHelpdesk

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

ENTRIES = 300
WORKERS = 3
KILLS = 40
SEED = int(os.environ.get("FRONTDESK_TEST_SEED", "20260121"))


@dataclass
class Crew:
    """Keep workers at work, and kill one now and then."""

    url: str
    folder: Path
    chance: random.Random
    processes: dict[Connection, multiprocessing.process.BaseProcess] = field(default_factory=dict)
    killed_at: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([worker.__name__])

    def work(self) -> None:
        """Start workers and watch them until the last one found nothing due."""
        for _ in range(WORKERS):
            self._hire()
        while self.processes:
            for steps in wait(list(self.processes)):
                assert isinstance(steps, Connection)
                self._watch(steps)

    def _hire(self) -> None:
        ours, theirs = self._context.Pipe(duplex=False)
        arguments = (self.url, self.folder, self.chance.getrandbits(32), theirs)
        process = self._context.Process(target=worker.drain, args=arguments)
        process.start()
        theirs.close()
        self.processes[ours] = process

    def _watch(self, steps: Connection) -> None:
        process = self.processes[steps]
        try:
            step = steps.recv()
        except EOFError:
            process.join()
            steps.close()
            del self.processes[steps]
            if process.exitcode == -signal.SIGKILL:
                self._hire()
            else:
                assert process.exitcode == 0
            return
        if self.killed_at.total() < KILLS and self.chance.random() < 0.04 and process.exitcode is None:
            self.killed_at[step] += 1
            process.kill()


@pytest.fixture
def crew(database_url: str, tmp_path: Path) -> Iterator[Crew]:
    crew = Crew(database_url, tmp_path, random.Random(SEED))
    yield crew
    for process in crew.processes.values():
        process.kill()
        process.join()


def told_tickets(engine: sa.engine.Engine, conversation: str) -> list[str]:
    """Return the numbers that the person will be told."""
    with reading(engine) as connection:
        outcomes = connection.execute(
            sa.select(jobs.c.outcome).where(jobs.c.conversation_id == conversation, jobs.c.late)
        ).scalars()
        return [from_json(outcome).values["ticket"] for outcome in outcomes]


def test_killed_at_any_step_none_is_lost_and_none_doubled(
    crew: Crew, database_url: str, engine: sa.engine.Engine, conversation: str, tmp_path: Path
) -> None:
    seed = f"replay with FRONTDESK_TEST_SEED={SEED}"
    clock = FileClock(tmp_path / "clock")
    clock.forward()
    outbox = Outbox(engine, clock=clock, chance=random.Random(SEED))
    keys = [f"{conversation}:create_ticket:{count}" for count in range(ENTRIES)]
    for key in keys:
        outbox.keep(NewEntry(key, conversation, "tickets.create", CONTENT), lambda _connection: None)
    clock.forward(minutes=1)
    for _ in range(100):
        crew.work()
        if outbox.standing().oldest is None:
            break
        # Time for leases of the killed to end, and for pauses.
        clock.forward(seconds=outbox.limits.lease_seconds + outbox.limits.longest_pause_seconds)

    assert outbox.standing().counts == {State.DONE: ENTRIES}, seed
    tickets = FileHelpdesk(tmp_path / "tickets", lambda _step: None).keys()
    assert sorted(tickets) == sorted(keys), seed
    numbers = sorted(f"T-{count}" for count in range(ENTRIES))
    assert sorted(told_tickets(engine, conversation)) == numbers, seed
    with reading(engine) as connection:
        queued = connection.execute(sa.select(sa.func.count()).where(inbox.c.kind == "system")).scalar_one()
    assert queued >= 1
    # It was as hard as it is meant to be.
    assert crew.killed_at.total() == KILLS
    assert set(crew.killed_at) >= {"about to write", "written", "about to commit", "settled"}
    tried = [entry.attempts for entry in outbox.entries(State.DONE, limit=ENTRIES)]
    assert sum(count > 1 for count in tried) >= KILLS // 2
