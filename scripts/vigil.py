"""Notice that a process which lives does not answer any more: it is frozen, or stuck in a loop of its own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Vigilance:
    """Say, in seconds, how often to ask and how long to wait; the default needs 45 s to be sure.

    Rasa itself waits 300 s for a frozen action server. On the other hand, a busy machine must not lose its processes.
    """

    ask_every: float = 5.0
    answer_within: float = 10.0
    missed: int = 3
    """So many questions in a row without an answer mean that there will be none."""
    start_most: float = 180.0
    """Until its first answer a process may take this long."""


async def until_frozen(url: str, vigilance: Vigilance) -> None:
    """Return once the process behind a URL does not answer; whatever it answers, it is not frozen."""
    started, answered, missed = time.monotonic(), False, 0
    async with httpx.AsyncClient(timeout=vigilance.answer_within, trust_env=False) as client:
        while missed < vigilance.missed:
            await asyncio.sleep(vigilance.ask_every)
            try:
                await client.get(url)
                answered, missed = True, 0
            except httpx.HTTPError:
                if answered or time.monotonic() - started > vigilance.start_most:
                    missed += 1
