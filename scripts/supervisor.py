"""Keep a few child processes alive until the person stops them: restart what dies or freezes, stop it all cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from scripts.console import StepError, tail
from scripts.orphans import die_with_parent
from scripts.vigil import Vigilance, until_frozen

LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class Child:
    """Name a process, how to start it, where its output goes, and which URL it answers while it is well."""

    name: str
    command: Sequence[str]
    log: Path
    url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Patience:
    """Say, in seconds, how long to wait for what."""

    first_pause: float = 1.0
    longest_pause: float = 30.0
    healthy_after: float = 60.0
    """A child that ran this long starts again after the first pause."""
    grace: float = 10.0
    """From the request to stop until the kill."""
    early_exits: int = 3
    """So many exits of one child before everything is ready mean that it never will be."""
    vigilance: Vigilance = field(default_factory=Vigilance)


class Supervisor:
    """Run children until SIGINT, SIGTERM or SIGHUP; a second one kills them at once."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], None], patience: Patience | None = None) -> None:
        self._children = children
        self._say = say
        self._patience = patience or Patience()
        self._stop = asyncio.Event()
        self._kill = asyncio.Event()
        self._ready = False

    async def run(self, ready: Awaitable[str]) -> None:
        """Start all children, say what `ready` returns, and come back when everything has stopped.

        Raises:
            StepError: `ready` gave up, or a child kept dying before everything was ready.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)
        keepers = [asyncio.create_task(self._keep(child)) for child in self._children]
        announcing = asyncio.create_task(self._announce(ready))
        stopping = asyncio.create_task(self._stop.wait())
        watched = {*keepers, announcing, stopping}
        try:
            while not self._stop.is_set():
                done, watched = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            self._stop.set()
            announcing.cancel()
            await asyncio.gather(announcing, *keepers, return_exceptions=True)

    def _on_signal(self) -> None:
        if self._stop.is_set():
            self._kill.set()
            return
        self._stop.set()
        self._say("stopping (once more to kill) ...")

    async def _announce(self, ready: Awaitable[str]) -> None:
        line = await ready
        self._ready = True
        self._say(line)

    async def _keep(self, child: Child) -> None:
        """Start a child again and again, with growing pauses, until all is stopped."""
        failures = exits = 0
        while not self._stop.is_set():
            started = time.monotonic()
            code = await self._run_once(child)
            if self._stop.is_set():
                return
            exits += 1
            if not self._ready and exits >= self._patience.early_exits:
                raise StepError(f"{tail(child.log)}\n{child.name} does not start: see above, all of it in {child.log}")
            failures = 1 if time.monotonic() - started >= self._patience.healthy_after else failures + 1
            pause = self._pause(failures)
            self._say(f"{child.name} {_ending(code)}; starting it again in {pause:.1f} s (see {child.log})")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)

    def _pause(self, failures: int) -> float:
        # Half of it at random: what died together should not come back together.
        longest = min(self._patience.longest_pause, self._patience.first_pause * 2.0 ** min(failures - 1, 16))
        return longest * random.uniform(0.5, 1.0)

    async def _run_once(self, child: Child) -> int:
        """Run a child until it ends by itself or everything is stopped; return its exit code."""
        with _open_log(child.log) as log:
            try:
                process = await asyncio.create_subprocess_exec(
                    *child.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "PYTHONUNBUFFERED": "1", **child.environment},
                    start_new_session=True,  # a Ctrl-C at the terminal reaches us alone; we pass it on
                    preexec_fn=die_with_parent(),
                )
            except OSError as error:
                raise StepError(f"{child.name} cannot be started: {error}") from error
        ending = asyncio.create_task(process.wait())
        await self._until_over(child, ending)
        if self._stop.is_set() and not ending.done():
            await self._end(process, ending)
        # It may be frozen; and what it left behind would hold its port. Normally this group is empty by now.
        _signal_group(process.pid, signal.SIGKILL)
        return await ending

    async def _until_over(self, child: Child, ending: asyncio.Task[int]) -> None:
        """Wait until a child has ended, does not answer any more, or is to be stopped."""
        stopping = asyncio.create_task(self._stop.wait())
        freezing = asyncio.create_task(until_frozen(child.url, self._patience.vigilance)) if child.url else stopping
        await asyncio.wait({stopping, ending, freezing}, return_when=asyncio.FIRST_COMPLETED)
        if freezing.done() and not stopping.done() and not ending.done():
            self._say(f"{child.name} does not answer any more, and is killed")
        stopping.cancel()
        freezing.cancel()

    async def _end(self, process: asyncio.subprocess.Process, ending: asyncio.Task[int]) -> None:
        """Ask a process group to stop, and kill it when it does not."""
        _signal_group(process.pid, signal.SIGINT)
        killing = asyncio.create_task(self._kill.wait())
        await asyncio.wait({ending, killing}, timeout=self._patience.grace, return_when=asyncio.FIRST_COMPLETED)
        killing.cancel()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _open_log(path: Path) -> BinaryIO:
    """Open a log for appending; a big one becomes `.1` first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(path.suffix + ".1"))
    return path.open("ab")


def _ending(code: int) -> str:
    if code >= 0:
        return f"stopped by itself (exit {code})"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
