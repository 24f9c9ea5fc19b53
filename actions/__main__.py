"""Run the action server on loopback, with its numbers beside it: python -m actions.

The stock `rasa run actions` runs the same actions; this adds JSON logs without personal data, and Prometheus numbers.
"""

from __future__ import annotations

import os
import sys

from prometheus_client import start_http_server

from bridge.bootstrap import shared
from bridge.errors import SettingsError
from bridge.logs import set_up_logs

LOOPBACK = "127.0.0.1"


def main() -> None:
    """Serve until a signal comes, and say what is wrong with the settings in one line."""
    set_up_logs()
    try:
        settings = shared().settings
        start_http_server(settings.actions_metrics_port, LOOPBACK, shared().registry)
    except SettingsError as error:
        sys.exit(f"actions: {error}")
    except OSError as error:
        sys.exit(f"actions: ACTIONS_METRICS_PORT: cannot listen on it ({error.strerror}); set another")
    # Its only way to say where to listen; without it, on every address of the machine.
    os.environ.setdefault("SANIC_HOST", LOOPBACK)
    from rasa_sdk.endpoint import run  # noqa: PLC0415  # whoever looks for actions imports this module too

    try:
        run("actions", settings.actions_port)
    finally:
        shared().guards.trail.flush()


# The SDK imports every module of this package to find the actions, and this one too.
if __name__ == "__main__":
    main()
