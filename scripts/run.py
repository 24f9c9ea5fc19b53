"""Start everything and keep it running (`make run`).

Usage: python -m scripts.run
Ports, database and deployment come from the environment: docs/operations/running.md.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from types import FrameType

from bridge.bootstrap import build
from bridge.errors import SettingsError
from bridge.settings import Settings, load
from bridge.settings.places import gateway_url
from scripts import ports, sandbox
from scripts.console import ROOT, StepError, say, step
from scripts.prepare import actions_child, gateway_child, prepare, rasa_child, relay_child
from scripts.probe import wait_for_answer
from scripts.supervisor import Supervisor

ANSWER_SECONDS = 180.0
"""A slow machine needs 60; what takes longer than this is broken."""


def main() -> int:
    """Prepare, start, watch; return the exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    os.umask(0o077)  # databases and logs are about people: only their owner reads them
    try:
        if sandbox.is_chosen():
            sandbox.tell_environment()
        settings = load()
        if problems := ports.problems(settings):
            raise StepError("\n".join(problems))
        build(settings).close()  # what is wrong with the deployment is told at once, and once
        model = prepare(settings)
        children = [rasa_child(settings, model), actions_child(settings), gateway_child(settings)]
        if not settings.deployment.outbox.relay_in_gateway:
            children.append(relay_child(settings))  # or nobody would keep what is promised
        if sandbox.is_chosen():
            children.append(sandbox.simulators_child(settings))
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


async def _ready(settings: Settings) -> str:
    url = gateway_url(settings)
    with step("starting"):
        await wait_for_answer(url, {"actions": settings.actions_port, "rasa": settings.rasa_port}, ANSWER_SECONDS)
    return f"ready: {url}"


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
