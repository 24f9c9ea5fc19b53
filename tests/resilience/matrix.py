"""Every operation meets every fault, in each state of its guard, wired as in earnest, on a clock that stands still.

Where the operations go, and how that is broken, is a world: embedded.py has one, wire.py those of the vendors.
What has to come of it stands in expected.py.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import Queue
from typing import Protocol
from unittest import mock

import sqlalchemy as sa

from bridge.bootstrap import Frontdesk, answering, build
from bridge.bootstrap import frontdesk as wiring
from bridge.connections import mapping
from bridge.conversation.turns import Turn
from bridge.errors import BridgeError
from bridge.model.outcome import BackendState, Outcome
from bridge.resilience import bulkhead
from bridge.resilience.operations import operations_of
from bridge.settings import Settings
from bridge.storage.engine import open_engine, reading, writing
from bridge.storage.events import outbox
from bridge.testing.clock import SettableClock
from tests.resilience.asked import ASKED, DIRECT, NOON, Records
from tests.support.frontdesk import as_job, visit

STATES = ("first call", "cached before", "breaker open")
_read_once = lru_cache(mapping.read)
LONGEST = 15.0
"""Nobody waits longer for one answer."""
NOT_ASKED = "not asked"
"""The outcome of an operation that its use case did not come to, because one before it failed."""
UNAVAILABLE = Outcome("utter_dialog_backend_unavailable", state=BackendState.FAILED)
"""What an action makes of an error that its use case does not know (actions/_job.py)."""


@dataclass(frozen=True)
class Cell:
    """Say what one operation gave under one fault in one state.

    Args:
        outcome: how the guarded call ended (bridge/resilience/call.py), or "paused".
        response: what the person hears; nothing where no use case calls this operation.
        records: how many records the write left behind, before any relay ran.
        kept: the outbox has it.
        settled: how many records there are when the fault is over and the relay has worked; where no use case calls
            the operation, when it was asked for again with the same key.
    """

    outcome: str
    response: str
    records: int = 0
    kept: bool = False
    settled: int = 0


class World(Protocol):
    """Hold the systems that are asked, and ways to break them."""

    records: Records

    def settings(self, database_url: str) -> Settings:
        """Return the deployment."""

    def fill(self, frontdesk: Frontdesk) -> None:
        """Put one record of each kind in, and note its name in `records`."""

    def begin(self, clock: SettableClock) -> None:
        """Be whole, as it was filled; a fault passes the time of this clock."""

    def break_with(self, frontdesk: Frontdesk, operation: str, fault: str, state: str) -> None:
        """Let a fault befall an operation from now on."""

    def mend(self, frontdesk: Frontdesk) -> None:
        """End the fault."""

    def count(self, frontdesk: Frontdesk, operation: str) -> int:
        """Return how many records there are of what a write makes."""


class Stage:
    """Hold a database and a world with one record of each kind, and play cells on copies of them."""

    def __init__(self, world: World, migrated: Path, folder: Path) -> None:
        self._world = world
        self._filled, self._live = folder / "filled.db", folder / "live.db"
        shutil.copy(migrated, self._live)
        # One engine for all cells: a new one would compile every statement anew.
        self._engine = open_engine(f"sqlite:///{self._live}")
        sa.event.listen(self._engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        with self._built(SettableClock(NOON)) as frontdesk:
            world.fill(frontdesk)
        shutil.copy(self._live, self._filled)

    def play(self, operation: str, fault: str, state: str) -> Cell:
        """Play one cell."""
        shutil.copy(self._filled, self._live)
        clock = SettableClock(NOON)
        with self._built(clock) as frontdesk:
            self._world.begin(clock)
            try:
                return Play(self._world, frontdesk, clock, operation).cell(fault, state)
            finally:
                self._world.mend(frontdesk)
                clock.release()

    @contextmanager
    def _built(self, clock: SettableClock) -> Iterator[Frontdesk]:
        """Build everything as a process does, on a clock that stands still."""
        with (
            mock.patch.object(wiring, "SystemClock", return_value=clock),
            mock.patch.object(wiring, "open_engine", return_value=self._engine),
            # A short time in a SimpleQueue of Python 3.10 may become an endless one, and idle workers are waited for.
            mock.patch.object(bulkhead, "SimpleQueue", Queue),
            mock.patch.object(mapping, "read", _read_once),
        ):
            frontdesk = build(self._world.settings(str(self._engine.url)), clock.utc)
        others = set(threading.enumerate())  # idle workers of other tests live on for a minute
        try:
            with mock.patch.object(bulkhead, "IDLE_SECONDS", 0.001):
                yield frontdesk
                _join_workers(others)
            assert frontdesk.guards.trail.flush()
        finally:
            frontdesk.connections.close()
            frontdesk.engine.dispose()  # or the next cell would find what is still open of this one's database


@dataclass(frozen=True)
class Play:
    """Hold what one cell is played with."""

    world: World
    frontdesk: Frontdesk
    clock: SettableClock
    operation: str

    def cell(self, fault: str, state: str) -> Cell:
        """Play it."""
        self._bring_about(state)
        records, kept, counted = self._records(), self._kept(), self._outcomes()
        self.world.break_with(self.frontdesk, self.operation, fault, state)
        turn, began = visit(self.frontdesk, "now"), self.clock.monotonic()
        response = self._ask(turn)
        assert self.clock.monotonic() - began <= LONGEST
        outcomes = [name for name, count in self._outcomes().items() if count > counted.get(name, 0)] or [NOT_ASKED]
        made, is_kept = self._records() - records, self._kept() > kept
        self._settle(turn)
        return Cell(" ".join(outcomes), response, made, is_kept, self._records() - records)

    def _bring_about(self, state: str) -> None:
        if state == "cached before":
            self._ask(visit(self.frontdesk, "before"))
        if state == "breaker open":
            self.world.break_with(self.frontdesk, self.operation, "503", state)
            for number in range(self.frontdesk.settings.deployment.resilience.defaults.breaker_failures):
                self._ask(visit(self.frontdesk, f"before{number}"))
            with writing(self.frontdesk.engine) as connection:
                connection.execute(sa.delete(outbox))  # theirs is not what is counted here

    def _ask(self, turn: Turn) -> str:
        """Ask in a conversation and return which responses are told; none where no use case answers."""
        ask, outcome = ASKED[self.operation], UNAVAILABLE
        ask.prepare(self.frontdesk, turn, self.world.records)
        with suppress(BridgeError), answering(turn):
            outcome = ask.run(self.frontdesk, turn, self.world.records)
        if self.operation in DIRECT:
            return ""
        as_job(self.frontdesk.engine, outcome)
        return " ".join(filter(None, [outcome.before, outcome.response]))

    def _settle(self, turn: Turn) -> None:
        """End the fault, and let the relay work, or whoever else sends a write again with its key."""
        self.world.mend(self.frontdesk)
        self.clock.forward(3600)
        while self.frontdesk.relay.once():
            pass
        if self.operation in DIRECT and is_write(self.operation):
            ASKED[self.operation].run(self.frontdesk, turn, self.world.records)

    def _records(self) -> int:
        return self.world.count(self.frontdesk, self.operation) if is_write(self.operation) else 0

    def _kept(self) -> int:
        return rows(self.frontdesk, outbox)

    def _outcomes(self) -> dict[str, float]:
        domain, _, name = self.operation.partition(".")
        return {
            sample.labels["outcome"]: sample.value
            for metric in self.frontdesk.guards.metrics.seconds.collect()
            for sample in metric.samples
            if sample.name.endswith("_count")
            and (sample.labels["domain"], sample.labels["operation"]) == (domain, name)
        }


def is_write(operation: str) -> bool:
    """Tell whether an operation changes something."""
    domain, _, name = operation.partition(".")
    return operations_of(domain)[name].kind == "write"


def rows(frontdesk: Frontdesk, table: sa.Table) -> int:
    """Count the rows of a table."""
    with reading(frontdesk.engine) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _join_workers(others: set[threading.Thread]) -> None:
    """Wait until no call of ours is left behind: what it wrote later would land in nobody's database."""
    for thread in set(threading.enumerate()) - others:
        if thread.name.startswith("guard-"):
            thread.join(10)
