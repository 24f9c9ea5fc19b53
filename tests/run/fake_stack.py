"""Supervise fake children the way scripts/run.py supervises the real ones, with short waits.

Usage: python -m tests.run.fake_stack FOLDER NAME[@PORT]=CODE...
Each child runs its code; whether it answers on its PORT is watched. The file FOLDER/ready makes everything ready.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from scripts.console import StepError, say
from scripts.supervisor import Child, Patience, Supervisor
from scripts.vigil import Vigilance


async def _ready(folder: Path) -> str:
    while not (folder / "ready").exists():  # noqa: ASYNC110  # another process makes the file
        await asyncio.sleep(0.01)
    return "ready: fake"


def _child(folder: Path, name: str, code: str) -> Child:
    name, _, port = name.partition("@")
    url = f"http://127.0.0.1:{port}/" if port else ""
    environment = {"FOLDER": str(folder), "PORT": port}
    return Child(name, [sys.executable, "-u", "-c", code], folder / f"{name}.log", url, environment)


def main() -> int:
    """Run until stopped, as scripts/run.py does."""
    folder = Path(sys.argv[1])
    children = [_child(folder, *argument.split("=", 1)) for argument in sys.argv[2:]]
    vigilance = Vigilance(ask_every=0.1, answer_within=0.3, missed=3, start_most=2)
    patience = Patience(
        first_pause=0.1, longest_pause=0.4, healthy_after=30, grace=0.5, early_exits=3, vigilance=vigilance
    )
    try:
        asyncio.run(Supervisor(children, say, patience).run(_ready(folder)))
    except StepError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    say("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
