"""Talk to the assistant in the terminal, with the action server behind it (`make shell`).

Usage: python -m scripts.shell [what `rasa shell` takes]
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from bridge.errors import SettingsError
from bridge.settings import Settings, load
from scripts import ports
from scripts.console import ROOT, StepError, say
from scripts.orphans import die_with_parent
from scripts.prepare import actions_child, prepare, state
from scripts.rasa_files import write_endpoints
from scripts.supervisor import Supervisor


def main(arguments: Sequence[str]) -> int:
    """Prepare, run the shell, stop the action server."""
    try:
        settings = load()
        if problems := [line for line in ports.problems(settings) if "ACTIONS_PORT" in line]:
            raise StepError(problems[0].replace("make run", "make shell"))
        return asyncio.run(_talk(settings, str(prepare(settings)), arguments))
    except (SettingsError, StepError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


async def _talk(settings: Settings, model: str, arguments: Sequence[str]) -> int:
    supervisor = Supervisor([actions_child(settings)], say)
    endpoints = write_endpoints(settings, state(settings))
    codes: list[int] = []

    async def shell() -> str:
        options = ["--model", model, "--endpoints", str(endpoints), *arguments]
        # In our process group, so that it owns the terminal: Ctrl-C ends the shell, and then we stop the rest.
        command = [sys.executable, "-m", "rasa", "shell", *options]
        process = await asyncio.create_subprocess_exec(*command, preexec_fn=die_with_parent())
        codes.append(await process.wait())
        os.kill(os.getpid(), signal.SIGTERM)
        return "the shell has ended"

    await supervisor.run(shell())
    return codes[0] if codes else 130


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
