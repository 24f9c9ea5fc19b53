"""An answer that comes when its caller has left is heard all the same; what a write did is not known by it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from bridge import errors
from bridge.model.identity import Claim
from bridge.resilience.context import CallContext, calling
from tests.resilience.conftest import Bench

ANN = Claim(email="ann@example.test")


class Ear:
    """Hear late answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self._came = threading.Event()

    def __call__(self, conversation_id: str, value: Any) -> None:
        self.heard.append((conversation_id, value))
        self._came.set()

    def wait(self) -> None:
        assert self._came.wait(10)


@pytest.fixture
def ear() -> Ear:
    return Ear()


def abandoned(bench: Bench, seconds: float, ending: Any) -> errors.UnavailableError:
    """Ask for an order, leave after 4 seconds, and return what the caller was told."""

    def answer_late() -> Any:
        bench.clock.sleep(seconds)
        if isinstance(ending, BaseException):
            raise ending
        return ending

    bench.system.then(answer_late)
    asked = CallContext("c1", deadline=bench.clock.utc() + timedelta(seconds=4))
    with calling(asked), pytest.raises(errors.UnavailableError) as caught:
        bench.shop.find_order("1001", ANN)
    return caught.value


def test_a_late_answer_is_heard_with_the_conversation_it_is_for(bench: Bench, ear: Ear) -> None:
    error = abandoned(bench, 20, "shipped")
    assert error.later is not None
    error.later(ear)
    assert ear.heard == []
    bench.clock.forward(20)
    ear.wait()
    assert ear.heard == [("c1", "shipped")]


def test_an_answer_that_came_before_anybody_listened_is_heard_too(bench: Bench, ear: Ear) -> None:
    error = abandoned(bench, 20, "shipped")
    bench.clock.forward(20)
    bench.shop.search_products("tee")
    assert error.later is not None
    error.later(ear)
    ear.wait()
    assert ear.heard == [("c1", "shipped")]


def test_a_late_failure_is_not_heard_and_not_tried_again(bench: Bench, ear: Ear) -> None:
    error = abandoned(bench, 20, errors.UnavailableError("down"))
    assert error.later is not None
    error.later(ear)
    bench.clock.forward(20)
    bench.shop.search_products("tee")
    assert ear.heard == []
    assert bench.system.called("find_order") == 1


def test_a_listener_that_breaks_hurts_no_later_call(bench: Bench, ear: Ear) -> None:
    error = abandoned(bench, 20, "shipped")
    assert error.later is not None

    def break_down(conversation_id: str, value: Any) -> None:
        ear(conversation_id, value)
        raise RuntimeError("no")

    error.later(break_down)
    bench.clock.forward(20)
    ear.wait()
    assert bench.shop.search_products("tee") == "answer 2"


def test_a_write_has_no_late_answer(bench: Bench) -> None:
    # Its truth is told by the outbox, which looks before it writes.
    bench.system.then(lambda: bench.clock.sleep(300))
    with pytest.raises(errors.OutcomeUnknownError) as caught:
        bench.desk.create_ticket("ticket", "k")
    assert caught.value.later is None


def test_a_call_that_failed_in_time_has_no_late_answer(bench: Bench) -> None:
    bench.system.then(*[errors.UnavailableError("down")] * 3)
    with pytest.raises(errors.UnavailableError) as caught:
        bench.shop.find_order("1001", ANN)
    assert caught.value.later is None
