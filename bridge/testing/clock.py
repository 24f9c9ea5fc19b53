"""A clock that only a test moves, for everything that waits: no test has to sleep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

_NOON = datetime(2026, 1, 21, 12, tzinfo=timezone.utc)


class SettableClock:
    """Tell a time that stands still until somebody sleeps or a test moves it.

    `sleep` passes the time as a slow system does: whoever waits for less long runs out of time first. When nobody
    waits any more, the sleeper stays asleep until the test moves the time or calls `release`.
    """

    def __init__(self, now: datetime = _NOON) -> None:
        self._start = now
        self._elapsed = 0.0
        self._changed = threading.Condition()
        self._waiters: dict[object, tuple[float, threading.Condition]] = {}
        self._released = False

    def utc(self) -> datetime:
        """Return the time of day."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return the seconds since the clock was made."""
        return self._elapsed

    def forward(self, seconds: float) -> None:
        """Move the time, and wake whoever waited for it."""
        self._move_to(self._elapsed + seconds)

    def release(self) -> None:
        """End all sleeps at once, so that no thread stays behind a test."""
        with self._changed:
            self._released = True
            self._changed.notify_all()

    def until_waiting(self, count: int) -> None:
        """Wait until so many threads wait on this clock."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._waiters) >= count, 10):
                raise AssertionError(f"only {len(self._waiters)} of {count} wait")

    def wait_for(self, condition: threading.Condition, predicate: Callable[[], bool], seconds: float) -> bool:
        """Wait on a condition that is held until the predicate is true or the time has come."""
        until, ticket = self._elapsed + seconds, object()
        with self._changed:
            self._waiters[ticket] = (until, condition)
            self._changed.notify_all()
        try:
            while not predicate():
                if self._elapsed >= until:
                    return False
                condition.wait()
            return True
        finally:
            with self._changed:
                del self._waiters[ticket]
                self._changed.notify_all()

    def sleep(self, seconds: float) -> None:
        """Pass the time, or be outslept by whoever waits for less long."""
        target = self._elapsed + seconds
        while self._elapsed < target and not self._released:
            earlier = self._earliest_until(target)
            if earlier is None:
                self._move_to(target)
                return
            ticket, until = earlier
            self._move_to(max(until, self._elapsed))
            with self._changed:
                self._changed.wait_for(lambda ticket=ticket: ticket not in self._waiters)  # type: ignore[misc]
                if not self._waiters:
                    self._changed.wait_for(lambda: self._elapsed >= target or self._released)

    def _earliest_until(self, target: float) -> tuple[object, float] | None:
        with self._changed:
            due = [(until, ticket) for ticket, (until, _) in self._waiters.items() if until <= target]
        return min(((ticket, until) for until, ticket in due), key=lambda one: one[1], default=None)

    def _move_to(self, elapsed: float) -> None:
        with self._changed:
            self._elapsed = max(self._elapsed, elapsed)
            conditions = {condition for _, condition in self._waiters.values()}
            self._changed.notify_all()
        for condition in conditions:
            with condition:
                condition.notify_all()
