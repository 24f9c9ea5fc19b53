"""What a deployment may say about a system that is away."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.settings.schema import READS, UNKEPT, WRITES, Deployment

GOOD: dict[str, Any] = {"name": "Shop", "contact": {"phone": "1", "email": "help@example.test"}}


def refusal(degradation: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        Deployment(**GOOD, degradation=degradation)
    return str(refused.value)


def test_what_is_not_said_keeps_its_default() -> None:
    assert Deployment(**GOOD).degradation == {**READS, **WRITES, **UNKEPT}
    chosen = Deployment(**GOOD, degradation={"orders.track": ["contact"], "sales.create": []}).degradation
    assert chosen == {**READS, **WRITES, **UNKEPT, "orders.track": ("contact",), "sales.create": ()}


@pytest.mark.parametrize(
    ("degradation", "said"),
    [
        ({"order.track": ["contact"]}, "'order.track' is no operation; did you mean 'orders.track'?"),
        ({"payroll": ["contact"]}, "'payroll' is no operation; known: account.update, cart.check_out"),
        ({"orders.track": ["message"]}, "orders.track cannot use 'message'"),
        ({"tickets.create": ["stale"]}, "tickets.create cannot use 'stale'"),
        ({"orders.track": ["contact", "contact"]}, "orders.track names a way twice"),
        ({"cart.check_out": ["message"]}, "cart.check_out cannot use 'message': nobody waits for it"),
        ({"handoff.open": ["contact"]}, "handoff.open needs 'message'"),
        ({"orders.track": ["phone"]}, "unexpected value"),
        ({"orders.track": "contact"}, "not a valid tuple"),
        ({"orders.track": None}, "none is not an allowed value"),
        (["orders.track"], "not a valid dict"),
    ],
)
def test_a_wrong_way_is_named_with_its_operation(degradation: dict[str, Any], said: str) -> None:
    assert said in refusal(degradation)


@pytest.mark.parametrize("field", ["hours", "attempts", "longest_pause_seconds", "lease_seconds"])
@pytest.mark.parametrize("value", [0, -1, "soon"])
def test_limits_of_the_outbox_are_above_zero(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        Deployment(**GOOD, outbox={field: value})


def test_a_lease_outlives_the_calls_it_is_for() -> None:
    slow = {"systems": {"zendesk": {"deadline_seconds": 30}}}
    with pytest.raises(ValidationError, match="lease_seconds must be at least 90"):
        Deployment(**GOOD, resilience=slow)
    assert Deployment(**GOOD, resilience=slow, outbox={"lease_seconds": 90}).outbox.lease_seconds == 90
