"""Run the action server on loopback, with its numbers beside it: python -m actions.

The stock `rasa run actions` runs the same actions; this adds JSON logs without personal data, and Prometheus numbers.
"""

from __future__ import annotations

import sys

from prometheus_client import start_http_server

from bridge import tracing
from bridge.bootstrap import shared
from bridge.errors import SettingsError
from bridge.logs import set_up_logs

LOOPBACK = "127.0.0.1"
WAITING = 2048
"""Connections not yet taken up; with the SDK's own 100, some of 500 that came at once were cut."""
UNREAD = 60
"""Seconds that a connection may stay silent. With Sanic's own 5, a server held up for longer cut those still unread."""


def main() -> None:
    """Serve until a signal comes, and say what is wrong with the settings in one line."""
    set_up_logs()
    try:
        settings = shared().settings
        tracing.start("actions", settings.traces_endpoint)
        start_http_server(settings.actions_metrics_port, LOOPBACK, shared().registry)
    except SettingsError as error:
        sys.exit(f"actions: {error}")
    except OSError as error:
        sys.exit(f"actions: ACTIONS_METRICS_PORT: cannot listen on it ({error.strerror}); set another")
    from rasa_sdk.endpoint import create_app  # noqa: PLC0415  # whoever looks for actions imports this module too

    app = create_app("actions")
    app.config.KEEP_ALIVE_TIMEOUT = UNREAD
    try:
        app.run(LOOPBACK, settings.actions_port, backlog=WAITING, access_log=False)
    finally:
        shared().close()


# The SDK imports every module of this package to find the actions, and this one too.
if __name__ == "__main__":
    main()
