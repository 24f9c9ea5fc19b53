"""Stand before a real server and spoil its answers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from bridge.testing.broken import PAUSE, Trouble

_REFUSALS = {
    Trouble.UNAUTHORIZED: 401,
    Trouble.FORBIDDEN: 403,
    Trouble.BUSY: 429,
    Trouble.FAILING: 500,
    Trouble.AWAY: 503,
}
_PAGE = b"<!doctype html><title>Maintenance</title>"
_PASSED_ON = ("Authorization", "Content-Type", "Accept", "User-Agent")


class Proxy(ThreadingHTTPServer):
    """Pass requests on, unless there is trouble."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.trouble: Trouble | None = None
        self.changes = 0
        self.mended = threading.Event()

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def break_with(self, trouble: Trouble) -> None:
        """Spoil answers from now on."""
        self.mended.clear()
        self.trouble, self.changes = trouble, 0

    def mend(self) -> None:
        """Pass everything on again, and let go of those who wait."""
        self.trouble = None
        self.mended.set()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.server.changes += 1
        self._answer()

    do_PUT = do_POST  # noqa: N815  # the name that the base class looks for

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        trouble = self.server.trouble
        if trouble in _REFUSALS:
            self._send(_REFUSALS[trouble], b'{"message":"No"}', "application/json")
        elif trouble is Trouble.HTML:
            self._send(200, _PAGE, "text/html")
        elif trouble is Trouble.SILENT:
            self.server.mended.wait(60)
            self.close_connection = True
        else:
            self._pass_on(body, trouble)

    def _pass_on(self, body: bytes, trouble: Trouble | None) -> None:
        headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        answer = requests.request(self.command, self.server.target + self.path, headers=headers, data=body, timeout=60)
        if trouble is Trouble.LOST and self.command != "GET":
            self.close_connection = True
        else:
            missing = len(answer.content) if trouble is Trouble.TRUNCATED else 0
            self._send(answer.status_code, answer.content, answer.headers["Content-Type"], missing)

    def _send(self, status: int, body: bytes, kind: str, missing: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) + missing))
        if status == 429:
            self.send_header("Retry-After", str(PAUSE))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.close_connection or bool(missing)


@contextlib.contextmanager
def before(target: str) -> Iterator[Proxy]:
    """Serve a proxy from a thread."""
    proxy = Proxy(target)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.mend()
        proxy.shutdown()
        proxy.server_close()
        thread.join(10)
