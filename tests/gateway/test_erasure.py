"""A person deletes their conversation: nothing of it is left, nothing brings it back, and no promise is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bridge.conversation import erasure
from bridge.conversation.erasure import Erasures
from bridge.conversation.results import tell
from bridge.conversation.turns import Turns
from bridge.errors import NotFoundError
from bridge.events.outbox import NewEntry, Outbox, nothing_else
from bridge.model.outcome import Outcome
from bridge.storage.chat import conversations, drafts, handoffs, watches
from bridge.storage.engine import writing
from bridge.storage.events import outbox
from bridge.storage.jobs import jobs
from bridge.storage.privacy import erasures
from bridge.storage.resilience import audit
from bridge.storage.trackers import Trackers
from bridge.storage.types import metadata, utc_now
from bridge.testing.clock import SettableClock
from tests.gateway.harness import (
    INTERNAL,
    Client,
    Stack,
    assert_refused,
    eventually,
    read_events,
    running_stack,
)
from tests.gateway.test_stores import at_once

WORDS = "my quokka has escaped"
EMAIL = "ana.quokka@example.test"


async def delete(client: Client) -> httpx.Response:
    """Ask for the deletion."""
    return await client.http.delete("/chat/conversation", headers=client.headers)


class RasaTable:
    """Stand for Rasa's own table of events: in a file of its own beside SQLite, in our database on PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, future=True)
        self.table = sa.Table(
            "events",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("sender_id", sa.String(255), nullable=False, index=True),
            sa.Column("data", sa.Text),
        )
        self.table.create(self._engine)

    def add(self, conversation_id: str, data: str) -> None:
        """Store an event, as the end of a turn does."""
        with self._engine.begin() as connection:
            connection.execute(sa.insert(self.table).values(sender_id=conversation_id, data=data))

    def senders(self) -> list[str]:
        """Return whose events are there."""
        with self._engine.connect() as connection:
            return list(connection.execute(sa.select(self.table.c.sender_id)).scalars())

    def close(self) -> None:
        """Leave the database as it was."""
        self.table.drop(self._engine)
        self._engine.dispose()


@pytest.fixture
def rasa_table(database_url: str, tmp_path: Path) -> Iterator[RasaTable]:
    """Make Rasa's table."""
    table = RasaTable(f"sqlite:///{tmp_path}/rasa.db" if database_url.startswith("sqlite") else database_url)
    yield table
    table.close()


@pytest.fixture
def tracker_url(database_url: str, tmp_path: Path) -> str:
    """Return where Rasa's table is."""
    return f"sqlite:///{tmp_path}/rasa.db" if database_url.startswith("sqlite") else database_url


def everything(engine: sa.engine.Engine, folder: Path) -> bytes:
    """Return all that the disk holds: the files of SQLite and of people, or every row that PostgreSQL shows."""
    held = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            for table in sa.inspect(connection).get_table_names():
                rows = connection.exec_driver_sql(f'SELECT t::text FROM "{table}" t').scalars()  # noqa: S608  # ours
                held += "\n".join(rows).encode()
    return held


def leave_traces(engine: sa.engine.Engine, conversation_id: str) -> None:
    """Write a row with the person's words into every table that hangs on a conversation."""
    now = utc_now()
    said = {"text": f"{WORDS} {EMAIL}"}
    mine: dict[str, Any] = {"conversation_id": conversation_id}
    with writing(engine) as connection:
        verified = sa.update(conversations).where(conversations.c.id == conversation_id)
        connection.execute(verified.values(identity_email=EMAIL, identity_subject=EMAIL))
        connection.execute(sa.insert(drafts).values(**mine, operation="x", content=said, created_at=now, result=said))
        connection.execute(sa.insert(handoffs).values(**mine, state="waiting", reason=f"{WORDS} {EMAIL}", opened_at=now))
        connection.execute(
            sa.insert(watches).values(**mine, system="x", record=EMAIL, identity_level="claimed", expires_at=now)
        )
        connection.execute(sa.insert(jobs).values(**mine, name="x", started_at=now, finished_at=now, outcome=said))
        connection.execute(
            sa.insert(outbox).values(
                **mine, key="done", operation="x", content=said, state="done", due_at=now, kept_at=now, result=said
            )
        )


async def test_nothing_is_left_anywhere(engine: sa.engine.Engine, tmp_path: Path, rasa_table: RasaTable) -> None:
    async with running_stack(engine) as stack:
        stack.rasa.answer = lambda text: [{"text": text, "buttons": [{"title": text, "payload": f"/x{text}"}]}]
        client, other = await stack.client(), await stack.client()
        for number in range(30):
            await client.say(f"{WORDS}, and write to {EMAIL}, time {number}")
        await other.say("somebody else's words")
        await stack.done(client)
        await stack.done(other)
        leave_traces(engine, client.conversation)
        for _ in range(40):
            rasa_table.add(client.conversation, f"{WORDS} {EMAIL}")
        rasa_table.add(other.conversation, "somebody else's words")
        home = stack.gateway.desk.files.begin(client.conversation)
        home.write_text(f"{WORDS} {EMAIL}")
        assert WORDS.encode() in everything(engine, tmp_path)

        answer = await delete(client)
        assert (answer.status_code, answer.json()["erased"], answer.json()["promised"]) == (200, True, 0)
        assert rasa_table.senders() == [other.conversation]
        assert [event["text"] for event in await other.history() if event["type"] == "user"]
    held = everything(engine, tmp_path)
    for trace in (WORDS, EMAIL):
        assert trace.encode() not in held, trace
    assert b"somebody else's words" in held
    if engine.dialect.name == "postgresql":
        return
    assert not home.parent.exists()


class TestTheTokenDies:
    async def test_every_door_is_closed_and_a_second_time_changes_nothing(self, stack: Stack, client: Client) -> None:
        await client.say(WORDS)
        await stack.done(client)
        assert (await delete(client)).status_code == 200
        for response in (
            await client.post(text="hello"),
            await client.http.get("/chat/history", headers=client.headers),
            await client.http.get("/chat/events", headers=client.headers),
            await client.http.post("/chat/session", json={}, headers=client.headers),
        ):
            assert_refused(response, 401, "token_invalid")
        again = await delete(client)
        assert (again.status_code, again.json()["erased"]) == (200, True)
        told = stack.rows(sa.select(audit).where(audit.c.conversation_id == client.conversation))
        assert [(row["operation"], row["record"], row["outcome"]) for row in told] == [("erase", "", "ok")]

    async def test_a_forged_or_missing_token_deletes_nothing(self, stack: Stack, client: Client) -> None:
        assert_refused(await client.http.delete("/chat/conversation"), 401, "token_missing")
        forged = {"Authorization": f"Bearer {client.token}x"}
        assert_refused(await client.http.delete("/chat/conversation", headers=forged), 401, "token_invalid")
        assert await client.history() == []

    async def test_the_other_tabs_are_told_and_their_streams_end(self, client: Client) -> None:
        async def follow() -> list[dict[str, Any]]:
            request = client.http.stream("GET", "/chat/events", headers=client.headers)
            async with request as response:
                opened.set()
                return [event async for event in read_events(response)]

        opened = asyncio.Event()
        tab = asyncio.create_task(follow())
        await opened.wait()
        assert (await delete(client)).status_code == 200
        assert (await asyncio.wait_for(tab, 10))[-1] == {"type": "erased"}

    async def test_a_stream_of_another_process_ends_as_well(self, stack: Stack, client: Client) -> None:
        async with client.stream() as events:
            await asyncio.to_thread(stack.gateway.desk.erasures.erase, client.conversation)
            assert [event async for event in events][-1] == {"type": "erased"}


class TestWhatIsUnderWay:
    async def test_a_turn_in_flight_is_given_up_and_its_late_answer_brings_nothing_back(
        self, stack: Stack, client: Client
    ) -> None:
        reached, go_on = asyncio.Event(), asyncio.Event()

        async def hang(_text: str) -> None:
            reached.set()
            await go_on.wait()

        stack.rasa.before = hang
        await client.say(WORDS)
        await asyncio.wait_for(reached.wait(), 10)
        assert (await delete(client)).status_code == 200
        go_on.set()
        late = {"recipient_id": client.conversation, "text": f"About {WORDS}"}
        async with httpx.AsyncClient(trust_env=False) as rasa:
            with pytest.raises(httpx.RemoteProtocolError):
                await rasa.post(stack.rasa.callback_url, json=late, headers={"X-Frontdesk-Secret": INTERNAL})
        assert stack.rows(sa.select(conversations).where(conversations.c.id == client.conversation)) == []
        assert stack.messages(client) == []
        assert stack.rasa.texts(client.conversation) == []
        # The gateway goes on for others.
        other = await stack.client()
        stack.rasa.before = None
        await other.say("hello")
        assert await other.answers(1) == ["You said: hello"]

    async def test_a_message_that_another_process_works_on_is_not_delivered_again(
        self, stack: Stack, client: Client
    ) -> None:
        reached, go_on = asyncio.Event(), asyncio.Event()

        async def hang(_text: str) -> None:
            reached.set()
            await go_on.wait()

        stack.rasa.before = hang
        await client.say(WORDS)
        await asyncio.wait_for(reached.wait(), 10)
        await asyncio.to_thread(stack.gateway.desk.erasures.erase, client.conversation)
        go_on.set()  # its answer finds no conversation: the turn breaks off, and would be tried again
        workers = stack.gateway.dispatcher._workers
        await eventually(lambda: client.conversation not in workers)
        assert stack.rasa.started == [(client.conversation, WORDS)]
        assert stack.rasa.texts(client.conversation) == []

    def test_an_action_that_comes_late_opens_no_conversation(self, engine: sa.engine.Engine) -> None:
        gone = _erased(engine, Erasures(engine, ()))
        with pytest.raises(NotFoundError):
            Turns(engine).current(gone, "late")
        with engine.connect() as connection:
            assert connection.execute(sa.select(conversations)).all() == []


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


class TestRasaIsAway:
    def test_a_store_that_is_down_is_cleaned_later_and_surely(self, engine: sa.engine.Engine) -> None:
        clock, store = SettableClock(), FlakyStore(failures=2)
        by = Erasures(engine, (store,), clock.utc)
        _erased(engine, by)
        assert store.forgotten == []
        for _ in range(2):
            assert by.work() == 0
            clock.forward(61)
            assert by.work() == 1
        assert store.forgotten == ["gone"]

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

    async def test_the_person_is_told_of_it(self, stack: Stack, client: Client) -> None:
        entry = NewEntry(f"{client.conversation}:x:1", client.conversation, "tickets.create", {"text": WORDS})
        Outbox(stack.engine).keep(entry, nothing_else)
        answer = (await delete(client)).json()
        assert answer["promised"] == 1
        assert "still being passed on" in answer["message"]


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
    stays = {audit.name, erasures.name}
    for table in metadata.sorted_tables:
        if "conversation_id" in table.c and table.name not in stays:
            keys = [key.ondelete for key in table.c.conversation_id.foreign_keys]
            assert keys == ["CASCADE"], table.name
