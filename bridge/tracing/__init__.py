"""One user message as one trace: what each process did for it, how long that took and how it ended.

Off unless an OpenTelemetry endpoint is set; until then nothing of OpenTelemetry is imported. Spans hold names, numbers
and outcomes; never what a person wrote, and of an error its class only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import structlog

Value = str | int | float | bool
Note = Callable[[str, Value], object]
"""Adds one attribute to a span."""

log = structlog.get_logger(__name__)


class Exporter(Protocol):
    """Make spans and send them away (bridge/tracing/export.py)."""

    def span(self, name: str, parent: str, attributes: dict[str, Value]) -> AbstractContextManager[Note]:
        """Open a span around a block."""

    def carrier(self) -> str:
        """Return the span in hand as a W3C traceparent."""

    def close(self) -> None:
        """Send what is left."""


_exporters: list[Exporter] = []
"""Of this process: one, or none."""


def start(service: str, endpoint: str | None) -> None:
    """Export spans of this process from now on, if there is an endpoint; whatever is wrong with it stops nothing."""
    stop()
    if endpoint is None:
        return
    try:
        if not endpoint.startswith(("http://", "https://")):
            raise ValueError
        from bridge.tracing.export import OtlpExporter  # noqa: PLC0415  # half a second that most processes save

        _exporters.append(OtlpExporter(service))
    except Exception as error:
        wanted = "OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://127.0.0.1:4318"
        log.error("traces_off", error=type(error).__name__, wanted=wanted)  # not the address: it may hold a token
    else:
        log.info("traces_on")


def stop() -> None:
    """Send what is left and export nothing more."""
    while _exporters:
        _exporters.pop().close()


@contextmanager
def span(name: str, parent: str = "", **attributes: Value) -> Iterator[Note]:
    """Make a block one span, under `parent` (a carrier) or else under the span in hand; it gives what adds attributes.

    The correlation and the conversation of the message in hand are added by themselves.
    """
    if not _exporters:
        yield _ignore
        return
    bound = structlog.contextvars.get_contextvars()
    of_message = {key: str(bound[key]) for key in ("correlation", "conversation") if bound.get(key)}
    named: dict[str, Value] = {f"frontdesk.{key}": value for key, value in {**of_message, **attributes}.items()}
    with _exporters[0].span(name, parent, named) as note:
        yield lambda key, value: note(f"frontdesk.{key}", value)


def carrier() -> str:
    """Return the span in hand as text that another process can go on from; empty where there is none."""
    return _exporters[0].carrier() if _exporters else ""


def _ignore(_key: str, _value: Value) -> None:
    """Take a note that nobody reads."""
