"""What happens to callers of a slow system: they leave in time, and nothing grows behind them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge import errors
from bridge.model.helpdesk import NewTicket
from bridge.model.identity import Claim, Level
from bridge.resilience import context
from bridge.resilience.bulkhead import Bulkhead
from bridge.resilience.clock import SystemClock
from bridge.resilience.context import CallContext, calling
from bridge.resilience.guard import Guards
from bridge.settings.resilience import Resilience
from tests.resilience.conftest import SECRET, Bench, System

ANN = Claim(email="ann@example.test")
TICKET = NewTicket("Broken", "It is broken", "ann@example.test")
MakeBench = Callable[..., Bench]


def test_a_read_that_hangs_is_given_up_in_time(bench: Bench) -> None:
    bench.system.then(lambda: bench.clock.sleep(300))
    with pytest.raises(errors.UnavailableError, match="no answer in time") as raised:
        bench.shop.find_order("1001", ANN)
    assert type(raised.value) is errors.UnavailableError
    assert bench.clock.monotonic() == 15


def test_a_write_that_hangs_is_unknown(bench: Bench) -> None:
    bench.system.then(lambda: bench.clock.sleep(300))
    with pytest.raises(errors.OutcomeUnknownError):
        bench.desk.create_ticket(TICKET, "k")
    assert len(bench.system.calls) == 1


def test_a_write_whose_read_back_hangs_is_unknown(bench: Bench) -> None:
    bench.system.then(errors.OutcomeUnknownError("cut"), lambda: bench.clock.sleep(300))
    with pytest.raises(errors.OutcomeUnknownError):
        bench.desk.create_ticket(TICKET, "k")
    assert bench.system.called("create_ticket") == 1


def test_without_time_nothing_is_sent(bench: Bench) -> None:
    now = CallContext(deadline=bench.clock.utc())
    with calling(now), pytest.raises(errors.UnavailableError, match="no time") as raised:
        bench.desk.create_ticket(TICKET, "k")
    assert type(raised.value) is errors.UnavailableError
    assert bench.system.calls == []


def test_an_attempt_does_not_begin_behind_its_callers_back(bench: Bench) -> None:
    # The caller leaves during the first attempt; what the worker finds then must not make it send a second.
    ended = threading.Event()

    def fail_late() -> None:
        bench.clock.sleep(300)
        ended.set()
        raise errors.UnavailableError("down")

    bench.system.then(fail_late)
    with pytest.raises(errors.OutcomeUnknownError):
        bench.desk.create_ticket(TICKET, "k")
    bench.clock.forward(300)
    assert ended.wait(10)
    free(bench)
    assert len(bench.system.calls) == 1


def test_adapters_see_who_asks_and_until_when(bench: Bench) -> None:
    asked = CallContext("c1", Level.VERIFIED, bench.clock.utc() + timedelta(seconds=9), "m-1")
    seen: list[CallContext] = []
    bench.system.then(lambda: seen.append(context.current()))
    with calling(asked):
        bench.shop.find_order("1001", ANN)
    assert seen == [asked]
    bench.system.then(lambda: seen.append(context.current()))
    bench.shop.find_order("1002", ANN)
    assert seen[1] == CallContext(deadline=bench.clock.utc() + timedelta(seconds=15))
    assert context.current() == CallContext()


def test_a_person_is_never_given_more_time_than_the_system(make_bench: MakeBench) -> None:
    bench = make_bench(deadline_seconds=2)
    bench.system.then(lambda: bench.clock.sleep(300))
    in_an_hour = CallContext(deadline=bench.clock.utc() + timedelta(hours=1))
    with calling(in_an_hour), pytest.raises(errors.UnavailableError):
        bench.shop.find_order("1001", ANN)
    assert bench.clock.monotonic() == 2


def free(bench: Bench) -> None:
    """Wait until no slot is taken."""
    lane = lane_of(bench)
    with lane._condition:
        assert lane._condition.wait_for(lambda: lane._taken == 0, 10)


def lane_of(bench: Bench) -> Bulkhead:
    return bench.guards._bulkheads["acme"]


def held(bench: Bench, count: int, pool: ThreadPoolExecutor) -> tuple[threading.Event, list[Any]]:
    """Take so many slots with calls that last until the event."""
    gate, inside = threading.Event(), threading.Semaphore(0)

    def hold() -> str:
        inside.release()
        assert gate.wait(30)
        return "held"

    bench.system.then(*[hold] * count)
    calls = [pool.submit(bench.shop.find_order, str(number), ANN) for number in range(count)]
    for _ in calls:
        assert inside.acquire(timeout=10)
    return gate, calls


def test_a_slot_stays_taken_until_the_system_is_really_done(make_bench: MakeBench) -> None:
    bench = make_bench(bulkhead=2)
    with ThreadPoolExecutor(8) as pool:
        gate, calls = held(bench, 2, pool)
        bench.clock.until_waiting(2)
        bench.clock.forward(15)
        for call in calls:
            with pytest.raises(errors.UnavailableError):
                call.result(10)
        assert lane_of(bench).in_use == 2
        assert bench.metric("backend_bulkhead_in_use", system="acme") == 2
        gate.set()
        free(bench)
        assert bench.shop.find_order("1001", ANN) == "answer 3"


def test_a_full_bulkhead_says_busy_at_the_deadline_and_sends_nothing(make_bench: MakeBench) -> None:
    bench = make_bench(bulkhead=2)
    with ThreadPoolExecutor(8) as pool:
        gate, calls = held(bench, 2, pool)
        bench.clock.forward(1)
        late = pool.submit(bench.desk.create_ticket, TICKET, "k")
        bench.clock.until_waiting(3)
        assert bench.metric("backend_bulkhead_waiting") == 1
        bench.clock.forward(14)
        for call in calls:
            with pytest.raises(errors.UnavailableError, match="no answer"):
                call.result(10)
        bench.clock.forward(1)
        with pytest.raises(errors.BusyError, match="busy"):
            late.result(10)
        gate.set()
        free(bench)
    assert bench.system.called("create_ticket") == 0
    assert bench.metric("backend_bulkhead_waiting") == 0
    assert bench.metric("backend_seconds_count", outcome="busy") == 1


def test_whoever_waits_gets_a_slot_that_comes_free(make_bench: MakeBench) -> None:
    bench = make_bench(bulkhead=1)
    with ThreadPoolExecutor(4) as pool:
        gate, (first,) = held(bench, 1, pool)
        second = pool.submit(bench.shop.find_order, "1002", ANN)
        bench.clock.until_waiting(2)
        gate.set()
        assert (first.result(10), second.result(10)) == ("held", "answer 2")
    assert lane_of(bench).threads == 1


def test_domains_of_one_system_share_its_slots_and_systems_do_not(make_bench: MakeBench) -> None:
    bench = make_bench(bulkhead=1)
    other = System()
    other.system = "other"
    guarded = bench.guards.guarded(other, "helpdesk")
    with ThreadPoolExecutor(4) as pool:
        gate, _ = held(bench, 1, pool)
        assert guarded.find_ticket("T-1", ANN) == "answer 1"
        waiting = pool.submit(bench.desk.find_ticket, "T-1", ANN)
        bench.clock.until_waiting(2)
        assert not waiting.done()
        gate.set()
        assert waiting.result(10) == "answer 2"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 6), callers=st.integers(1, 24), repeats=st.integers(1, 5))
def test_there_are_never_more_calls_than_slots(sqlite_engine: Any, size: int, callers: int, repeats: int) -> None:
    guards = Guards(Resilience(defaults={"bulkhead": size}), sqlite_engine, SECRET, SystemClock())
    lock, counts = threading.Lock(), {"inside": 0, "most": 0}
    barrier = threading.Barrier(callers)

    def answer() -> str:
        with lock:
            counts["inside"] += 1
            counts["most"] = max(counts["most"], counts["inside"])
        with lock:
            counts["inside"] -= 1
        return "ok"

    system = System()
    system.then(*[answer] * callers * repeats)
    shop = guards.guarded(system, "commerce")

    def call_often() -> list[str]:
        barrier.wait(10)
        return [shop.find_order(str(n), ANN) for n in range(repeats)]

    with ThreadPoolExecutor(callers) as pool:
        results = [future.result(30) for future in [pool.submit(call_often) for _ in range(callers)]]
    assert results == [["ok"] * repeats] * callers
    assert counts["most"] <= size
    assert guards._bulkheads["acme"].threads <= size
    assert guards._bulkheads["acme"].in_use == 0


def test_a_machine_without_threads_is_busy_and_gives_the_slot_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(errors.BusyError, match="no thread"):
            bench.shop.find_order("1001", ANN)
    assert (lane_of(bench).in_use, lane_of(bench).threads) == (0, 0)
    assert bench.shop.find_order("1001", ANN) == "answer 1"


def test_idle_workers_end(bench: Bench) -> None:
    workers: list[threading.Thread] = []
    bench.system.then(lambda: workers.append(threading.current_thread()))
    bench.shop.find_order("1001", ANN)
    (worker,) = workers
    worker.join(10)
    assert not worker.is_alive()
    assert lane_of(bench).threads == 0
    assert bench.shop.find_order("1001", ANN) == "answer 2"
