"""When a system is left alone, when it is tried again, and who is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bridge import errors
from bridge.model.identity import Claim
from bridge.storage.engine import open_engine
from bridge.testing.clock import SettableClock
from tests.resilience.conftest import Bench

ANN = Claim(email="ann@example.test")
DOWN = errors.UnavailableError("down")
BAD = (DOWN, errors.ProtocolError("HTML"), errors.CredentialsError("401"), errors.OutcomeUnknownError("cut"))
GOOD = (errors.NotFoundError("no"), errors.InvalidError("x", "no"), errors.ConflictError("no"))
MakeBench = Callable[..., Bench]


@pytest.fixture
def once(make_bench: MakeBench) -> Bench:
    """Return a system whose calls are tried once, so that one call is one failure."""
    return make_bench(tries=1)


def fail(bench: Bench, times: int, error: errors.BridgeError = DOWN) -> None:
    for _ in range(times):
        bench.system.then(error)
        with pytest.raises(type(error)):
            bench.shop.find_order("1001", ANN)


def refused(bench: Bench) -> bool:
    before = len(bench.system.calls)
    with pytest.raises(errors.UnavailableError, match="left alone"):
        bench.shop.find_order("1001", ANN)
    return len(bench.system.calls) == before


@pytest.mark.parametrize("error", BAD, ids=lambda error: type(error).__name__)
def test_five_failures_open_it_and_the_sixth_call_is_not_sent(once: Bench, error: errors.BridgeError) -> None:
    fail(once, 5, error)
    assert refused(once)
    assert once.opened == [("acme", "find_order")]
    assert once.metric("backend_breaker_state", operation="find_order") == 2
    assert once.metric("backend_breaker_opened_total") == 1
    assert once.metric("backend_seconds_count", outcome="paused") == 1
    assert [row["outcome"] for row in once.audited()][-1] == "paused"


@pytest.mark.parametrize("error", GOOD, ids=lambda error: type(error).__name__)
def test_an_answer_that_is_a_no_is_a_sign_of_health(once: Bench, error: errors.BridgeError) -> None:
    fail(once, 4)
    fail(once, 1, error)
    fail(once, 4)
    assert once.metric("backend_breaker_state", operation="find_order") == 0


def test_a_system_that_asks_for_a_pause_is_neither_well_nor_ill(once: Bench) -> None:
    fail(once, 4)
    fail(once, 20, errors.BusyError("slow down", retry_after=60))
    assert once.opened == []
    fail(once, 1)
    assert once.opened == [("acme", "find_order")]


def test_a_call_with_its_retries_is_one_failure(bench: Bench) -> None:
    for _ in range(4):
        bench.system.then(DOWN, DOWN, DOWN)
        with pytest.raises(errors.UnavailableError):
            bench.shop.find_order("1001", ANN)
    assert bench.opened == []


def test_a_call_that_hangs_is_a_failure(make_bench: MakeBench) -> None:
    bench = make_bench(breaker_failures=1)
    bench.system.then(lambda: bench.clock.sleep(300))
    with pytest.raises(errors.UnavailableError, match="no answer"):
        bench.shop.find_order("1001", ANN)
    assert refused(bench)


def test_other_operations_go_on(once: Bench) -> None:
    fail(once, 5)
    assert once.shop.search_products("shirt") == "answer 6"


def test_after_the_pause_one_good_call_closes_it(once: Bench) -> None:
    fail(once, 5)
    once.clock.forward(29.9)
    assert refused(once)
    once.clock.forward(0.1)
    assert once.shop.find_order("1001", ANN) == "answer 6"
    assert once.metric("backend_breaker_state", operation="find_order") == 0
    fail(once, 4)
    assert len(once.opened) == 1


def test_after_the_pause_one_bad_call_opens_it_again_without_a_second_alarm(once: Bench) -> None:
    fail(once, 5)
    once.clock.forward(30)
    fail(once, 1)
    assert refused(once)
    once.clock.forward(29)
    assert refused(once)
    assert len(once.opened) == 1
    assert once.metric("backend_breaker_opened_total") == 2


def test_only_one_of_many_probes(once: Bench) -> None:
    fail(once, 5)
    once.clock.forward(30)
    gate, inside = threading.Event(), threading.Event()

    def answer() -> str:
        inside.set()
        assert gate.wait(30)
        return "well again"

    once.system.then(answer)
    with ThreadPoolExecutor(1) as pool:
        probe = pool.submit(once.shop.find_order, "1001", ANN)
        assert inside.wait(10)
        assert once.metric("backend_breaker_state", operation="find_order") == 1
        assert all(refused(once) for _ in range(10))
        gate.set()
        assert probe.result(10) == "well again"
    assert once.shop.find_order("1001", ANN) == "answer 7"


def test_a_probe_without_a_verdict_leaves_room_for_the_next(once: Bench) -> None:
    fail(once, 5)
    once.clock.forward(30)
    fail(once, 1, errors.BusyError("slow down", retry_after=60))
    assert once.shop.find_order("1001", ANN) == "answer 7"


def test_what_began_before_it_opened_tells_nothing_of_now(once: Bench) -> None:
    gate, inside = threading.Event(), threading.Event()

    def old_answer() -> str:
        inside.set()
        assert gate.wait(30)
        return "old"

    once.system.then(old_answer)
    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(once.shop.find_order, "1001", ANN)
        assert inside.wait(10)
        fail(once, 5)
        gate.set()
        assert old.result(10) == "old"
    assert refused(once)


def test_an_alarm_that_fails_fails_no_call(once: Bench) -> None:
    def break_down(*_: str) -> None:
        raise RuntimeError("no network")

    once.guards._kit.__dict__["on_open"] = break_down
    fail(once, 5)
    assert refused(once)


def test_calls_do_not_wait_for_each_other(once: Bench) -> None:
    together = threading.Barrier(8)
    once.system.then(*[lambda: together.wait(10)] * 8)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(once.shop.find_order, "1001", ANN) for _ in range(8)]
        assert sorted(call.result(10) for call in calls) == list(range(8))


def test_many_that_fail_at_once_open_it_once(once: Bench) -> None:
    together = threading.Barrier(32)

    def all_at_once() -> None:
        together.wait(10)
        raise DOWN

    once.system.then(*[all_at_once] * 32)
    with ThreadPoolExecutor(32) as pool:
        calls = [pool.submit(once.shop.find_order, "1001", ANN) for _ in range(32)]
        assert {str(call.exception(10)) for call in calls} == {"down"}
    assert refused(once)
    assert once.opened == [("acme", "find_order")]
    assert once.metric("backend_breaker_opened_total") == 1


def test_many_that_come_after_the_pause_send_one_probe(once: Bench) -> None:
    for _ in range(5):
        fail(once, 5)
        once.clock.forward(30)
        sent, together = len(once.system.calls), threading.Barrier(16)
        gate = threading.Event()

        def answer(gate: threading.Event = gate) -> str:
            assert gate.wait(30)
            return "well"

        def ask(together: threading.Barrier = together) -> str:
            together.wait(10)
            return str(once.shop.find_order("1001", ANN))

        once.system.then(answer)
        with ThreadPoolExecutor(16) as pool:
            calls = [pool.submit(ask) for _ in range(16)]
            done = as_completed(calls, timeout=30)
            errors_seen = [next(done).exception() for _ in range(15)]
            gate.set()
            assert next(done).result() == "well"
        assert all("left alone" in str(error) for error in errors_seen)
        assert len(once.system.calls) == sent + 1


class BreakerMachine(RuleBasedStateMachine):
    """Compare the breaker with a model of three lines."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(open_engine("sqlite://"), SettableClock(), tries=1, breaker_failures=3)
        self.bench.guards._kit.audit._add = lambda row: None  # there is no table here
        self.failures, self.open_until = 0, 0.0

    @property
    def is_open(self) -> bool:
        return self.failures >= 3 and self.bench.clock.monotonic() < self.open_until

    @rule(error=st.sampled_from((None, *BAD, *GOOD)))
    def call(self, error: errors.BridgeError | None) -> None:
        was_open, sent = self.is_open, len(self.bench.system.calls)
        if not was_open:
            self.bench.system.then("fine" if error is None else error)
        said = "fine"
        try:
            assert self.bench.shop.find_order("1001", ANN) == "fine"
        except errors.BridgeError as raised:
            said = str(raised)
        assert ("left alone" in said) == was_open
        assert (said == "fine") == (error is None and not was_open)
        assert (len(self.bench.system.calls) == sent) == was_open
        if was_open:
            return
        self.failures = self.failures + 1 if error in BAD else 0
        if self.failures >= 3:
            self.open_until = self.bench.clock.monotonic() + 30

    @rule(seconds=st.sampled_from((1.0, 15.0, 29.0, 30.0)))
    def wait(self, seconds: float) -> None:
        self.bench.clock.forward(seconds)

    @invariant()
    def the_alarm_was_raised_while_it_fails(self) -> None:
        if self.failures >= 3:
            assert self.bench.opened

    def teardown(self) -> None:
        self.bench.clock.release()
        self.bench.engine.dispose()


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(
    max_examples=25, stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow]
)
