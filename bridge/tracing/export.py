"""Send spans to an OpenTelemetry collector over OTLP/HTTP; the only module that imports OpenTelemetry.

The SDK reads its own standard variables: OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES, ...
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from bridge.tracing import Note, Value

PATIENCE = 2.0
"""Seconds that a process takes at its end for what is not sent yet; the SDK itself would try for minutes."""
_W3C = TraceContextTextMapPropagator()

log = structlog.get_logger(__name__)


class OtlpExporter:
    """Make spans and send them in batches, in a thread of the SDK's own; its queue drops what nobody takes."""

    def __init__(self, service: str) -> None:
        # What the environment says of the resource counts more than our name for it.
        resource = Resource.create({"service.name": f"frontdesk-{service}"}).merge(OTELResourceDetector().detect())
        # Never made global, and without its own exit handler: both would outlive us.
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(_Told(OTLPSpanExporter())))
        self._tracer = self._provider.get_tracer("frontdesk")

    @contextmanager
    def span(self, name: str, parent: str, attributes: dict[str, Value]) -> Iterator[Note]:
        """Open a span around a block; of an error it keeps the class, because a text may quote what people wrote."""
        context = _W3C.extract({"traceparent": parent}) if parent else None
        opened = self._tracer.start_as_current_span(
            name, context, attributes=attributes, record_exception=False, set_status_on_exception=False
        )
        with opened as made:
            try:
                yield made.set_attribute
            except BaseException as error:
                made.set_status(trace.StatusCode.ERROR, type(error).__name__)
                raise

    def carrier(self) -> str:
        """Return the span in hand as a W3C traceparent."""
        carried: dict[str, str] = {}
        _W3C.inject(carried)
        return carried.get("traceparent", "")

    def close(self) -> None:
        """Send what is left, as far as that takes no longer than a moment."""
        closing = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        closing.join(PATIENCE)


class _Told(SpanExporter):
    """Say once in the log that spans do not arrive, and once that they do again."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._arrives = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; never raises."""
        reason = "refused"
        try:
            result = self._inner.export(spans)
        except Exception as error:
            result, reason = SpanExportResult.FAILURE, type(error).__name__  # its text would show the address
        arrives = result is SpanExportResult.SUCCESS
        if arrives and not self._arrives:
            log.info("traces_sent_again")
        elif self._arrives and not arrives:
            log.error("traces_not_sent", error=reason)
        self._arrives = arrives
        return result

    def shutdown(self) -> None:
        """Let go of the connection."""
        self._inner.shutdown()
