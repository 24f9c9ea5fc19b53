"""The relay: it outlives a failing database and a broken handler, and several of them share the work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bridge import errors
from bridge.conversation.results import tell
from bridge.conversation.watches import Watches
from bridge.errors import BridgeError, ClaimLostError, InvalidError, SettingsError, UnavailableError
from bridge.events.entries import State
from bridge.events.handlers import GIVEN_UP, Handlers
from bridge.events.outbox import NewEntry, Outbox
from bridge.events.relay import IDLE, LONGEST_REST, REASONS, Background, Relay
from bridge.formatting.refusals import REFUSALS
from bridge.model.outcome import Outcome
from bridge.ports.helpdesk import Helpdesk
from bridge.settings.schema import WRITES
from bridge.storage.engine import reading
from bridge.storage.events import SUMMARY
from bridge.storage.jobs import jobs
from tests.events.fakes import FileHelpdesk
from tests.support.frontdesk import Clock

CONTACT = {"phone": "1", "mail": "help@example.test", "hours": "", "why": ""}
NOT_OF_A_CALL = (BridgeError, SettingsError, ClaimLostError)
"""What no call ends with: the root, what stops a start, what ends a gateway's work on a conversation."""
OUR_KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BridgeError) and kind not in NOT_OF_A_CALL
]


def nothing(*_arguments: object) -> None:
    """Do nothing."""


@pytest.fixture
def helpdesk(tmp_path: Path) -> FileHelpdesk:
    """Return a helpdesk that doubles at every repeat."""
    return FileHelpdesk(tmp_path / "tickets", nothing)


@pytest.fixture
def make_relay(outbox: Outbox, helpdesk: FileHelpdesk, engine: sa.engine.Engine, clock: Clock) -> Callable[..., Relay]:
    """Make relays on one outbox."""

    def make(system: Helpdesk = helpdesk, box: Outbox = outbox) -> Relay:
        handlers = Handlers(system, Mock(spec=[]), Mock(spec=[]), Watches(engine, clock), Mock(spec=[]), clock)
        return Relay(box, handlers, tell, lambda _refusal: CONTACT)

    return make


def told(engine: sa.engine.Engine) -> list[str]:
    with reading(engine) as connection:
        return [outcome["response"] for outcome in connection.execute(sa.select(jobs.c.outcome)).scalars()]


class Turns:
    """Stand for the event that stops a relay: nobody waits, and it is set when the script is over."""

    def __init__(self, script: Iterator[Callable[[], object]]) -> None:
        self._script = script
        self._set = False
        self.waited: list[float] = []

    def is_set(self) -> bool:
        return self._set

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        step = next(self._script, None)
        if step is None:
            self._set = True
        else:
            step()


def failing(engine: sa.engine.Engine) -> Callable[[], None]:
    """Let every statement fail from now on; return what ends that."""

    def fail(*_arguments: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("the server closed the connection: ann@example.test"))

    sa.event.listen(engine, "before_cursor_execute", fail)
    return lambda: sa.event.remove(engine, "before_cursor_execute", fail)


def test_a_failing_database_makes_longer_pauses_and_no_end(
    outbox: Outbox, new: NewEntry, make_relay: Callable[..., Relay], engine: sa.engine.Engine, clock: Clock
) -> None:
    outbox.keep(new, nothing)
    clock.forward(minutes=1)
    mend = failing(engine)
    stop = Turns(iter([nothing] * 6 + [mend]))
    with capture_logs() as logs:
        make_relay().run(stop)  # type: ignore[arg-type]  # an event whose time does not pass
    assert stop.waited == [1, 2, 4, 8, 16, LONGEST_REST, LONGEST_REST, IDLE]
    assert told(engine) == ["utter_tickets_kept_done"]
    assert "ann@" not in str(logs)


def test_a_database_that_fails_between_write_and_note_leads_to_one_ticket(
    outbox: Outbox,
    new: NewEntry,
    make_relay: Callable[..., Relay],
    engine: sa.engine.Engine,
    tmp_path: Path,
    clock: Clock,
) -> None:
    mends: list[Callable[[], None]] = []
    system = FileHelpdesk(
        tmp_path / "tickets", lambda step: mends.append(failing(engine)) if step == "written" else None
    )
    outbox.keep(new, nothing)
    clock.forward(minutes=1)

    def mend() -> None:
        mends.pop()()
        clock.forward(seconds=outbox.limits.lease_seconds)

    make_relay(system).run(Turns(iter([mend])))  # type: ignore[arg-type]  # as above
    assert system.keys() == [new.key]
    assert told(engine) == ["utter_tickets_kept_done"]


def test_a_broken_handler_ends_neither_the_relay_nor_the_entry(
    outbox: Outbox, new: NewEntry, make_relay: Callable[..., Relay], engine: sa.engine.Engine, clock: Clock
) -> None:
    outbox.keep(replace(new, key="broken", content={"ticket": {"email": "ann@example.test"}}), nothing)
    outbox.keep(new, nothing)
    clock.forward(minutes=1)
    relay = make_relay()
    with capture_logs() as logs:
        while relay.once():
            pass
        for _ in range(3):
            clock.forward(seconds=400)
            relay.once()
    broken = outbox.find("broken")
    assert broken is not None
    assert (broken.state, broken.reason) == (State.DEAD, "our own mistake (KeyError)")
    assert sorted(told(engine)) == ["utter_tickets_kept_done", "utter_tickets_kept_failed"]
    assert "ann@" not in str(logs)


def test_what_kills_every_worker_is_given_up(
    outbox: Outbox, new: NewEntry, make_relay: Callable[..., Relay], engine: sa.engine.Engine, clock: Clock
) -> None:
    outbox.keep(new, nothing)
    for _ in range(outbox.limits.attempts):
        clock.forward(seconds=400)
        assert outbox.claim() is not None  # and its worker dies
    clock.forward(seconds=400)
    assert make_relay().once() is True
    assert [entry.reason for entry in outbox.entries(State.DEAD)] == ["every try ended without a result"]
    assert told(engine) == ["utter_tickets_kept_failed"]


def test_two_relays_work_at_the_same_time_on_different_entries(
    outbox: Outbox, new: NewEntry, make_relay: Callable[..., Relay], tmp_path: Path, clock: Clock
) -> None:
    together = threading.Barrier(2)
    # Each waits until the other is in the middle of a write, too.
    system = FileHelpdesk(tmp_path / "tickets", lambda step: together.wait(20) if step == "about to write" else None)
    for count in range(4):
        outbox.keep(replace(new, key=f"k{count}"), nothing)
    clock.forward(minutes=1)

    def work() -> None:
        relay = make_relay(system)
        for _ in range(2):
            assert relay.once()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(system.keys()) == ["k0", "k1", "k2", "k3"]
    assert outbox.standing().counts == {State.DONE: 4}


@pytest.mark.parametrize("kind", OUR_KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_error_is_either_final_or_tried_again(
    outbox: Outbox, new: NewEntry, make_relay: Callable[..., Relay], clock: Clock, kind: type[BridgeError]
) -> None:
    error = kind.__new__(kind)
    vars(error).update(field="email", reason="ann@example.test bounces", minutes=3, retry_after=7.0)
    system = Mock(spec=["create_ticket", "find_ticket_by_key"])
    system.create_ticket.side_effect = error
    outbox.keep(new, nothing)
    clock.forward(minutes=1)
    make_relay(system).once()
    entry = outbox.find(new.key)
    assert entry is not None
    assert entry.state is (State.DEAD if issubclass(kind, REFUSALS) else State.WAITING)
    assert entry.reason == next(said for known, said in REASONS if issubclass(kind, known))


def test_refusals_and_troubles_do_not_overlap() -> None:
    assert not any(issubclass(kind, UnavailableError) for kind in REFUSALS)
    assert InvalidError in REFUSALS


def test_every_write_of_a_deployment_has_a_handler_and_an_end() -> None:
    handlers = Handlers(Mock(), Mock(), Mock(), Mock(), Mock())
    assert set(GIVEN_UP) == set(WRITES)
    assert set(handlers._by_operation) == set(WRITES) | {SUMMARY}


def test_in_the_background_it_works_until_it_is_stopped(
    outbox: Outbox, new: NewEntry, helpdesk: FileHelpdesk, make_relay: Callable[..., Relay], clock: Clock
) -> None:
    settled = threading.Event()

    class Watched(Outbox):
        def finish(self, *arguments: object) -> bool:
            done = super().finish(*arguments)  # type: ignore[arg-type]  # handed on as they came
            settled.set()
            return done

    outbox.keep(new, nothing)
    clock.forward(minutes=1)
    box = Watched(outbox._engine, outbox.limits, clock)
    background = Background(make_relay(helpdesk, box))
    assert settled.wait(20)
    background.stop(20)
    assert not background._thread.is_alive()
    assert helpdesk.keys() == [new.key]


def test_what_is_told_is_an_outcome_that_the_conversation_can_read(
    outbox: Outbox, new: NewEntry, make_relay: Callable[..., Relay], clock: Clock
) -> None:
    seen: list[tuple[str, Outcome]] = []
    relay = make_relay()
    relay._tell = lambda _connection, conversation, outcome: seen.append((conversation, outcome))
    outbox.keep(new, nothing)
    clock.forward(minutes=1)
    relay.once()
    assert seen == [(new.conversation_id, Outcome("utter_tickets_kept_done", {"ticket": "T-1"}))]
