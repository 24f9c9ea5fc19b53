"""A person deletes their conversation: nothing of it is left, nothing brings it back, and no promise is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bridge.events.outbox import NewEntry, Outbox, nothing_else
from bridge.storage.chat import conversations, drafts, handoffs, surveys, watches
from bridge.storage.engine import writing
from bridge.storage.events import outbox
from bridge.storage.jobs import jobs
from bridge.storage.resilience import audit
from bridge.storage.types import utc_now
from tests.gateway.harness import (
    INTERNAL,
    Client,
    Stack,
    assert_refused,
    eventually,
    read_events,
    running_stack,
)
from tests.support.rasa_table import RasaTable

WORDS = "my quokka has escaped"
EMAIL = "ana.quokka@example.test"


async def delete(client: Client) -> httpx.Response:
    """Ask for the deletion."""
    return await client.http.delete("/chat/conversation", headers=client.headers)


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
        connection.execute(sa.insert(handoffs).values(**mine, state="waiting", reason=str(said), opened_at=now))
        connection.execute(
            sa.insert(watches).values(**mine, system="x", record=EMAIL, identity_level="claimed", expires_at=now)
        )
        connection.execute(sa.insert(surveys).values(**mine, kind="ticket", subject=WORDS, wanted_at=now, rating=1))
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
        for number in range(6):
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


async def in_flight(stack: Stack, client: Client) -> asyncio.Event:
    """Say something and wait until Rasa has it; return what lets Rasa go on with it."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def hang(_text: str) -> None:
        reached.set()
        await go_on.wait()

    stack.rasa.before = hang
    await client.say(WORDS)
    await asyncio.wait_for(reached.wait(), 10)
    return go_on


class TestWhatIsUnderWay:
    async def test_a_turn_in_flight_is_given_up_and_its_late_answer_brings_nothing_back(
        self, stack: Stack, client: Client
    ) -> None:
        go_on = await in_flight(stack, client)
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
        go_on = await in_flight(stack, client)
        await asyncio.to_thread(stack.gateway.desk.erasures.erase, client.conversation)
        go_on.set()  # its answer finds no conversation: the turn breaks off, and would be tried again
        workers = stack.gateway.dispatcher._workers
        await eventually(lambda: client.conversation not in workers)
        assert stack.rasa.started == [(client.conversation, WORDS)]
        assert stack.rasa.texts(client.conversation) == []


async def test_the_person_is_told_of_a_promise_that_is_still_open(stack: Stack, client: Client) -> None:
    entry = NewEntry(f"{client.conversation}:x:1", client.conversation, "tickets.create", {"text": WORDS})
    Outbox(stack.engine).keep(entry, nothing_else)
    answer = (await delete(client)).json()
    assert answer["promised"] == 1
    assert "still being passed on" in answer["message"]
