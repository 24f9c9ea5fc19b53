"""Tell and pass the time; everything in the guard that waits does it through a clock that a test can set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bridge.storage.types import Clock as WallClock
from bridge.storage.types import utc_now


class Clock(Protocol):
    """Tell the time in both ways and pass it in both ways."""

    def utc(self) -> datetime:
        """Return the time of day, for what people read; it may jump."""

    def monotonic(self) -> float:
        """Return seconds that only grow, for what is measured."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""

    def wait_for(self, condition: threading.Condition, predicate: Callable[[], bool], seconds: float) -> bool:
        """Wait on a condition that is held until the predicate is true, and tell whether that came in time."""


class SystemClock:
    """Tell the machine's own time.

    Args:
        wall: tells the time of day.
    """

    def __init__(self, wall: WallClock = utc_now) -> None:
        self._wall = wall

    def utc(self) -> datetime:
        """Return the time of day."""
        return self._wall()

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def wait_for(self, condition: threading.Condition, predicate: Callable[[], bool], seconds: float) -> bool:
        """Wait on a condition that is held."""
        return condition.wait_for(predicate, seconds)
