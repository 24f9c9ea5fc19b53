"""Run blocking SQL off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")


class Threads:
    """Hold the limits: reads run side by side, and writes; on a database with one writer they share commits."""

    def __init__(self) -> None:
        self._readers = anyio.CapacityLimiter(16)
        self._urgent = anyio.CapacityLimiter(2)
        self._writers = anyio.CapacityLimiter(16)

    async def read(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a function that only reads."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self._readers)

    async def write(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a function that writes; once it has begun, it is not abandoned."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self._writers)

    async def urgent(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run what must not wait behind reads and writes, however many there are: what keeps this process in office."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self._urgent)
