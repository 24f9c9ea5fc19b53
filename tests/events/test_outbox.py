"""The outbox: one entry a key, one worker an entry, and a lease that ends with its worker."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import UnavailableError
from bridge.events.entries import Entry, State
from bridge.events.outbox import SETTLING, NewEntry, Outbox, nothing_else, settle
from bridge.storage.chat import conversations
from bridge.storage.engine import open_engine, writing
from bridge.storage.events import NOTICE
from tests.support.frontdesk import Clock


def nothing(_connection: sa.engine.Connection) -> None:
    """Do nothing more in a transaction."""


def claimed(outbox: Outbox, clock: Clock) -> Entry:
    """Claim the next entry, after as long a pause as there can be."""
    clock.forward(seconds=outbox.limits.longest_pause_seconds + SETTLING.total_seconds())
    entry = outbox.claim()
    assert entry is not None
    return entry


def state_of(outbox: Outbox, new: NewEntry) -> State:
    entry = outbox.find(new.key)
    assert entry is not None
    return entry.state


def test_the_same_key_is_the_same_entry(outbox: Outbox, new: NewEntry) -> None:
    outbox.keep(new, nothing)
    first = outbox.find(new.key)
    outbox.keep(replace(new, content={"other": "content"}), nothing)
    assert outbox.find(new.key) == first
    assert outbox.standing().counts == {State.WAITING: 1}


def test_what_belongs_together_is_kept_together_or_not_at_all(outbox: Outbox, new: NewEntry) -> None:
    def trouble(_connection: sa.engine.Connection) -> None:
        raise RuntimeError("the draft could not be consumed")

    with pytest.raises(RuntimeError):
        outbox.keep(new, trouble)
    assert outbox.find(new.key) is None


def test_a_database_that_takes_nothing_promises_nothing(new: NewEntry) -> None:
    engine = open_engine("sqlite://")  # without tables
    with pytest.raises(UnavailableError) as caught:
        Outbox(engine).keep(new, nothing)
    assert "ann@" not in str(caught.value)
    engine.dispose()


def test_no_two_workers_get_the_same_entry(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    for count in range(12):
        outbox.keep(replace(new, key=f"k{count}"), nothing)
    clock.forward(minutes=1)
    with ThreadPoolExecutor(6) as pool:
        got = [entry for entry in pool.map(lambda _: outbox.claim(), range(20)) if entry]
    # On PostgreSQL a worker may find the only row it looked at taken, and comes back for another.
    while entry := outbox.claim():
        got.append(entry)
    assert sorted(entry.key for entry in got) == sorted(f"k{count}" for count in range(12))
    assert len({entry.lease for entry in got}) == 12


def test_what_was_promised_goes_before_what_was_not(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    news = [NewEntry(f"k{number}", new.conversation_id, NOTICE, {}, at_once=True) for number in range(3)]
    for entry in news:
        outbox.keep(entry, nothing_else)
    clock.forward(seconds=1)
    outbox.keep(new, nothing_else)
    clock.forward(seconds=60)
    claimed = [outbox.claim() for _ in range(4)]
    assert [entry and entry.key for entry in claimed] == [new.key, "k0", "k1", "k2"]


def test_a_dead_workers_entry_comes_back_after_its_lease_and_not_before(
    outbox: Outbox, new: NewEntry, clock: Clock
) -> None:
    outbox.keep(new, nothing)
    first = claimed(outbox, clock)
    assert (first.attempts, first.unknown) == (1, False)
    clock.forward(seconds=outbox.limits.lease_seconds - 1)
    assert outbox.claim() is None
    clock.forward(seconds=1)
    second = outbox.claim()
    assert second is not None
    # Nobody knows how far the first one came.
    assert (second.key, second.attempts, second.unknown) == (first.key, 2, True)


@pytest.mark.parametrize(
    "late",
    [
        lambda outbox, entry: outbox.finish(entry, {"ticket": "T-1"}, pytest.fail),
        lambda outbox, entry: outbox.bury(entry, "no", pytest.fail),
        lambda outbox, entry: outbox.postpone(entry, "no", unknown=False),
    ],
    ids=["finish", "bury", "postpone"],
)
def test_a_worker_that_wakes_up_after_its_lease_changes_nothing(
    outbox: Outbox, new: NewEntry, clock: Clock, late: Callable[[Outbox, Entry], bool]
) -> None:
    outbox.keep(new, nothing)
    sleeper = claimed(outbox, clock)
    other = claimed(outbox, clock)
    assert late(outbox, sleeper) is False
    assert outbox.find(new.key) == other
    assert outbox.finish(other, {"ticket": "T-1"}, nothing) is True
    assert late(outbox, sleeper) is False
    assert state_of(outbox, new) is State.DONE


def test_when_it_is_done_and_told_the_content_is_gone_and_key_and_result_stay(
    outbox: Outbox, new: NewEntry, clock: Clock
) -> None:
    outbox.keep(new, nothing)
    outbox.finish(claimed(outbox, clock), {"ticket": "T-1"}, nothing)
    entry = outbox.find(new.key)
    assert entry is not None
    assert (entry.content, entry.result, entry.finished_at) == (None, {"ticket": "T-1"}, clock.now)


def test_where_the_telling_fails_it_is_not_done(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    def trouble(_connection: sa.engine.Connection) -> None:
        raise RuntimeError("cannot be told")

    outbox.keep(new, nothing)
    with pytest.raises(RuntimeError):
        outbox.finish(claimed(outbox, clock), {"ticket": "T-1"}, trouble)
    assert state_of(outbox, new) is State.LEASED
    again = claimed(outbox, clock)
    assert (again.content, again.unknown) == (new.content, True)


@pytest.mark.parametrize("unknown", [False, True])
def test_a_write_of_unknown_outcome_is_left_alone_for_a_while(
    outbox: Outbox, new: NewEntry, clock: Clock, unknown: bool
) -> None:
    outbox.keep(replace(new, unknown=unknown), nothing)
    clock.forward(seconds=SETTLING.total_seconds() - 0.001)
    assert (outbox.claim() is None) is unknown


def test_once_unknown_it_stays_so(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    outbox.keep(new, nothing)
    outbox.postpone(claimed(outbox, clock), "broke off", unknown=True)
    outbox.postpone(claimed(outbox, clock), "no answer", unknown=False)
    assert claimed(outbox, clock).unknown is True


def test_a_pause_that_the_system_asked_for_is_kept(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    outbox.keep(new, nothing)
    outbox.postpone(claimed(outbox, clock), "busy", unknown=False, at_least=900)
    clock.forward(seconds=899)
    assert outbox.claim() is None
    clock.forward(seconds=1)
    assert outbox.claim() is not None


@given(attempts=st.integers(0, 10_000), seed=st.integers())
def test_pauses_grow_but_never_beyond_the_longest(attempts: int, seed: int) -> None:
    outbox = Outbox(sa.create_engine("sqlite://", future=True), chance=random.Random(seed))
    pause = outbox._pause(attempts, unknown=False)
    assert timedelta() <= pause <= timedelta(seconds=min(5 * 2 ** min(attempts, 20), 300))


def test_pauses_are_spread_over_all_that_is_allowed() -> None:
    outbox = Outbox(sa.create_engine("sqlite://", future=True), chance=random.Random(3))
    pauses = [outbox._pause(3, unknown=False).total_seconds() for _ in range(400)]
    quarters = [sum(10 * count <= pause < 10 * (count + 1) for pause in pauses) for count in range(4)]
    assert all(60 <= quarter <= 140 for quarter in quarters), quarters


@pytest.mark.parametrize("seed", range(5))
def test_a_turn_and_a_relay_never_have_the_same_write(outbox: Outbox, new: NewEntry, clock: Clock, seed: int) -> None:
    assert outbox.ahead(new, nothing) is True  # and this process dies
    clock.now += SETTLING
    rivals: list[Callable[[], object]] = [outbox.claim, lambda: outbox.ahead(new, nothing)]
    random.Random(seed).shuffle(rivals)
    with ThreadPoolExecutor(2) as pool:
        won = [bool(future.result()) for future in [pool.submit(rival) for rival in rivals]]
    assert sorted(won) == [False, True]


def test_a_turn_takes_over_what_a_turn_left_and_nothing_else(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    assert outbox.ahead(new, nothing) is True
    clock.now += SETTLING / 2
    assert outbox.ahead(new, nothing) is True  # its lease begins anew
    clock.now += SETTLING / 2
    assert outbox.claim() is None
    outbox.keep(new, nothing)
    assert outbox.ahead(new, nothing) is False
    waiting = claimed(outbox, clock)
    assert waiting.unknown is True  # the first one may have written
    assert outbox.ahead(new, nothing) is False
    assert outbox.finish(waiting, {}, nothing) is True
    assert outbox.ahead(new, nothing) is True  # done: with the same key it gives the same record
    assert state_of(outbox, new) is State.DONE


def test_only_what_a_turn_has_is_settled_by_what_it_tells(
    outbox: Outbox, new: NewEntry, clock: Clock, engine: sa.engine.Engine
) -> None:
    def told() -> None:
        with writing(engine) as connection:
            settle(connection, new.key)

    outbox.keep(new, nothing)
    told()
    assert state_of(outbox, new) is State.WAITING
    entry = claimed(outbox, clock)
    told()
    assert outbox.find(new.key) == entry
    outbox.bury(entry, "no", nothing)
    told()
    assert state_of(outbox, new) is State.DEAD
    outbox.ahead(new, nothing)
    outbox.ahead(replace(new, key="another"), nothing)
    told()
    assert (outbox.find(new.key), outbox.find("another") is None) == (None, False)


def test_it_is_spent_after_its_tries_or_its_hours(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    outbox.keep(new, nothing)
    entry = claimed(outbox, clock)
    assert [outbox.is_spent(replace(entry, attempts=count)) for count in (1, 3, 4)] == [False, False, True]
    clock.now = entry.kept_at + timedelta(hours=24)
    assert outbox.is_spent(entry)


def test_a_dead_entry_gets_new_tries_and_keeps_its_key(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    outbox.keep(new, nothing)
    dead = claimed(outbox, clock)
    assert outbox.retry(dead.id) is False  # somebody works on it
    outbox.bury(dead, "no answer for a day", nothing)
    assert outbox.claim() is None
    assert [entry.reason for entry in outbox.entries(State.DEAD)] == ["no answer for a day"]
    assert outbox.retry(dead.id) is True
    again = outbox.claim()
    assert again is not None
    assert (again.key, again.content, again.attempts) == (new.key, new.content, 1)
    assert not outbox.is_spent(again)


def test_what_is_discarded_is_empty_and_never_tried(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    outbox.keep(new, nothing)
    worked_on = claimed(outbox, clock)
    assert outbox.discard(worked_on.id) is False
    outbox.bury(worked_on, "no", nothing)
    assert outbox.discard(worked_on.id) is True
    assert outbox.retry(worked_on.id) is False
    entry = outbox.get(worked_on.id)
    assert entry is not None
    assert (entry.state, entry.content) == (State.DISCARDED, None)
    clock.forward(days=9)
    assert outbox.claim() is None


@pytest.mark.parametrize("discarded", [False, True])
def test_asked_for_again_what_was_given_up_lives_again(
    outbox: Outbox, new: NewEntry, clock: Clock, discarded: bool
) -> None:
    outbox.keep(replace(new, unknown=True), nothing)
    dead = claimed(outbox, clock)
    outbox.bury(dead, "no", nothing)
    if discarded:
        outbox.discard(dead.id)
    outbox.keep(new, nothing)
    again = claimed(outbox, clock)
    # What may have happened in its first life may have happened.
    assert (again.id, again.content, again.attempts, again.unknown) == (dead.id, new.content, 1, True)


def test_what_is_done_is_not_done_again(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    outbox.keep(new, nothing)
    outbox.finish(claimed(outbox, clock), {"ticket": "T-1"}, nothing)
    outbox.keep(new, nothing)
    clock.forward(days=1)
    assert outbox.claim() is None
    assert state_of(outbox, new) is State.DONE


def test_the_oldest_open_entry_tells_how_far_behind_it_is(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    assert (outbox.standing().counts, outbox.standing().oldest) == ({}, None)
    kept_at = clock.now
    outbox.keep(new, nothing)
    clock.forward(hours=1)
    outbox.keep(replace(new, key="k2"), nothing)
    assert (outbox.standing().counts, outbox.standing().oldest) == ({State.WAITING: 2}, kept_at)


def test_an_erased_conversation_takes_its_entries_along(
    outbox: Outbox, new: NewEntry, clock: Clock, engine: sa.engine.Engine
) -> None:
    outbox.keep(new, nothing)
    leased = claimed(outbox, clock)
    with writing(engine) as connection:
        connection.execute(sa.delete(conversations).where(conversations.c.id == new.conversation_id))
    assert outbox.find(new.key) is None
    assert outbox.finish(leased, {}, pytest.fail) is False


def test_nothing_that_a_person_wrote_is_in_what_gets_printed(outbox: Outbox, new: NewEntry) -> None:
    outbox.keep(new, nothing)
    assert "ann@" not in repr(outbox.find(new.key)) + repr(new)
