"""What a deletion promises beyond its own transaction: Rasa is cleaned for sure, and no promised write is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.conversation import erasure
from bridge.conversation.erasure import Erasures
from bridge.conversation.results import tell
from bridge.conversation.turns import Turns
from bridge.errors import NotFoundError
from bridge.events.outbox import NewEntry, Outbox, nothing_else
from bridge.model.outcome import Outcome
from bridge.storage.chat import claims, conversations, user_tokens
from bridge.storage.engine import writing
from bridge.storage.events import outbox
from bridge.storage.jobs import jobs
from bridge.storage.privacy import erasures
from bridge.storage.resilience import audit
from bridge.storage.trackers import Trackers
from bridge.storage.types import metadata, utc_now
from bridge.testing.clock import SettableClock
from tests.gateway.test_stores import at_once
from tests.support.rasa_table import RasaTable

WORDS = "my quokka has escaped"
EMAIL = "ana.quokka@example.test"


class FlakyStore:
    """Stand for Rasa's database, down at first."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.forgotten: list[str] = []

    def forget(self, conversation_id: str) -> int:
        """Fail so many times."""
        if self.failures:
            self.failures -= 1
            raise ConnectionError("down")
        self.forgotten.append(conversation_id)
        return 1


def _erased(engine: sa.engine.Engine, by: Erasures) -> str:
    with writing(engine) as connection:
        connection.execute(sa.insert(conversations).values(id="gone", created_at=utc_now()))
    by.erase("gone")
    return "gone"


def test_an_action_that_comes_late_opens_no_conversation(engine: sa.engine.Engine) -> None:
    gone = _erased(engine, Erasures(engine, ()))
    with pytest.raises(NotFoundError):
        Turns(engine).current(gone, "late")
    with engine.connect() as connection:
        assert connection.execute(sa.select(conversations)).all() == []


class TestRasaIsAway:
    def test_a_store_that_is_down_is_cleaned_later_and_surely(self, engine: sa.engine.Engine) -> None:
        clock, store = SettableClock(), FlakyStore(failures=2)
        by = Erasures(engine, (store,), clock.utc)
        _erased(engine, by)
        assert (store.forgotten, by.overdue()) == ([], 1)
        for _ in range(2):
            assert by.work() == 0
            clock.forward(61)
            assert by.work() == 1
        assert (store.forgotten, by.overdue()) == (["gone"], 0)

    def test_rasa_is_cleaned_again_until_no_turn_can_be_open_and_then_all_is_over(
        self, engine: sa.engine.Engine
    ) -> None:
        clock, store = SettableClock(), FlakyStore(failures=0)
        by = Erasures(engine, (store,), clock.utc)
        _erased(engine, by)
        passes = 0
        for _ in range(70):
            clock.forward(60.5)
            passes += by.work()
        assert passes == len(erasure.AGAIN_AFTER)
        assert store.forgotten == ["gone"] * (1 + passes)
        with engine.connect() as connection:
            assert connection.execute(sa.select(erasures)).all() == []

    def test_a_turn_that_rasa_stored_a_moment_later_goes_too(
        self, engine: sa.engine.Engine, rasa_table: RasaTable, tracker_url: str
    ) -> None:
        clock = SettableClock()
        by = Erasures(engine, (Trackers(tracker_url),), clock.utc)
        gone = _erased(engine, by)
        rasa_table.add(gone, WORDS)
        rasa_table.add("other", "stays")
        clock.forward(61)
        by.work()
        assert rasa_table.senders() == ["other"]

    def test_a_rasa_that_never_stored_anything_is_no_trouble(self, engine: sa.engine.Engine, tmp_path: Path) -> None:
        nowhere = tmp_path / "never-made.db"
        assert Trackers(f"sqlite:///{nowhere}").forget("x") == 0
        assert not nowhere.exists()
        assert Trackers(str(engine.url.render_as_string(hide_password=False))).forget("x") == 0


class TestPromises:
    def promise(self, engine: sa.engine.Engine, clock: SettableClock) -> tuple[Outbox, Erasures]:
        with writing(engine) as connection:
            connection.execute(sa.insert(conversations).values(id="c", created_at=clock.utc(), identity_email=EMAIL))
        kept = Outbox(engine, clock=clock.utc)
        kept.keep(NewEntry("c:tickets.create:1", "c", "tickets.create", {"text": WORDS}), nothing_else)
        return kept, Erasures(engine, (), clock.utc)

    def test_a_ticket_that_waits_is_still_made_and_then_its_words_go(self, engine: sa.engine.Engine) -> None:
        clock = SettableClock()
        kept, by = self.promise(engine, clock)
        assert by.erase("c") == 1
        clock.forward(7200)
        by.work()
        entry = kept.claim()
        assert entry is not None
        assert entry.content == {"text": WORDS}
        assert entry.key == "c:tickets.create:1"

        def also(connection: sa.engine.Connection) -> None:
            tell(connection, entry.conversation_id, Outcome("utter_tickets_kept_done", {"ticket": "T-1"}))

        assert kept.finish(entry, {"ticket": "T-1"}, also)
        clock.forward(120)
        by.work()
        with engine.connect() as connection:
            for table in (conversations, outbox, erasures, jobs):
                assert connection.execute(sa.select(table)).all() == [], table.name

    def test_what_is_left_of_the_conversation_names_nobody(self, engine: sa.engine.Engine) -> None:
        _, by = self.promise(engine, SettableClock())
        by.erase("c")
        with engine.connect() as connection:
            left = connection.execute(sa.select(conversations)).mappings().one()
        assert left["id"] != "c"
        assert (left["mode"], left["identity_email"], left["client"]) == ("erased", None, "")

    def test_a_relay_that_had_taken_it_loses_nothing(self, engine: sa.engine.Engine) -> None:
        clock = SettableClock()
        kept, by = self.promise(engine, clock)
        clock.forward(10)
        entry = kept.claim()
        assert entry is not None
        assert by.erase("c") == 1
        assert kept.finish(
            entry, {"ticket": "T-1"}, lambda connection: tell(connection, entry.conversation_id, Outcome("x"))
        )
        clock.forward(7200)
        by.work()
        with engine.connect() as connection:
            assert connection.execute(sa.select(conversations)).all() == []

    def test_one_that_was_given_up_waits_for_an_operator(self, engine: sa.engine.Engine) -> None:
        clock = SettableClock()
        kept, by = self.promise(engine, clock)
        by.erase("c")
        clock.forward(10)
        entry = kept.claim()
        assert entry is not None
        kept.bury(entry, "refused", nothing_else)
        clock.forward(7200)
        by.work()
        assert kept.get(entry.id) is not None
        kept.discard(entry.id)
        clock.forward(120)
        by.work()
        assert kept.get(entry.id) is None


def test_deleting_twice_at_once_is_deleting_once(engine: sa.engine.Engine) -> None:
    with writing(engine) as connection:
        connection.execute(sa.insert(conversations).values(id="gone", created_at=utc_now()))
    by = Erasures(engine, ())
    assert at_once(8, lambda _: by.erase("gone")) == [0] * 8
    with engine.connect() as connection:
        assert len(connection.execute(sa.select(audit)).all()) == 1


def test_a_conversation_that_never_was_cannot_be_deleted(engine: sa.engine.Engine) -> None:
    with pytest.raises(NotFoundError):
        Erasures(engine, ()).erase("never")


def test_every_table_of_a_conversation_goes_with_it() -> None:
    """A table that is added later and names a conversation must hang on it, or say why it stays."""
    stays = {audit.name, claims.name, erasures.name, user_tokens.name}
    for table in metadata.sorted_tables:
        if "conversation_id" in table.c and table.name not in stays:
            keys = [key.ondelete for key in table.c.conversation_id.foreign_keys]
            assert keys == ["CASCADE"], table.name
