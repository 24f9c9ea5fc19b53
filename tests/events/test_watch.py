"""The outbox as numbers and as alerts: told once for each change, never more."""

from __future__ import annotations

from unittest.mock import Mock

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from bridge.alerts import Alarm
from bridge.events.board import Board
from bridge.events.entries import State
from bridge.events.outbox import NewEntry, Outbox
from bridge.events.watch import OutboxNumbers, OutboxWatch
from bridge.storage.engine import open_engine, writing
from bridge.storage.events import outbox as table
from tests.support.frontdesk import Clock


def nothing(_connection: sa.engine.Connection) -> None:
    """Do nothing more in a transaction."""


def numbers(outbox: Outbox, clock: Clock) -> dict[str, float]:
    """Return what Prometheus would scrape."""
    registry = CollectorRegistry()
    registry.register(OutboxNumbers(outbox, clock))
    return {
        "".join([sample.name.removeprefix("frontdesk_outbox_"), *sample.labels.values()]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def test_numbers_are_those_of_the_table(outbox: Outbox, new: NewEntry, clock: Clock) -> None:
    quiet = {"entrieswaiting": 0, "entriesleased": 0, "entriesdead": 0, "oldest_seconds": 0, "readable": 1}
    assert numbers(outbox, clock) == quiet
    outbox.keep(new, nothing)
    clock.forward(minutes=5)
    assert numbers(outbox, clock) == {**quiet, "entrieswaiting": 1, "oldest_seconds": 300}
    entry = outbox.claim()
    assert entry is not None
    outbox.bury(entry, "refused", nothing)
    assert numbers(outbox, clock) == {**quiet, "entriesdead": 1}


def test_an_outbox_that_cannot_be_read_says_so_and_shows_no_old_numbers(clock: Clock) -> None:
    without_tables = open_engine("sqlite://")
    assert numbers(Outbox(without_tables), clock) == {"readable": 0}
    without_tables.dispose()


def test_every_change_is_told_once(outbox: Outbox, engine: sa.engine.Engine, new: NewEntry, clock: Clock) -> None:
    told: list[str] = []
    bell = Mock(spec=Alarm, announce=lambda alert: told.append(alert.alert))
    # Two processes: each change is told by the one that sees it first.
    watches = [OutboxWatch(outbox, Board(engine, clock), bell, 15, clock) for _ in range(2)]

    def look() -> list[str]:
        told.clear()
        for watch in (*watches, *watches):
            watch.look()
        return list(told)

    assert look() == []
    outbox.keep(new, nothing)
    clock.forward(minutes=15)
    assert look() == []
    clock.forward(seconds=1)
    assert look() == ["outbox_aged"]
    with writing(engine) as connection:
        connection.execute(sa.update(table).values(state=State.DEAD.value))
    assert look() == ["outbox_settled", "outbox_dead"]
    entry = outbox.find(new.key)
    assert entry is not None
    outbox.retry(entry.id)
    assert look() == []
    with writing(engine) as connection:
        connection.execute(sa.update(table).values(state=State.DEAD.value))
    assert look() == ["outbox_dead"]


def test_a_process_that_starts_does_not_tell_again(
    outbox: Outbox, engine: sa.engine.Engine, new: NewEntry, clock: Clock
) -> None:
    outbox.keep(new, nothing)
    clock.forward(minutes=16)
    told = []
    for _ in range(2):
        bell = Mock(spec=Alarm)
        OutboxWatch(outbox, Board(engine, clock), bell, 15, clock).look()
        told.append(bell.announce.call_count)
    assert told == [1, 0]
