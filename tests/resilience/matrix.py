"""Every operation meets every fault, in each state of its guard, wired as in earnest, on a clock that stands still.

What has to come of it stands in test_matrix.py.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import sqlalchemy as sa

from bridge import bootstrap
from bridge.bootstrap import Frontdesk, answering, build
from bridge.errors import BridgeError
from bridge.model.helpdesk import NewTicket
from bridge.model.outcome import BackendState, Outcome
from bridge.resilience import bulkhead
from bridge.storage.business import (
    customers,
    order_items,
    orders,
    product_variants,
    products,
)
from bridge.storage.engine import reading, writing
from bridge.storage.events import outbox
from bridge.testing.clock import SettableClock
from tests.resilience.asked import ANN, ASKED, DIRECT, NOON, PHONE, SHIPPED, TICKET
from tests.support.frontdesk import as_job, make_settings, visit

STATES = ("first call", "cached before", "breaker open")
UNAVAILABLE = Outcome("utter_dialog_backend_unavailable", state=BackendState.FAILED)
"""What an action makes of an error that its use case does not know (actions/_job.py)."""


@dataclass(frozen=True)
class Cell:
    """Say what one operation gave under one fault in one state.

    Args:
        outcome: how the guarded call ended (bridge/resilience/call.py), or "paused".
        response: what the person hears; nothing where no use case calls this operation.
        records: how many records the write left behind, before any relay ran.
        kept: the outbox has it.
        settled: how many records there are when the fault is over and the relay has worked.
    """

    outcome: str
    response: str
    records: int = 0
    kept: bool = False
    settled: int = 0


class Stage:
    """Hold a database with one record of each kind, and play cells on copies of it."""

    def __init__(self, migrated: Path, folder: Path) -> None:
        self._folder = folder
        self._played = 0
        self._database = folder / "stage.db"
        shutil.copy(migrated, self._database)
        with _built(self._database, "", SettableClock(NOON)) as frontdesk:
            _fill(frontdesk)

    def play(self, operation: str, fault: str, state: str) -> Cell:
        """Play one cell."""
        self._played += 1
        database, plan, clock = self._folder / f"{self._played}.db", self._folder / "plan", SettableClock(NOON)
        shutil.copy(self._database, database)
        plan.write_text("")
        with _built(database, f"file:{plan}", clock) as frontdesk:
            try:
                return _play(Play(frontdesk, plan, clock), operation, fault, state)
            finally:
                clock.release()


@dataclass(frozen=True)
class Play:
    """Hold what one cell is played with."""

    frontdesk: Frontdesk
    plan: Path
    clock: SettableClock


def _play(play: Play, operation: str, fault: str, state: str) -> Cell:
    frontdesk, table = play.frontdesk, ASKED[operation].table
    _bring_about(play, operation, state)
    records, kept, counted = _count(frontdesk, table), _count(frontdesk, outbox), _outcomes(frontdesk, operation)
    play.plan.write_text(f"{operation}={fault}")
    response = _ask(frontdesk, operation, "now")
    (outcome,) = {name for name, count in _outcomes(frontdesk, operation).items() if count > counted.get(name, 0)}
    made, is_kept = _count(frontdesk, table) - records, _count(frontdesk, outbox) > kept
    _settle(play)
    return Cell(outcome, response, made, is_kept, _count(frontdesk, table) - records)


def _bring_about(play: Play, operation: str, state: str) -> None:
    if state == "cached before":
        _ask(play.frontdesk, operation, "before")
    if state == "breaker open":
        play.plan.write_text(f"{operation}=503")
        for number in range(play.frontdesk.settings.deployment.resilience.defaults.breaker_failures):
            _ask(play.frontdesk, operation, f"before{number}")
        with writing(play.frontdesk.engine) as connection:
            connection.execute(sa.delete(outbox))  # theirs is not what is counted here


def _settle(play: Play) -> None:
    """End the fault and let the relay work."""
    play.plan.write_text("")
    play.clock.forward(3600)
    while play.frontdesk.relay.once():
        pass


def _ask(frontdesk: Frontdesk, operation: str, visitor: str) -> str:
    """Ask in a conversation of its own and return which responses are told; none where no use case answers."""
    ask, turn = ASKED[operation], visit(frontdesk, visitor)
    ask.prepare(frontdesk, turn)
    outcome = UNAVAILABLE
    with suppress(BridgeError), answering(turn):
        outcome = ask.run(frontdesk, turn)
    if operation in DIRECT:
        return ""
    as_job(frontdesk.engine, outcome)
    return " ".join(filter(None, [outcome.before, outcome.response]))


def _outcomes(frontdesk: Frontdesk, operation: str) -> dict[str, float]:
    domain, _, name = operation.partition(".")
    return {
        sample.labels["outcome"]: sample.value
        for metric in frontdesk.registry.collect()
        for sample in metric.samples
        if sample.name == "frontdesk_backend_seconds_count"
        and (sample.labels["domain"], sample.labels["operation"]) == (domain, name)
    }


def _count(frontdesk: Frontdesk, table: sa.Table | None) -> int:
    if table is None:
        return 0
    with reading(frontdesk.engine) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


@contextmanager
def _built(database: Path, faults: str, clock: SettableClock) -> Iterator[Frontdesk]:
    """Build everything as a process does, on a clock that stands still."""
    settings = make_settings(f"sqlite:///{database}").copy(update={"faults": faults})
    with mock.patch.object(bootstrap, "SystemClock", return_value=clock):
        frontdesk = build(settings, clock.utc)
    sa.event.listen(frontdesk.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    others = set(threading.enumerate())  # idle workers of other tests live on for a minute
    with mock.patch.object(bulkhead, "IDLE_SECONDS", 0.01):
        yield frontdesk
        _join_workers(others)
    assert frontdesk.guards.trail.flush()
    frontdesk.engine.dispose()


def _join_workers(others: set[threading.Thread]) -> None:
    """Wait until no call of ours is left behind: what it wrote later would land in nobody's database."""
    for thread in set(threading.enumerate()) - others:
        if thread.name.startswith("guard-"):
            thread.join(10)


def _fill(frontdesk: Frontdesk) -> None:
    """Put one record of each kind into the systems, all of them Ann's."""
    made = {"created_at": NOON}
    order = {"number": "1001", "email": ANN, "status": "pending", "currency": "USD", "total_minor": 1990}
    variant = {"sku": "TEE-M", "options": {"size": "M"}, "price_minor": 1990, "currency": "USD", "stock": 5}
    with writing(frontdesk.engine) as connection:
        connection.execute(sa.insert(customers).values(id=1, email=ANN, name="Ann Example", phone=PHONE, **made))
        connection.execute(sa.insert(orders).values(customer_id=1, placed_at=NOON, **order))
        shipped = {**order, "number": "1000", "status": "shipped", "placed_at": NOON}
        connection.execute(sa.insert(orders).values(id=int(SHIPPED), customer_id=1, **shipped))
        item = {"position": 0, "sku": "TEE-M", "name": "Blue tee", "options": {}, "unit_price_minor": 199}
        connection.execute(sa.insert(order_items).values(id=1, order_id=int(SHIPPED), quantity=10, **item))
        connection.execute(sa.insert(products).values(id=1, code="TEE", name="Blue tee"))
        connection.execute(sa.insert(product_variants).values(product_id=1, **variant))
    ticket = frontdesk.systems.helpdesk.create_ticket(NewTicket("Zip", "It broke.", ANN), "made-before")
    assert ticket.number == TICKET
