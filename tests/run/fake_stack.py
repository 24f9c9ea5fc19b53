"""Supervise fake children the way scripts/run.py supervises the real ones, with short waits.

Usage: python -m tests.run.fake_stack FOLDER NAME=CODE...
Each child runs its code; the file FOLDER/ready makes everything ready.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from scripts.console import StepError, say
from scripts.supervisor import Child, Patience, Supervisor


async def _ready(folder: Path) -> str:
    while not (folder / "ready").exists():  # noqa: ASYNC110  # another process makes the file
        await asyncio.sleep(0.01)
    return "ready: fake"


def main() -> int:
    """Run until stopped, as scripts/run.py does."""
    folder = Path(sys.argv[1])
    children = [
        Child(name, [sys.executable, "-u", "-c", code], folder / f"{name}.log", {"FOLDER": str(folder)})
        for name, _, code in (argument.partition("=") for argument in sys.argv[2:])
    ]
    patience = Patience(first_pause=0.1, longest_pause=0.4, healthy_after=30, grace=0.5, early_exits=3)
    try:
        asyncio.run(Supervisor(children, say, patience).run(_ready(folder)))
    except StepError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    say("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
