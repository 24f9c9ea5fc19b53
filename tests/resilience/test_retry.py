"""What is tried again, how often, when, and what is read back instead."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge import errors
from bridge.model.crm import Interaction, NewLead
from bridge.model.helpdesk import NewTicket
from bridge.model.identity import Claim
from bridge.resilience.context import CallContext, calling
from bridge.testing.clock import SettableClock
from tests.resilience.conftest import Bench

ANN = Claim(email="ann@example.test")
TICKET = NewTicket("Broken", "It is broken", "ann@example.test")
LEAD = NewLead("ann@example.test", "Ann", "Tents")
TALK = Interaction("Chat", "Asked for tents", datetime(2026, 1, 20, tzinfo=timezone.utc))
DOWN = errors.UnavailableError("down")
FINAL = (
    errors.NotFoundError("no"),
    errors.InvalidError("number", "no"),
    errors.ConflictError("no"),
    errors.UnsupportedError("no"),
    errors.CredentialsError("no"),
)


def test_a_read_is_tried_again(bench: Bench) -> None:
    bench.system.then(DOWN, DOWN, "order")
    assert bench.shop.find_order("1001", ANN) == "order"
    assert bench.system.called("find_order") == 3
    assert bench.metric("backend_retries_total", operation="find_order") == 2
    assert bench.metric("backend_attempt_seconds_count", outcome="unavailable") == 2
    assert bench.metric("backend_attempt_seconds_count", outcome="ok") == 1
    assert bench.metric("backend_seconds_count") == 1


def test_there_is_an_end_to_trying(bench: Bench) -> None:
    bench.system.then(DOWN, DOWN, DOWN, "too late")
    with pytest.raises(errors.UnavailableError, match="down"):
        bench.shop.find_order("1001", ANN)
    assert bench.system.called("find_order") == 3
    assert 0 < bench.clock.monotonic() < 0.25 + 0.5


@pytest.mark.parametrize("error", [*FINAL, errors.ProtocolError("no")], ids=lambda error: type(error).__name__)
def test_an_answer_is_not_asked_for_again(bench: Bench, error: errors.BridgeError) -> None:
    bench.system.then(error)
    with pytest.raises(type(error)):
        bench.shop.find_order("1001", ANN)
    assert len(bench.system.calls) == 1


@pytest.mark.parametrize("error", FINAL, ids=lambda error: type(error).__name__)
def test_a_refused_write_is_not_sent_again(bench: Bench, error: errors.BridgeError) -> None:
    bench.system.then(error)
    with pytest.raises(type(error)):
        bench.desk.create_ticket(TICKET, "k")
    assert len(bench.system.calls) == 1


def test_a_write_that_surely_did_not_happen_is_tried_again_with_its_key(bench: Bench) -> None:
    bench.system.then(DOWN, "ticket")
    assert bench.desk.create_ticket(TICKET, key="k1") == "ticket"
    assert [args for _, args, _ in bench.system.calls] == [(TICKET, "k1")] * 2


def test_a_write_without_a_key_is_never_repeated(bench: Bench) -> None:
    bench.system.then(DOWN, "ticket")
    with pytest.raises(errors.UnavailableError):
        bench.desk.create_ticket(TICKET, "")
    assert len(bench.system.calls) == 1


@pytest.mark.parametrize("error", [errors.OutcomeUnknownError("cut"), errors.ProtocolError("HTML"), KeyError("id")])
def test_an_unknown_write_is_read_back_by_its_key(bench: Bench, error: Exception) -> None:
    bench.system.then(error, "the ticket")
    assert bench.desk.create_ticket(TICKET, "k1") == "the ticket"
    assert [(name, args) for name, args, _ in bench.system.calls] == [
        ("create_ticket", (TICKET, "k1")),
        ("find_ticket_by_key", ("k1",)),
    ]
    assert bench.metric("backend_read_backs_total", found="yes") == 1


@pytest.mark.parametrize("read_back", [None, errors.ProtocolError("HTML"), errors.NotFoundError("no")])
def test_an_unknown_write_that_is_not_found_stays_unknown(bench: Bench, read_back: object) -> None:
    bench.system.then(errors.OutcomeUnknownError("cut"), read_back)
    with pytest.raises(errors.OutcomeUnknownError):
        bench.desk.create_ticket(TICKET, "k1")
    assert bench.system.called("create_ticket") == 1


def test_the_reading_back_is_tried_again_too(bench: Bench) -> None:
    bench.system.then(errors.OutcomeUnknownError("cut"), DOWN, "the ticket")
    assert bench.desk.create_ticket(TICKET, "k1") == "the ticket"
    assert (bench.system.called("create_ticket"), bench.system.called("find_ticket_by_key")) == (1, 2)


WRITES: dict[str, tuple[Callable[[Bench], object], str, tuple[str, ...]]] = {
    "comment": (lambda bench: bench.desk.add_comment("17", "Please hurry", "k1"), "find_comment_by_key", ("17", "k1")),
    "lead": (lambda bench: bench.crm.create_lead(LEAD, key="k1"), "find_lead_by_key", ("k1",)),
    "talk": (lambda bench: bench.crm.log_interaction("3", TALK, "k1"), "find_interaction_by_key", ("3", "k1")),
}


@pytest.mark.parametrize(("write", "reading", "asked"), WRITES.values(), ids=list(WRITES))
def test_each_write_is_read_back_where_it_went(
    bench: Bench, write: Callable[[Bench], object], reading: str, asked: tuple[str, ...]
) -> None:
    bench.system.then(errors.OutcomeUnknownError("cut"), "what it made")
    assert write(bench) == "what it made"
    (_, last) = bench.system.calls
    assert last == (reading, asked, {})


def test_an_unknown_write_that_its_system_cannot_find_is_not_repeated(bench: Bench) -> None:
    bench.system.then(errors.OutcomeUnknownError("cut"), errors.UnsupportedError("no search"))
    with pytest.raises(errors.OutcomeUnknownError):
        bench.desk.add_comment("17", "Please hurry", "k1")
    assert bench.system.called("add_comment") == 1


def test_a_pause_that_was_asked_for_is_kept(bench: Bench) -> None:
    bench.system.then(errors.BusyError("slow down", retry_after=7), "order")
    assert bench.shop.find_order("1001", ANN) == "order"
    assert 7 <= bench.clock.monotonic() <= 7.25


@pytest.mark.parametrize("pause", [15, 3600, float("inf")])
def test_a_pause_beyond_the_deadline_is_told_at_once(bench: Bench, pause: float) -> None:
    bench.system.then(errors.BusyError("slow down", retry_after=pause))
    with pytest.raises(errors.BusyError) as raised:
        bench.shop.find_order("1001", ANN)
    assert raised.value.retry_after == pause
    assert (len(bench.system.calls), bench.clock.monotonic()) == (1, 0)


@pytest.mark.parametrize("pause", [0, -5, float("nan")])
def test_a_pause_that_is_none_is_replaced(bench: Bench, pause: float) -> None:
    bench.system.then(errors.BusyError("slow down", retry_after=pause), "order")
    assert bench.shop.find_order("1001", ANN) == "order"
    assert 0 <= bench.clock.monotonic() <= 0.25


def test_a_slip_of_an_adapter_says_where_and_not_what(bench: Bench) -> None:
    bench.system.then(KeyError("ann@example.test"))
    with pytest.raises(errors.ProtocolError, match=r"acme\.find_order: KeyError at conftest\.py:\d+$") as raised:
        bench.shop.find_order("1001", ANN)
    assert raised.value.__suppress_context__
    assert len(bench.system.calls) == 1


_TROUBLES = st.one_of(
    st.just(DOWN),
    st.builds(errors.BusyError, st.just("slow down"), st.floats(0, 40)),
    st.just(errors.OutcomeUnknownError("cut")),
    st.just(errors.ProtocolError("HTML")),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.floats(0, 20), _TROUBLES), max_size=12),
    tries=st.integers(1, 10),
    seconds=st.floats(0.1, 15),
    write=st.booleans(),
)
def test_no_call_outlasts_its_deadline_whatever_the_system_does(
    make_bench: Callable[..., Bench],
    steps: list[tuple[float, errors.BridgeError]],
    tries: int,
    seconds: float,
    write: bool,
) -> None:
    bench = make_bench(tries=tries, deadline_seconds=seconds)
    clock = bench.clock
    began = clock.monotonic()
    begins: list[float] = []

    def slow(pause: float, error: errors.BridgeError) -> Callable[[], None]:
        def act() -> None:
            begins.append(clock.monotonic())
            clock.sleep(pause)
            raise error

        return act

    bench.system.then(*(slow(*step) for step in steps))
    with suppress(errors.BridgeError):
        bench.desk.create_ticket(TICKET, "k") if write else bench.shop.find_order("1001", ANN)
    assert clock.monotonic() <= began + seconds + 1e-6
    end_what_was_left_behind(bench)
    assert all(at <= began + seconds for at in begins)
    assert bench.system.called("create_ticket") <= tries
    assert bench.system.called("find_order") <= tries


def end_what_was_left_behind(bench: Bench) -> None:
    """Let a call that its caller left end too: its jitter must not fall into the drawing of the next example."""
    bench.clock.forward(60)
    bulkhead = bench.guards._bulkheads["acme"]
    with bulkhead._condition:
        assert bulkhead._condition.wait_for(lambda: not bulkhead._taken, 10)


def test_the_persons_own_deadline_counts_where_it_is_nearer(bench: Bench, clock: SettableClock) -> None:
    bench.system.then(errors.BusyError("slow down", retry_after=5), "order")
    with calling(CallContext(deadline=clock.utc() + timedelta(seconds=4))), pytest.raises(errors.BusyError):
        bench.shop.find_order("1001", ANN)
