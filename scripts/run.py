"""Start everything and keep it running (`make run`).

Usage: python -m scripts.run
Ports, database and deployment come from the environment: docs/operations/running.md.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from bridge.errors import SettingsError
from bridge.settings import Settings, load
from scripts import ports
from scripts.console import ROOT, StepError, run_logged, say, step
from scripts.probe import wait_for_answer
from scripts.rasa_files import state_folder, write_credentials, write_endpoints
from scripts.supervisor import Child, Supervisor
from scripts.train import ensure_model, rasa_trainer

ANSWER_SECONDS = 180.0
"""A slow machine needs 60; what takes longer than this is broken."""


def main() -> int:
    """Prepare, start, watch; return the exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        settings = load()
        if problems := ports.problems(settings):
            raise StepError("\n".join(problems))
        folder = state_folder(settings, ROOT / "var")
        children = _prepare(settings, folder)
        asyncio.run(Supervisor(children, say).run(_ready(settings)))
    except (SettingsError, StepError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped while preparing; the next run carries on from here")
        return 130
    say("stopped")
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _prepare(settings: Settings, folder: Path) -> list[Child]:
    """Bring database, model and files up to date, and return what to start."""
    log = folder / "log"
    with step("database"):
        run_logged([sys.executable, "-m", "bridge", "migrate"], log / "migrate.log")
    if settings.demo:
        with step("demo data"):
            run_logged([sys.executable, "-m", "bridge", "demo"], log / "demo.log")
    model = ensure_model(ROOT, rasa_trainer(log / "train.log"))
    rasa = [sys.executable, "-m", "scripts.rasa_server", "--interface", ports.LOOPBACK, "--port"]
    rasa += [str(settings.rasa_port), "--model", str(model)]
    rasa += ["--credentials", str(write_credentials(settings, folder))]
    rasa += ["--endpoints", str(write_endpoints(settings, folder))]
    actions = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(settings.actions_port)]
    return [
        Child("rasa", rasa, log / "rasa.log"),
        # Its only way to say where to listen; without it, on every address of the machine.
        Child("actions", actions, log / "actions.log", {"SANIC_HOST": ports.LOOPBACK}),
        Child("gateway", [sys.executable, "-m", "gateway"], log / "gateway.log"),
    ]


async def _ready(settings: Settings) -> str:
    host = {"0.0.0.0": ports.LOOPBACK, "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104  # read, not bound
    url = f"http://{host}:{settings.port}"
    with step("starting"):
        await wait_for_answer(url, {"actions": settings.actions_port, "rasa": settings.rasa_port}, ANSWER_SECONDS)
    return f"ready: {url}"


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
