"""Ask the kernel what a process has used."""

from __future__ import annotations

import os
import resource
from collections.abc import Awaitable
from pathlib import Path

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
