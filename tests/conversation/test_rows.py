"""Drafts, guesses, turns and watches: what a conversation keeps, however many ask at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.conversation.drafts import Drafts
from bridge.conversation.guesses import TRIES, Guesses
from bridge.conversation.identities import Identities
from bridge.conversation.inbox import Inbox
from bridge.conversation.sessions import Sessions
from bridge.conversation.turns import Turn, Turns
from bridge.conversation.watches import Watches
from bridge.errors import LockedError
from bridge.model.identity import Identity, Level
from bridge.storage.chat import conversations, drafts, inbox, watches
from bridge.storage.engine import reading
from bridge.testing.commerce_records import make_order
from tests.support.frontdesk import Clock, sign_in

SECRET = "s" * 32
AT_ONCE = 8


def at_once(work: Callable[[], Any]) -> list[Any]:
    """Do the same thing several times at the same time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [running.result() for running in [pool.submit(work) for _ in range(AT_ONCE)]]


def all_rows(engine: sa.engine.Engine, table: sa.Table) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(sa.select(table)).mappings())


@pytest.fixture
def conversation(engine: sa.engine.Engine) -> str:
    """Return the id of an open conversation."""
    return Sessions(engine, SECRET).open("en", "203.0.113.7")


def dispatch(engine: sa.engine.Engine, conversation: str, message: str = "m1") -> int:
    box = Inbox(engine)
    box.receive_text(conversation, message, "hello")
    waiting = box.oldest(conversation)
    assert waiting is not None
    box.claim(waiting.id)
    return waiting.id


class TestTurns:
    def test_the_message_in_flight_is_found(self, engine: sa.engine.Engine, conversation: str) -> None:
        message = dispatch(engine, conversation)
        turn = Turns(engine).current(conversation, "of the tracker")
        assert (turn.inbox_id, turn.identity) == (message, Identity())
        assert abs(turn.dispatched_at - datetime.now(timezone.utc)) < timedelta(minutes=1)
        assert turn.client == Sessions(engine, SECRET).client_hash("203.0.113.7")

    def test_another_conversation_in_flight_is_not_found(self, engine: sa.engine.Engine, conversation: str) -> None:
        other = dispatch(engine, Sessions(engine, SECRET).open("en", "203.0.113.8"))
        mine = dispatch(engine, conversation)
        assert Turns(engine).current(conversation, "").inbox_id == mine != other

    @pytest.mark.parametrize(("minutes", "level"), [(29, Level.VERIFIED), (31, Level.ANONYMOUS)])
    def test_a_verified_identity_lapses_after_half_an_hour(
        self, engine: sa.engine.Engine, conversation: str, minutes: int, level: Level
    ) -> None:
        identities = Identities(engine, Sessions(engine, SECRET), SECRET)
        sign_in(identities, conversation, "customer-1", "ann@example.test")
        dispatch(engine, conversation)
        clock = Clock(datetime.now(timezone.utc) + timedelta(minutes=minutes))
        identity = Turns(engine, clock).current(conversation, "").identity
        known = ("customer-1", "ann@example.test") if level is Level.VERIFIED else (None, None)
        assert (identity.level, identity.subject, identity.email) == (level, *known)

    def test_without_a_gateway_each_message_opens_one_anonymous_row(self, engine: sa.engine.Engine) -> None:
        clock = Clock()
        first = Turns(engine, clock).current("of rasa shell", "m1")
        clock.forward(minutes=1)
        again = Turns(engine, clock).current("of rasa shell", "m1")
        second = Turns(engine, clock).current("of rasa shell", "m2")
        assert first == again
        assert (first.identity, first.client) == (Identity(), "")
        assert second.inbox_id != first.inbox_id
        assert second.dispatched_at - first.dispatched_at == timedelta(minutes=1)
        assert [row["state"] for row in all_rows(engine, inbox)] == ["done", "done"]

    def test_asked_at_once_without_a_gateway_there_is_still_one_row(self, engine: sa.engine.Engine) -> None:
        turns = Turns(engine, Clock())
        found = at_once(lambda: turns.current("of rasa shell", "m1"))
        assert len(set(found)) == 1
        assert len(all_rows(engine, inbox)) == len(all_rows(engine, conversations)) == 1


class TestDrafts:
    def test_the_newest_draft_of_an_operation_is_the_one_meant(
        self, engine: sa.engine.Engine, conversation: str
    ) -> None:
        kept = Drafts(engine)
        kept.make(conversation, "create", {"text": "first"})
        second = kept.make(conversation, "create", {"text": "second"})
        kept.make(conversation, "update", {"text": "other"})
        assert kept.newest(conversation, "create") == second
        assert kept.newest(conversation, "delete") is None
        assert kept.newest(Sessions(engine, SECRET).open("en", ""), "create") is None

    def test_the_same_content_shown_again_is_the_same_draft_until_it_is_used(
        self, engine: sa.engine.Engine, conversation: str
    ) -> None:
        kept = Drafts(engine)
        shown = kept.make(conversation, "create", {"text": "the same"})
        assert kept.make(conversation, "create", {"text": "the same"}) == shown
        kept.consume(shown, {"ticket": "T-1"})
        assert kept.newest(conversation, "create") == shown
        later = kept.make(conversation, "create", {"text": "the same"})
        assert later.key != shown.key

    def test_a_draft_is_used_once(self, engine: sa.engine.Engine, conversation: str) -> None:
        kept = Drafts(engine)
        draft = kept.make(conversation, "create", {})
        kept.consume(draft, {"ticket": "T-1"})
        kept.consume(draft, {"ticket": "T-2"})
        (row,) = all_rows(engine, drafts)
        assert row["result"] == {"ticket": "T-1"}
        assert row["consumed_at"] is not None

    def test_shown_at_once_it_is_one_draft(self, engine: sa.engine.Engine, conversation: str) -> None:
        kept = Drafts(engine)
        assert len({draft.key for draft in at_once(lambda: kept.make(conversation, "create", {"a": 1}))}) == 1


class TestGuesses:
    def test_guesses_at_once_are_all_counted(self, engine: sa.engine.Engine) -> None:
        guesses = Guesses(engine, SECRET, Clock())
        turn = Turn("c", 1, datetime.now(timezone.utc), Identity(), "client")
        at_once(lambda: guesses.wrong(turn, "order:1"))
        assert AT_ONCE > TRIES
        with pytest.raises(LockedError) as locked:
            guesses.check(turn, "order:1")
        assert locked.value.minutes == 15

    def test_an_anonymous_conversation_stands_for_its_address(self, engine: sa.engine.Engine) -> None:
        guesses = Guesses(engine, SECRET, Clock())
        mine, other = (Turn(name, 1, datetime.now(timezone.utc), Identity(), "") for name in ("mine", "other"))
        for number in range(TRIES):
            guesses.wrong(mine, f"order:{number}")
        with pytest.raises(LockedError):
            guesses.check(mine, "order:99")
        guesses.check(other, "order:99")

    def test_the_same_number_of_another_kind_is_another_record(self, engine: sa.engine.Engine) -> None:
        guesses = Guesses(engine, SECRET, Clock())
        for name in range(TRIES):
            guesses.wrong(Turn(str(name), 1, datetime.now(timezone.utc), Identity(), ""), "order:1")
        somebody = Turn("somebody", 1, datetime.now(timezone.utc), Identity(), "")
        guesses.check(somebody, "ticket:1")
        with pytest.raises(LockedError):
            guesses.check(somebody, "order:1")


class TestWatches:
    def test_looked_at_at_once_it_is_one_watch(self, engine: sa.engine.Engine, conversation: str) -> None:
        kept = Watches(engine, Clock())
        order = make_order("ann@example.test")
        at_once(lambda: kept.add(conversation, "embedded", replace(order, id="1"), Level.CLAIMED))
        kept.add(conversation, "embedded", replace(order, id="2"), Level.CLAIMED)
        assert sorted(row["record"] for row in all_rows(engine, watches)) == ["order:1", "order:2"]
