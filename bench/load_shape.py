"""The load of a bench: how many people have the chat open, how often somebody says something, for how long."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

PATIENCE = 60
"""Seconds after which an answer counts as lost."""


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def words() -> str:
    """Return a text that was never said; without digits, as one in thousands would look like a card's and be masked."""
    return uuid.uuid4().hex.translate(_LETTERS)


@dataclass(frozen=True)
class Shape:
    """Say what the load is; `rate` is messages a second, of all people together."""

    streams: int
    rate: float
    seconds: float

    @property
    def messages(self) -> int:
        """Return how many messages that is."""
        return int(self.rate * self.seconds)


async def evenly(shape: Shape, say: Callable[[], Awaitable[None]]) -> None:
    """Say things at an even pace whatever comes of it, as people do, and wait for the last answer."""
    began, saying = time.perf_counter(), []
    for number in range(shape.messages):
        await asyncio.sleep(max(0.0, began + number / shape.rate - time.perf_counter()))
        saying.append(asyncio.ensure_future(say()))
    await asyncio.gather(*saying)


async def until(ask: Callable[[], Awaitable[httpx.Response]]) -> None:
    """Wait until a process answers."""
    for _ in range(600):
        with contextlib.suppress(httpx.HTTPError):
            if (await ask()).status_code == httpx.codes.OK:
                return
        await asyncio.sleep(0.1)
    raise SystemExit("a process did not come up")


def ms(seconds: list[float], share: float) -> float:
    """Return how long that share of them took at most, in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")
