"""A collector of traces for tests: takes OTLP over HTTP on a port of its own, and keeps what it understood."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PATIENCE = 20.0


@dataclass(frozen=True)
class Span:
    """Hold what a collector gets to know of a span."""

    service: str
    name: str
    id: str
    parent: str
    trace: str
    status: str
    attributes: dict[str, Any]


@dataclass
class Collector:
    """Keep spans, and the bytes they came in."""

    url: str = ""
    status: int = 200
    spans: list[Span] = field(default_factory=list)
    received: bytes = b""
    paths: set[str] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, path: str, body: bytes) -> None:
        """Decode one request."""
        with self._changed:
            self.paths.add(path)
            self.received += body
            self.spans += _decoded(body)
            self._changed.notify_all()

    def until(self, enough: Callable[[list[Span]], bool]) -> list[Span]:
        """Wait until enough spans have come, and return all of them."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while not enough(self.spans):
                assert self._changed.wait(deadline - time.monotonic()), [span.name for span in self.spans]
            return list(self.spans)


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector until the block ends."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if collector.status == 200:
                collector.take(self.path, body)
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()


def _decoded(body: bytes) -> Iterator[Span]:
    for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = _attributes(of_resource.resource)["service.name"]
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                ids = (span.span_id.hex(), span.parent_span_id.hex(), span.trace_id.hex())
                yield Span(service, span.name, *ids, span.status.message, _attributes(span))


def _attributes(of: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in of.attributes}
