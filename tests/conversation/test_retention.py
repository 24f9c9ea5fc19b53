"""What is old is deleted in batches, with a clock that the test moves; what has open work stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.conversation.erasure import Erasures
from bridge.conversation.files import ABANDONED, Files
from bridge.conversation.inbox import Inbox
from bridge.conversation.log import EventLog, append
from bridge.conversation.retention import Deleted, Housekeeping
from bridge.events.outbox import NewEntry, Outbox, nothing_else
from bridge.handoff.queue import HandoffQueue
from bridge.settings.privacy import Retention
from bridge.storage.chat import chat_events, conversations, inbox
from bridge.storage.engine import writing
from bridge.storage.privacy import files as files_table
from bridge.storage.resilience import audit
from bridge.storage.trackers import Trackers
from bridge.storage.types import utc_now
from bridge.testing.clock import SettableClock
from tests.support.rasa_table import RasaTable

OLD = timedelta(days=40)


class House:
    """Hold a household whose present is a test's own."""

    def __init__(self, engine: sa.engine.Engine, folder: Path, tracker_url: str) -> None:
        self.engine = engine
        self.clock = SettableClock(utc_now())
        self.files = Files(engine, folder / "files", self.clock.utc)
        self.erasures = Erasures(engine, (Trackers(tracker_url), self.files), self.clock.utc)

    def keeping(self, **limits: int) -> Housekeeping:
        """Return the household for some limits."""
        return Housekeeping(self.engine, self.erasures, self.files, Retention(**limits), 90, self.clock.utc)

    def conversation(self, name: str, age: timedelta, last_word: timedelta | None = None) -> str:
        """Make a conversation that was opened so long ago, and perhaps spoken in since."""
        with writing(self.engine) as connection:
            row = {"id": name, "created_at": self.clock.utc() - age}
            connection.execute(sa.insert(conversations).values(row))
            if last_word is not None:
                append(connection, name, "bot", {"text": "Hello."})
                at = self.clock.utc() - last_word
                connection.execute(sa.update(chat_events).where(chat_events.c.conversation_id == name).values(at=at))
        return name

    def file(self, conversation_id: str) -> Path:
        """Send a file."""
        part = self.files.begin(conversation_id)
        part.write_bytes(b"hello")
        kept = self.files.keep(conversation_id, part.name, part, ("a.txt", "text/plain"), 9, {"text": "Thank you."})
        return self.files.path(conversation_id, kept.id)

    def left(self) -> set[str]:
        """Return the conversations that are there."""
        with self.engine.connect() as connection:
            return set(connection.execute(sa.select(conversations.c.id)).scalars())


@pytest.fixture
def house(engine: sa.engine.Engine, tmp_path: Path, tracker_url: str) -> House:
    """Return a household on either database."""
    return House(engine, tmp_path, tracker_url)


def test_only_what_has_been_silent_for_long_enough_goes(house: House, rasa_table: RasaTable) -> None:
    for name, age, last_word in (
        ("never spoken in", OLD, None),
        ("silent", OLD, OLD),
        ("old and alive", OLD, timedelta(days=1)),
        ("new", timedelta(days=1), None),
        ("a day too young", timedelta(days=29), timedelta(days=29)),
    ):
        rasa_table.add(house.conversation(name, age, last_word), "words")
    assert house.keeping(conversations_days=30).look() == Deleted(conversations=2)
    assert house.left() == {"old and alive", "new", "a day too young"}
    assert set(rasa_table.senders()) == house.left()
    with house.engine.connect() as connection:
        assert set(connection.execute(sa.select(audit.c.operation)).scalars()) == {"retire"}
    assert house.keeping(conversations_days=30).look() == Deleted()


def test_time_passes_and_it_becomes_due(house: House) -> None:
    house.conversation("one", timedelta(0), timedelta(0))
    keeping = house.keeping(conversations_days=30)
    house.clock.forward(timedelta(days=29, hours=23).total_seconds())
    assert keeping.look().conversations == 0
    house.clock.forward(timedelta(hours=2).total_seconds())
    assert keeping.look().conversations == 1


def test_without_limits_nothing_goes(house: House) -> None:
    house.conversation("ancient", timedelta(days=9999), timedelta(days=9999))
    path = house.file("ancient")
    house.clock.forward(timedelta(days=9999).total_seconds())
    assert house.keeping().look() == Deleted()
    assert path.is_file()


OPEN_WORK: dict[str, Callable[[sa.engine.Engine], object]] = {
    "a message that was not answered": lambda engine: Inbox(engine).receive_text("c", "m", "hello"),
    "a promised write": lambda engine: Outbox(engine).keep(NewEntry("k", "c", "tickets.create", {}), nothing_else),
    "somebody in the queue": lambda engine: HandoffQueue(engine).open("c", "asked", ""),
}


@pytest.mark.parametrize("work", OPEN_WORK.values(), ids=OPEN_WORK)
def test_a_conversation_with_open_work_stays(house: House, work: Callable[[sa.engine.Engine], object]) -> None:
    house.conversation("c", OLD, OLD)
    work(house.engine)
    # Whatever was logged with it is old as well: it is the work that keeps it.
    with writing(house.engine) as connection:
        old = house.clock.utc() - OLD
        connection.execute(sa.update(chat_events).values(at=old))
        connection.execute(sa.update(inbox).values(received_at=old))
    assert house.keeping(conversations_days=30).look() == Deleted()
    assert house.left() == {"c"}


def test_batches_are_small_and_all_of_them_are_worked_off(house: House) -> None:
    for number in range(7):
        house.conversation(f"c{number}", OLD, OLD)
    asked = []

    def is_enough() -> bool:
        asked.append(len(house.left()))
        return False

    assert house.keeping(conversations_days=30, batch=3).look(is_enough).conversations == 7
    assert asked[:3] == [7, 4, 1]


def test_it_stops_between_two_batches(house: House) -> None:
    for number in range(4):
        house.conversation(f"c{number}", OLD, OLD)
    stopping = iter((False, True, True, True))
    assert house.keeping(conversations_days=30, batch=2).look(lambda: next(stopping, True)).conversations == 2
    assert len(house.left()) == 2


def test_who_writes_at_the_last_moment_keeps_the_conversation(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.conversation("c", OLD, OLD)
    erase = house.erasures.erase

    def speak_first(conversation_id: str, *rest: object, **named: object) -> int | None:
        EventLog(house.engine).say("c", "user", {"text": "I am back"})
        return erase(conversation_id, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(house.erasures, "erase", speak_first)
    assert house.keeping(conversations_days=30).look() == Deleted()
    assert house.left() == {"c"}


def test_files_go_before_their_conversation(house: House) -> None:
    house.conversation("c", timedelta(0), timedelta(0))
    old = house.file("c")
    house.clock.forward(timedelta(days=8).total_seconds())
    new = house.file("c")
    assert house.keeping(files_days=7, batch=1).look() == Deleted(files=1)
    assert (old.exists(), new.exists()) == (False, True)
    with house.engine.connect() as connection:
        assert connection.execute(sa.select(files_table.c.id)).scalars().all() == [new.name]
    assert [event["file"]["name"] for event in EventLog(house.engine).after("c", 0) if "file" in event] == ["a.txt"] * 2


def test_what_a_dead_process_left_half_received_goes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.conversation("c", timedelta(0))
    part = house.files.begin("c")
    house.files.tidy()
    assert part.exists()
    later = part.stat().st_mtime + ABANDONED + 1
    monkeypatch.setattr("bridge.conversation.files.time.time", lambda: later)
    house.files.tidy()
    assert not part.exists()


def test_the_worker_goes_on_after_trouble_and_ends_when_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.conversation("c", OLD, OLD)
    stop, looks = threading.Event(), []

    def work() -> int:
        looks.append(1)
        if len(looks) == 1:
            raise sa.exc.OperationalError("x", {}, Exception("down"))
        return 0

    monkeypatch.setattr(house.erasures, "work", work)
    monkeypatch.setattr(stop, "wait", lambda _seconds: stop.set() if len(looks) == 2 else None)
    house.keeping(conversations_days=30).run(stop)
    assert house.left() == set()
