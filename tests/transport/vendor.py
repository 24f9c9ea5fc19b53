"""A vendor on loopback that says exactly what a test wants, byte by byte."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """Hold a request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    port: int
    """Of the client: the same port is the same connection."""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)


@dataclass(frozen=True)
class Said:
    """Hold an answer; `raw` replaces everything, and empty bytes are a cut connection."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    def payload(self) -> tuple[bytes, str]:
        if isinstance(self.body, bytes):
            return self.body, "application/octet-stream"
        return json.dumps(self.body).encode(), "application/json"


Answer = Callable[[Asked], Said]


@dataclass
class Vendor:
    """Answer by `answer`, and keep what was asked."""

    url: str = ""
    answer: Answer = lambda asked: Said()
    asked: list[Asked] = field(default_factory=list)

    def says(self, *said: Said) -> None:
        """Give these answers one after the other, the last one for ever."""
        left = list(said)
        self.answer = lambda asked: left.pop(0) if len(left) > 1 else left[0]


@contextlib.contextmanager
def listening(vendor: Vendor) -> Iterator[Vendor]:
    """Serve a vendor on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, dict(self.headers.items()), body, self.client_address[1])
            vendor.asked.append(asked)
            said = vendor.answer(asked)
            if said.raw is not None:
                self.wfile.write(said.raw)
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            payload, kind = said.payload()
            self.send_response_only(said.status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(payload)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD" and said.status not in (204, 304):
                self.wfile.write(payload)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815  # names of the library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """Say nothing of clients that leave in the middle."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
