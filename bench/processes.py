"""Run a process, and ask the kernel what it has used."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Iterator, Sequence
from pathlib import Path

from tests.support.stack import ROOT

_TICKS = os.sysconf("SC_CLK_TCK")


async def cpu_of(pid: int, work: Awaitable[object]) -> float:
    """Return the processor seconds of a process while something is awaited."""
    before = _cpu(pid)
    await work
    return _cpu(pid) - before


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_kb(pid: int) -> int:
    """Return how much memory a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024


def raise_open_files(needed: int) -> None:
    """Let this process, and those it starts, hold so many connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed if hard < 0 else min(needed, hard), hard))


@contextlib.contextmanager
def python(arguments: Sequence[str], environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run this Python with arguments until the block ends.

    Raises:
        SystemExit: it ended by itself; with the end of what it printed.
    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603  # ours
        try:
            yield process
            if process.poll() is not None:
                log.seek(0)
                raise SystemExit(log.read()[-2000:].decode(errors="replace"))
        finally:
            process.terminate()
            process.wait(30)
