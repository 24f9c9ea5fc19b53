"""What is kept, for how long, and for whom."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge import errors
from bridge.errors import Stale
from bridge.model.helpdesk import NewTicket
from bridge.model.identity import Claim
from bridge.resilience.context import CallContext, calling
from bridge.resilience.guard import Guards
from bridge.settings.resilience import Resilience
from bridge.testing.clock import SettableClock
from tests.resilience.conftest import SECRET, Bench, System

ANN, BOB = Claim(email="ann@example.test"), Claim(email="bob@example.test")
TICKET = NewTicket("Broken", "It is broken", "ann@example.test")
DOWN = errors.UnavailableError("down")
FRESH = {"find_ticket": {"fresh_seconds": 60, "stale_hours": 2}, "find_order": {"fresh_seconds": 60, "stale_hours": 2}}
MakeBench = Callable[..., Bench]


@pytest.fixture
def fresh(make_bench: MakeBench) -> Bench:
    return make_bench(tries=1, cache=FRESH)


def stale(ask: Callable[[], Any], bench: Bench, error: errors.BridgeError = DOWN) -> Stale | None:
    """Ask while the system is down, and return what came with the error."""
    bench.system.then(error)
    with pytest.raises(errors.UnavailableError) as raised:
        ask()
    return raised.value.stale


def test_without_a_time_to_be_fresh_every_question_is_asked(bench: Bench) -> None:
    assert [bench.shop.find_order("1001", ANN) for _ in range(2)] == ["answer 1", "answer 2"]


def test_a_fresh_answer_is_given_at_once_until_it_is_not_fresh(fresh: Bench) -> None:
    assert fresh.shop.find_order("1001", ANN) == "answer 1"
    fresh.clock.forward(59)
    assert fresh.shop.find_order("1001", ANN) == "answer 1"
    fresh.clock.forward(1)
    assert fresh.shop.find_order("1001", ANN) == "answer 2"
    assert fresh.metric("backend_cache_total", kind="fresh") == 1
    assert fresh.metric("backend_cache_total", kind="miss") == 2
    assert [row["attempts"] for row in fresh.audited()] == [1, 0, 1]


def test_who_heard_of_a_change_is_given_no_fresh_answer_and_renews_it(fresh: Bench) -> None:
    assert fresh.shop.find_order("1001", ANN) == "answer 1"
    with calling(CallContext(fresh=True)):
        assert fresh.shop.find_order("1001", ANN) == "answer 2"
    assert fresh.shop.find_order("1001", ANN) == "answer 2"


def test_when_the_system_is_down_the_last_answer_comes_with_its_time(make_bench: MakeBench) -> None:
    bench = make_bench(tries=1)
    as_of = bench.clock.utc()
    bench.shop.find_order("1001", ANN)
    bench.clock.forward(3600)
    for error in (DOWN, errors.BusyError("slow down", retry_after=99)):
        assert stale(lambda: bench.shop.find_order("1001", ANN), bench, error) == Stale("answer 1", as_of)
    assert as_of == bench.clock.utc() - timedelta(hours=1)


def test_the_last_answer_comes_when_nothing_is_sent_either(make_bench: MakeBench) -> None:
    bench = make_bench(tries=1, breaker_failures=1)
    bench.shop.find_order("1001", ANN)
    as_of = bench.clock.utc()
    assert stale(lambda: bench.shop.find_order("1001", ANN), bench) == Stale("answer 1", as_of)
    assert stale(lambda: bench.shop.find_order("1001", ANN), bench) == Stale("answer 1", as_of)  # breaker open
    with calling(CallContext(deadline=bench.clock.utc())):
        assert stale(lambda: bench.shop.find_order("1001", ANN), bench) == Stale("answer 1", as_of)
    assert len(bench.system.calls) == 2


def test_an_answer_grows_too_old(fresh: Bench) -> None:
    fresh.shop.find_order("1001", ANN)
    fresh.clock.forward(2 * 3600)
    assert stale(lambda: fresh.shop.find_order("1001", ANN), fresh)
    fresh.clock.forward(1)
    assert stale(lambda: fresh.shop.find_order("1001", ANN), fresh) is None


def test_an_operation_that_is_not_named_is_not_kept(bench: Bench) -> None:
    bench.desk.find_ticket_by_key("k")
    assert stale(lambda: bench.desk.find_ticket_by_key("k"), bench, errors.BusyError("", 99)) is None


def test_what_is_gone_is_not_shown_any_more(bench: Bench) -> None:
    bench.shop.find_order("1001", ANN)
    bench.system.then(errors.NotFoundError("no"))
    with pytest.raises(errors.NotFoundError):
        bench.shop.find_order("1001", ANN)
    assert stale(lambda: bench.shop.find_order("1001", ANN), bench, errors.BusyError("", 99)) is None


def test_after_a_write_nothing_is_fresh(fresh: Bench) -> None:
    with calling(CallContext("c1")):
        fresh.desk.find_ticket("T-1", ANN)
    with calling(CallContext("c2")):
        fresh.desk.create_ticket(TICKET, "k")
    assert fresh.desk.find_ticket("T-1", ANN) == "answer 3"


def test_a_write_ends_what_its_own_conversation_saw_and_leaves_other_domains(fresh: Bench) -> None:
    with calling(CallContext("c1")):
        fresh.desk.find_ticket("T-1", ANN)
        fresh.shop.find_order("1001", ANN)
        fresh.desk.add_comment("1", "Hello", "k")
        assert stale(lambda: fresh.desk.find_ticket("T-1", ANN), fresh) is None
        assert fresh.shop.find_order("1001", ANN) == "answer 2"


def test_a_write_that_failed_may_have_happened(fresh: Bench) -> None:
    fresh.desk.find_ticket("T-1", ANN)
    fresh.system.then(errors.OutcomeUnknownError("cut"), None)  # and reading it back finds nothing
    with pytest.raises(errors.OutcomeUnknownError):
        fresh.desk.add_comment("1", "Hello", "k")
    assert fresh.desk.find_ticket("T-1", ANN) == "answer 4"


def test_what_was_read_around_a_write_is_not_kept(fresh: Bench) -> None:
    gate, inside = threading.Event(), threading.Event()

    def before_the_write() -> str:
        inside.set()
        assert gate.wait(30)
        return "old"

    fresh.system.then(before_the_write)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(fresh.desk.find_ticket, "T-1", ANN)
        assert inside.wait(10)
        fresh.desk.add_comment("1", "Hello", "k")
        gate.set()
        assert reading.result(10) == "old"
    assert fresh.desk.find_ticket("T-1", ANN) == "answer 3"


def test_nobody_can_change_what_is_kept(fresh: Bench) -> None:
    fresh.system.then({"status": "sent"})
    fresh.shop.find_order("1001", ANN)["status"] = "lost"
    fresh.shop.find_order("1001", ANN)["status"] = "lost"
    assert fresh.shop.find_order("1001", ANN) == {"status": "sent"}


def test_arguments_may_be_named_or_left_out(make_bench: MakeBench) -> None:
    bench = make_bench(cache={"search_products": {"fresh_seconds": 60}})
    assert bench.shop.search_products("shirt") == "answer 1"
    assert bench.shop.search_products(limit=5, text="shirt") == "answer 1"
    assert bench.shop.search_products("shirt", 6) == "answer 2"


def test_there_is_a_limit_and_the_longest_unasked_goes(sqlite_engine: sa.engine.Engine, clock: SettableClock) -> None:
    settings = Resilience(defaults={"cache": FRESH}, cache_entries=2)
    guards, system = Guards(settings, sqlite_engine, SECRET, clock), System()
    shop = guards.guarded(system, "commerce")
    for number in ("1", "2", "1", "3"):
        shop.find_order(number, ANN)
    assert len(guards._kit.store) == 2
    assert [shop.find_order(number, ANN) for number in ("1", "3")] == ["answer 1", "answer 3"]
    assert shop.find_order("2", ANN) == "answer 4"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("1001", "1002")),
            st.builds(Claim, email=st.sampled_from((None, "ann@example.test", "bob@example.test")))
            | st.builds(Claim, postcode=st.sampled_from(("10115", "10117"))),
            st.sampled_from(("up", "down")),
            st.floats(0, 90),
        ),
        max_size=15,
    )
)
def test_nobody_is_given_another_questions_answer(
    make_bench: MakeBench, questions: list[tuple[str, Claim, str, float]]
) -> None:
    bench = make_bench(tries=1, breaker_failures=1000, cache=FRESH)
    for number, claim, state, pause in questions:
        bench.clock.forward(pause)
        bench.system.script.clear()
        bench.system.then((number, claim) if state == "up" else DOWN)
        given = None
        try:
            given = bench.shop.find_order(number, claim)
        except errors.UnavailableError as error:
            given = error.stale.value if error.stale else None
        assert given in (None, (number, claim))
        assert given or state == "down"
