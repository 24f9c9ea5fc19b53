"""Lines of Rasa's log name the message they are about, and hold nothing that a caller made up."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import structlog

from bridge.conversation.turns import CORRELATION_HEADER
from scripts.rasa_server import name_records, name_turn, naming, remember_kinds


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Log as Rasa does: some lines by the standard library, some rendered by structlog before."""
    factory, written, logger = logging.getLogRecordFactory(), io.StringIO(), logging.getLogger("test.rasa")
    handler = logging.StreamHandler(written)
    logger.addHandler(handler)
    name_records()
    yield written
    logging.setLogRecordFactory(factory)
    logger.removeHandler(handler)
    structlog.contextvars.clear_contextvars()


async def turn(name: str | None) -> None:
    await name_turn(SimpleNamespace(headers={} if name is None else {CORRELATION_HEADER: name}))
    logging.getLogger("test.rasa").warning("100 %% of %s", "actions")
    bound = structlog.contextvars.get_contextvars()
    logging.getLogger("test.rasa").warning("rendered correlation=%s", bound.get("correlation"))
    logging.getLogger("test.rasa").warning(f"rendered correlation={bound.get('correlation')}")


async def test_every_line_of_a_turn_names_its_message_once(log: io.StringIO) -> None:
    await turn("message-17")
    assert log.getvalue().splitlines() == [
        "message-17: 100 % of actions",
        "message-17: rendered correlation=message-17",
        "rendered correlation=message-17",
    ]


@pytest.mark.parametrize("name", [None, "", "message-", "message-1x", "x message-1", "message-1" + "0" * 30])
async def test_a_request_without_a_name_of_ours_has_none_also_after_one_that_had(
    log: io.StringIO, name: str | None
) -> None:
    await name_turn(SimpleNamespace(headers={CORRELATION_HEADER: "message-17"}))
    await turn(name)
    assert "message" not in log.getvalue()


def test_the_application_gets_it_in_front_of_every_request() -> None:
    registered: list[tuple[object, str]] = []
    app = SimpleNamespace(register_middleware=lambda *what: registered.append(what))
    assert naming(lambda **_: app)(auth_token="hush") is app
    assert registered == [(name_turn, "request")]


def test_a_kind_of_event_is_looked_up_once_and_unknown_ones_fail_as_before() -> None:
    asked: list[tuple[str, object]] = []

    class Event:
        @staticmethod
        def resolve_by_type(type_name: str, default: object = None) -> object:
            asked.append((type_name, default))
            if type_name == "unknown":
                raise ValueError(type_name)
            return default or Event

    remember_kinds(Event)
    assert [Event.resolve_by_type("user"), Event.resolve_by_type("user", int), Event.resolve_by_type("user")] == [
        Event,
        int,
        Event,
    ]
    assert asked == [("user", None), ("user", int)]
    for _ in range(2):
        with pytest.raises(ValueError, match="unknown"):
            Event.resolve_by_type("unknown")
