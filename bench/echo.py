"""Answer every message with itself, without understanding anything: what is measured is the way there and back.

Usage: python -m bench.echo rasa PORT CALLBACK_URL   what our gateway asks of Rasa
       python -m bench.echo stock PORT               Rasa's own REST and socket.io channels
"""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

from tests.gateway.fake_rasa import FakeRasa

SECRET = "the-secret-between-gateway-and-rasa"


async def rasa(port: int, callback_url: str) -> None:
    """Serve what the gateway asks of Rasa."""
    fake = FakeRasa(SECRET)
    fake.port, fake.callback_url = port, callback_url
    await fake.start()
    await asyncio.Event().wait()


def stock(port: int) -> None:
    """Serve Rasa's channels with an agent that only echoes."""
    from rasa.core.channels.channel import UserMessage, register  # noqa: PLC0415  # Rasa, for this side alone
    from rasa.core.channels.rest import RestInput  # noqa: PLC0415
    from rasa.core.channels.socketio import SocketIOInput  # noqa: PLC0415
    from sanic import Sanic  # noqa: PLC0415

    async def handle_message(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, f"You said: {message.text}")

    app: Any = Sanic("stock", configure_logging=False)
    app.ctx.agent = SimpleNamespace(handle_message=handle_message)
    register([RestInput(), SocketIOInput()], app, route="/webhooks/")
    app.run(host="127.0.0.1", port=port, access_log=False)


if __name__ == "__main__":
    if sys.argv[1] == "rasa":
        asyncio.run(rasa(int(sys.argv[2]), sys.argv[3]))
    else:
        stock(int(sys.argv[2]))
