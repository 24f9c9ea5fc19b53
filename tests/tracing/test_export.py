"""Traces: sent where an endpoint is set, one for each message, without personal data; otherwise not there at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import structlog

from bridge import tracing
from bridge.bootstrap import Frontdesk, answering, build
from bridge.errors import NotFoundError, UnavailableError
from bridge.model.helpdesk import Priority
from bridge.model.identity import Claim
from bridge.settings import load
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from bridge.tracing import carrier, span
from tests.support.collector import Collector, Span, collecting
from tests.support.frontdesk import ROOT, Clock, make_settings, visit

EMAIL = "ann.private@example.test"
VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Send the spans of this process to a collector."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with collecting() as made:
        monkeypatch.setenv(VARIABLES[0], made.url)
        tracing.start("test", made.url)
        yield made
        tracing.stop()


@pytest.fixture
def frontdesk(database_url: str) -> Iterator[Frontdesk]:
    made = build(make_settings(database_url), Clock())
    yield made
    made.close()


def test_spans_are_linked_across_processes_by_their_carrier(collector: Collector) -> None:
    with structlog.contextvars.bound_contextvars(correlation="message-17", conversation="c-1"), span("first") as note:
        note("delivery", "over")
        carried = carrier()
    with span("second", carried, entry=3):
        pass
    with span("alone"):
        pass
    tracing.stop()
    first, second, alone = collector.spans
    assert first.attributes == {
        "frontdesk.correlation": "message-17",
        "frontdesk.conversation": "c-1",
        "frontdesk.delivery": "over",
    }
    assert (second.trace, second.parent, second.attributes) == (first.trace, first.id, {"frontdesk.entry": 3})
    assert (first.parent, alone.parent) == ("", "")
    assert alone.trace != first.trace
    assert {each.service for each in collector.spans} == {"frontdesk-test"}
    assert collector.paths == {"/v1/traces"}


def test_the_environment_names_the_service(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
    tracing.start("gateway", collector.url)
    with span("first"):
        pass
    tracing.stop()
    assert [each.service for each in collector.spans] == ["shop"]


def test_of_an_error_its_class_is_sent_and_never_its_text(collector: Collector) -> None:
    with pytest.raises(UnavailableError), span("first"):
        raise UnavailableError(EMAIL)
    tracing.stop()
    assert [each.status for each in collector.spans] == ["UnavailableError"]
    assert b"private" not in collector.received


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backend_call_is_a_span_with_its_attempts_and_holds_nothing_personal(
    collector: Collector, database_url: str
) -> None:
    settings = make_settings(database_url).copy(update={"faults": "commerce.find_order=503*1"})
    frontdesk = build(settings)
    turn = visit(frontdesk)
    with answering(turn, "action_track_order"), pytest.raises(NotFoundError):
        frontdesk.systems.commerce.find_order("SECRET-1001", Claim(email=EMAIL))
    frontdesk.close()
    action, call = (named(collector.spans, name) for name in ("action_track_order", "embedded.find_order"))
    attempts = [each for each in collector.spans if each.name == "attempt"]
    assert call.parent == action.id
    assert [each.parent for each in attempts] == [call.id, call.id]
    assert [each.attributes["frontdesk.outcome"] for each in attempts] == ["unavailable", "not_found"]
    wanted = {"frontdesk.domain": "commerce", "frontdesk.outcome": "not_found", "frontdesk.attempts": 2}
    assert wanted.items() <= call.attributes.items()
    for each in collector.spans:
        assert each.attributes["frontdesk.correlation"] == turn.correlation_id
    for private in (b"private", b"SECRET", b"hello"):
        assert private not in collector.received


def test_the_trace_of_a_message_goes_on_in_the_outbox_and_in_what_is_told_later(
    collector: Collector, database_url: str
) -> None:
    clock = Clock()
    settings = make_settings(database_url)
    frontdesk = build(settings.copy(update={"faults": "helpdesk.create_ticket=503*3"}), clock)
    turn = visit(frontdesk)
    clock.now = turn.dispatched_at
    with answering(turn, "action_create_ticket"):
        frontdesk.tickets.draft(turn, "The zip is broken", EMAIL, "", Priority.NORMAL)
        frontdesk.tickets.create(turn, confirmed=True)
        action = carrier()
    clock.forward(hours=1)
    assert frontdesk.relay.once()
    with reading(frontdesk.engine) as connection:
        told = connection.execute(sa.select(inbox.c.trace).where(inbox.c.kind == "system")).scalar_one()
    frontdesk.close()
    relayed = named(collector.spans, "outbox tickets.create")
    assert (relayed.trace, relayed.parent) == tuple(action.split("-")[1:3])
    assert relayed.attributes["frontdesk.correlation"] == turn.correlation_id
    assert tuple(told.split("-")[1:3]) == (relayed.trace, relayed.id)


def named(spans: list[Span], name: str) -> Span:
    (found,) = [each for each in spans if each.name == name]
    return found


@pytest.mark.parametrize("endpoint", ["nonsense", "127.0.0.1:4318"])
def test_an_endpoint_that_is_none_is_told_and_stops_nothing(endpoint: str) -> None:
    with structlog.testing.capture_logs() as logs:
        tracing.start("test", endpoint)
        with span("first"):
            assert carrier() == ""
    (line,) = logs
    assert (line["event"], line["log_level"]) == ("traces_off", "error")
    assert endpoint not in str({**line, "wanted": ""})


def test_a_setting_of_the_sdk_that_is_wrong_is_told_and_stops_nothing(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")
    with structlog.testing.capture_logs() as logs:
        tracing.start("test", collector.url)
        with span("first"):
            pass
    assert ("traces_off", "ValueError") in [(line["event"], line.get("error")) for line in logs]


@pytest.mark.parametrize("status", [400, None])
def test_a_collector_that_does_not_take_spans_is_told_once_and_stops_nothing(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, status: int | None
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
    if status is None:
        monkeypatch.setenv(VARIABLES[0], "http://127.0.0.1:1")  # nobody listens there
    else:
        collector.status = status
    with structlog.testing.capture_logs() as logs:
        tracing.start("test", collector.url)
        for _ in range(3):
            with span("first"):
                pass
        tracing.stop()
    refused = [line["error"] for line in logs if line["event"] == "traces_not_sent"]
    assert refused == ["ConnectionError" if status is None else "refused"]


def test_the_endpoint_is_read_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    assert load().traces_endpoint is None
    monkeypatch.setenv(VARIABLES[0], "http://127.0.0.1:4318")
    assert load().traces_endpoint == "http://127.0.0.1:4318"
    monkeypatch.setenv(VARIABLES[1], "http://127.0.0.1:4319/v1/traces")
    assert load().traces_endpoint == "http://127.0.0.1:4319/v1/traces"
    assert "4319" not in repr(load())


def test_without_an_endpoint_nothing_is_imported_and_nothing_runs() -> None:
    program = """
import sys, threading
import actions.__main__, gateway.__main__, bridge.__main__
from bridge import tracing
from bridge.bootstrap import build
from bridge.settings import load

configured = load()
frontdesk = build(configured)
tracing.start("gateway", configured.traces_endpoint)
with tracing.span("first"):
    assert tracing.carrier() == ""
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
assert threading.active_count() == 1, threading.enumerate()
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment |= {"DATABASE_URL": "sqlite://", "FRONTDESK_SECRET": "s", "FRONTDESK_INTERNAL_SECRET": "i"}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, timeout=60)
