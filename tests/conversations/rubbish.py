"""A server in the place of the action server that answers each conversation with a rubbish of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RUBBISH: dict[str, tuple[int, str, bytes]] = {
    "500": (500, "text/plain", b"Internal Server Error"),
    "html": (200, "text/html", b"<!doctype html><title>Welcome</title><h1>It works!</h1>"),
    "broken json": (200, "application/json", b'{"events": [{"event": "sl'),
    "wrong types": (200, "application/json", b'{"events": "none", "responses": 7}'),
    "no object": (200, "application/json", b"[1, 2]"),
}
"""By kind: status, content type, body."""


@contextmanager
def talking_rubbish(port: int, kinds: Mapping[str, str]) -> Iterator[None]:
    """Listen on a port until the block ends.

    Args:
        kinds: by conversation.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, type_, body = RUBBISH[kinds[asked["sender_id"]]]
            self.send_response(status)
            self.send_header("Content-Type", type_)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
