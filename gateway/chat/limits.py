"""Token buckets: so many at once, then so many a minute."""

from __future__ import annotations

import time
from collections.abc import Callable

_SWEEP_AT = 10_000


class Buckets:
    """Hold a bucket for each key; in this process only, which bounds a flood well enough."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> float:
        """Take one token and return 0, or return the seconds until there is one."""
        now = self._clock()
        tokens = self._tokens(key, now)
        if tokens < 1:
            return (1 - tokens) / self._per_second
        if len(self._buckets) >= _SWEEP_AT:
            self._sweep(now)
        self._buckets[key] = (tokens - 1, now)
        return 0.0

    def _tokens(self, key: str, now: float) -> float:
        tokens, at = self._buckets.get(key, (self._size, now))
        return min(self._size, tokens + (now - at) * self._per_second)

    def _sweep(self, now: float) -> None:
        # A full bucket is the same as none.
        self._buckets = {key: kept for key, kept in self._buckets.items() if self._tokens(key, now) < self._size}
