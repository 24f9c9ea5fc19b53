"""Serve both applications in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from bridge.errors import SettingsError
from gateway.app import internal_app, public_app
from gateway.core import Gateway
from gateway.protocol import PatientProtocol

_VANISHED_MS = 30_000
"""After so long without a sign that anything arrives, a client is gone."""
_GRACE = 3
"""Seconds that requests get to end when the process is asked to stop."""


class Server(uvicorn.Server):
    """Leave signals to whoever started both servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int, variable: str) -> socket.socket:
    """Return a listening socket.

    Raises:
        SettingsError: the port is busy or the address is not ours; names the variable that changes it.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"{variable}: cannot listen on {host}:{port} ({reason}); set another") from None
    # asyncio turns Nagle's algorithm off only on sockets that name their protocol, and these do not:
    # each answer would wait 40 ms for the client's acknowledgement of its head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # A phone that lost its network says nothing: the kernel would try for a quarter of an hour.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _VANISHED_MS)
    return listener


async def serve(gateway: Gateway, public: socket.socket, internal: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then end streams first and requests after them."""
    servers = [
        make_server(public_app(gateway)),
        make_server(internal_app(gateway)),
    ]
    async with gateway.running():
        tasks = [
            asyncio.create_task(server.serve([sock])) for server, sock in zip(servers, (public, internal), strict=True)
        ]
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        gateway.hub.shut()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


def make_server(app: ASGIApp) -> Server:
    """Return a server whose connections have an end."""
    return Server(
        uvicorn.Config(
            app,
            http=PatientProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses of streams hold tickets
            proxy_headers=False,  # chat/requests.py knows whom to trust
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
    )
