"""Systems that do as they are told, behind the guard, on a clock that only the test moves."""

from __future__ import annotations

import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.resilience import audit as trail
from bridge.resilience import bulkhead
from bridge.resilience.guard import Guards
from bridge.settings.resilience import Resilience
from bridge.storage.resilience import audit
from bridge.testing.clock import SettableClock

SECRET = "s" * 32


class System:
    """Answer every operation with what the test queued: a value, an error to raise, or something to call.

    Without a queue it answers "answer N", where N counts the calls.
    """

    system = "acme"
    capabilities = frozenset({"all"})

    def __init__(self) -> None:
        self.script: deque[Any] = deque()
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._lock = threading.Lock()

    def then(self, *steps: Any) -> None:
        self.script.extend(steps)

    def called(self, name: str) -> int:
        return sum(1 for called, _, _ in self.calls if called == name)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._answer(name, args, kwargs)

    def _answer(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with self._lock:
            self.calls.append((name, args, kwargs))
            step = self.script.popleft() if self.script else f"answer {len(self.calls)}"
        if isinstance(step, BaseException):
            raise step
        return step() if callable(step) else step


class Bench:
    """Hold one system behind a guard, and read what the guard did."""

    def __init__(self, engine: sa.engine.Engine, clock: SettableClock, **policy: Any) -> None:
        self.clock = clock
        self.engine = engine
        self.opened: list[tuple[str, str]] = []
        settings = Resilience(defaults=policy)
        self.guards = Guards(settings, engine, SECRET, clock, lambda *name: self.opened.append(name))
        self.system = System()
        self.shop = self.guards.guarded(self.system, "commerce")
        self.desk = self.guards.guarded(self.system, "helpdesk")
        self.crm = self.guards.guarded(self.system, "crm")

    def metric(self, name: str, **labels: str) -> float:
        """Add up the samples that have these labels."""
        return sum(
            sample.value
            for metric in self.guards.metrics.registry.collect()
            for sample in metric.samples
            if sample.name == f"frontdesk_{name}" and labels.items() <= sample.labels.items()
        )

    def audited(self) -> list[Any]:
        """Return the audit, oldest first."""
        assert self.guards.trail.flush()
        with self.engine.connect() as connection:
            return list(connection.execute(sa.select(audit).order_by(audit.c.id)).mappings().all())


@pytest.fixture(autouse=True)
def short_lived_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let idle threads end soon: many guards are made here."""
    monkeypatch.setattr(bulkhead, "IDLE_SECONDS", 0.1)
    monkeypatch.setattr(trail, "IDLE_SECONDS", 0.1)


@pytest.fixture
def clock() -> Iterator[SettableClock]:
    made = SettableClock()
    yield made
    made.release()


@pytest.fixture
def sqlite_engine(
    tmp_path: Path, migrated_sqlite: Path, make_engine: Callable[[str], sa.engine.Engine]
) -> sa.engine.Engine:
    """Return an engine for a migrated database, for what no database changes."""
    shutil.copy(migrated_sqlite, tmp_path / "guard.db")
    return make_engine(f"sqlite:///{tmp_path}/guard.db")


@pytest.fixture
def bench(sqlite_engine: sa.engine.Engine, clock: SettableClock) -> Bench:
    return Bench(sqlite_engine, clock)


@pytest.fixture
def make_bench(sqlite_engine: sa.engine.Engine, clock: SettableClock) -> Callable[..., Bench]:
    return lambda **policy: Bench(sqlite_engine, clock, **policy)
