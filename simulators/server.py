"""Serve simulators: one in a thread for a test, or several in one process until somebody stops them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulators.frame import Simulator
from simulators.front import ABORT

LOOPBACK = "127.0.0.1"
_PATIENCE = 20.0


class CuttableProtocol(H11Protocol):
    """Let an application cut its connection: ASGI knows no way to refuse an answer altogether."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner: ASGIApp = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[ABORT] = self.transport.abort
            await inner(scope, receive, send)

        self.app = app


class Server(uvicorn.Server):
    """Leave signals to whoever started it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def running(simulator: Simulator) -> Iterator[str]:
    """Serve a simulator from a thread, on a free port of loopback, and give its address."""
    listener = listen(LOOPBACK, 0)
    server = _server(simulator)
    thread = threading.Thread(target=server.run, args=([listener],), name=simulator.vendor, daemon=True)
    thread.start()
    try:
        _wait_for(server, thread)
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_PATIENCE)
        listener.close()
        simulator.close()


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise RuntimeError("the simulator did not start")
        time.sleep(0.005)  # uvicorn offers nothing to wait for


async def serve(placed: Sequence[tuple[Simulator, socket.socket]]) -> None:
    """Serve simulators until SIGINT or SIGTERM."""
    servers = [_server(simulator) for simulator, _ in placed]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    pairs = zip(servers, placed, strict=True)
    await asyncio.gather(*(server.serve([listener]) for server, (_, listener) in pairs))
    for simulator, _ in placed:
        simulator.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; 0 is any free port."""
    listener = socket.create_server((host, port))
    # asyncio turns Nagle's algorithm off only on sockets that name their protocol, and these do not:
    # each answer would wait 40 ms for the client's acknowledgement of its head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _server(simulator: Simulator) -> Server:
    return Server(
        uvicorn.Config(
            simulator.app(),
            http=CuttableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # query strings hold keys
            proxy_headers=False,  # so that a simulator sees them itself
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )
