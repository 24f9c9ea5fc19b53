"""Run the gateway: python -m gateway."""

from __future__ import annotations

import asyncio
import signal
import sys

import structlog
import uvloop

from bridge import tracing
from bridge.bootstrap import Frontdesk, build
from bridge.conversation.claims import only_gateway
from bridge.errors import SettingsError
from bridge.logs import set_up_logs
from gateway.core import Gateway
from gateway.server import listen, serve


async def run() -> None:
    """Serve until a signal comes."""
    desk = build()
    tracing.start("gateway", desk.settings.traces_endpoint)
    try:
        with only_gateway(desk.settings.database_url):
            await _serve(desk)
    finally:
        desk.close()


async def _serve(desk: Frontdesk) -> None:
    settings = desk.settings
    public = listen(settings.host, settings.port, "PORT")
    internal = listen("127.0.0.1", settings.internal_port, "INTERNAL_PORT")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    structlog.get_logger("gateway").info("listening", port=settings.port, internal_port=settings.internal_port)
    await serve(Gateway(desk), public, internal, stop)


def main() -> None:
    """Set up logs, and say what is wrong with the settings in one line."""
    set_up_logs()
    try:
        uvloop.run(run())  # a tenth less processor time a message than asyncio's own loop
    except SettingsError as error:
        sys.exit(f"gateway: {error}")


if __name__ == "__main__":
    main()
