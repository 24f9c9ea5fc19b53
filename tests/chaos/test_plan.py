"""The plan is all that a seed decides, and it is always the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.testing.faults import parse
from tests.chaos.plan import HEALTHY, KILLS_PER_HUNDRED, TROUBLES, Write, draw


@given(seed=st.integers(0, 10**9), writes=st.integers(1, 60))
def test_a_seed_gives_one_plan(seed: int, writes: int) -> None:
    plan = draw(seed, writes)
    assert plan == draw(seed, writes)
    assert plan.writes == writes
    tags = [step.tag for talk in plan.talks for step in talk.steps if isinstance(step, Write)]
    assert len(set(tags)) == writes
    assert {kill.target for kill in plan.kills} == set(KILLS_PER_HUNDRED)
    assert all(kill.after < writes for kill in plan.kills)


@given(seed=st.integers(0, 10**9), writes=st.integers(10, 120))
def test_systems_fail_and_are_well_again_in_turn(seed: int, writes: int) -> None:
    flaps = draw(seed, writes).flaps
    assert flaps
    assert [flap.faults == HEALTHY for flap in flaps] == [bool(place % 2) for place in range(len(flaps))]
    assert flaps[-1].faults == HEALTHY
    assert flaps[-1].after < writes
    assert [flap.after for flap in flaps] == sorted(flap.after for flap in flaps)


def test_every_trouble_can_be_made() -> None:
    for trouble in TROUBLES:
        assert parse(trouble)


def test_another_seed_gives_another_plan() -> None:
    assert draw(1, 50) != draw(2, 50)
