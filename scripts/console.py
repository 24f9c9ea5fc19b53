"""Speak to the person at the terminal in short lines, and run one step at a time."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.orphans import die_with_parent

ROOT = Path(__file__).resolve().parent.parent


class StepError(Exception):
    """Carry the sentence that tells the person what failed and where to look."""


def say(line: str) -> None:
    """Print a line at once; a terminal that has gone away keeps nobody from working."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Name a step while it runs, and tell its time when it is done."""
    started = time.monotonic()
    interactive = sys.stdout.isatty()
    if interactive:
        print(f"{name} ...", end="\r", flush=True)
    yield
    say(f"{name} ... {time.monotonic() - started:.0f} s")


def run_logged(command: Sequence[str], log: Path) -> None:
    """Run a command to its end with its output in a log file.

    Raises:
        StepError: it failed; with the last lines it wrote.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(),
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            check=False,
        )
    if done.returncode != 0:
        raise StepError(f"{tail(log)}\n`{' '.join(command)}` failed (exit {done.returncode}); all of it is in {log}")


def tail(log: Path, lines: int = 20) -> str:
    """Return the last lines of a log file; "" if there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
