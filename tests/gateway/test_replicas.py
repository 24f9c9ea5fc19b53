"""Two gateways on one PostgreSQL, as real processes: one is killed or frozen in a turn, and nobody notices."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa

from bridge.conversation.results import TELL
from bridge.events.entries import State
from bridge.events.handlers import TICKET
from bridge.events.outbox import NewEntry, Outbox, nothing_else
from bridge.storage.chat import chat_events, inbox
from bridge.storage.engine import migrate, open_engine, reading
from bridge.storage.types import utc_now
from tests.events.conftest import CONTENT
from tests.gateway.fake_rasa import TLS, FakeRasa
from tests.gateway.harness import (
    INTERNAL,
    PATIENCE,
    QUICK,
    SECRET,
    TEXTS,
    Client,
    Event,
    eventually,
    running_stack,
)
from tests.gateway.test_process import free_port, process, until_up
from tests.support.postgres import Cluster

pytestmark = pytest.mark.slow

TOLD = f"You said: {TELL}"
TAKEN_OVER_WITHIN = 9.0
"""The lease, the next look, and the turn, on a busy machine."""


@dataclasses.dataclass
class Replica:
    """Hold one gateway with the Rasa beside it."""

    process: asyncio.subprocess.Process
    rasa: FakeRasa
    http: httpx.AsyncClient

    def as_seen_from(self, client: Client) -> Client:
        """Return the same client, balanced to this replica."""
        return Client(self.http, client.conversation, client.token)


Pair = tuple[Replica, Replica]


@contextlib.asynccontextmanager
async def replica(database_url: str) -> AsyncIterator[Replica]:
    """Run one gateway, with a Rasa of its own as on a machine of its own."""
    rasa = FakeRasa(INTERNAL)
    await rasa.start()
    port, internal_port = free_port(), free_port()
    rasa.callback_url = f"http://127.0.0.1:{internal_port}/internal/rasa/callback"
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "INTERNAL_PORT": str(internal_port),
        "RASA_PORT": str(rasa.port),
        "ACTIONS_PORT": "1",
        "FRONTDESK_SECRET": SECRET,
        "FRONTDESK_INTERNAL_SECRET": INTERNAL,
    }
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, trust_env=False, verify=TLS, timeout=2 * PATIENCE) as http:
        async with process(environment) as running:
            await until_up(http)
            yield Replica(running, rasa, http)
        await rasa.close()


@pytest.fixture(scope="module")
def shared_url(postgres: Cluster) -> Iterator[str]:
    """Return the address of a migrated PostgreSQL database of our own: these processes outlive a single test."""
    name = postgres.create_database()
    engine = open_engine(postgres.url(name))
    migrate(engine)
    engine.dispose()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def pair(shared_url: str) -> AsyncIterator[Pair]:
    """Run two gateways whose Rasas keep their trackers in one store."""
    async with replica(shared_url) as one, replica(shared_url) as other:
        other.rasa.trackers = one.rasa.trackers
        yield one, other


@pytest.fixture
def database(shared_url: str) -> Iterator[sa.engine.Engine]:
    """Return an engine to look with."""
    engine = open_engine(shared_url)
    yield engine
    engine.dispose()


async def test_what_is_said_to_one_gateway_is_heard_on_another(pair: Pair) -> None:
    one, other = pair
    client = Client(one.http)
    await client.open()
    elsewhere = other.as_seen_from(client)
    seen, delays = [], []
    async with client.stream() as events:
        for number in range(5):
            began = time.monotonic()
            await elsewhere.say(f"number {number}")
            async for event in events:
                seen.append((event["type"], event.get("text", event.get("on"))))
                if event["type"] == "bot":
                    delays.append(time.monotonic() - began)
                    break
    bot = [text for type_, text in seen if type_ == "bot"]
    assert bot == [f"You said: number {number}" for number in range(5)]
    # Well below the second that the next look into the log would take.
    assert sorted(delays)[2] < 0.3, delays
    assert ("typing", True) in seen
    assert one.rasa.started == []


async def test_a_ticket_of_one_gateway_opens_one_stream_at_another(pair: Pair) -> None:
    one, other = pair
    client = Client(one.http)
    await client.open()
    ticket = (await one.http.post("/chat/ticket", headers=client.headers)).json()["ticket"]
    async with other.http.stream("GET", "/chat/events", params={"ticket": ticket}) as stream:
        assert stream.status_code == 200
    for gateway in pair:
        assert (await gateway.http.get("/chat/events", params={"ticket": ticket})).status_code == 401


async def test_what_the_relay_of_one_gateway_has_done_is_told_once_at_both(
    pair: Pair, database: sa.engine.Engine
) -> None:
    client = Client(pair[0].http)
    await client.open()
    # Kept a minute ago: it is due, for whichever of the two relays looks first.
    kept = Outbox(database, clock=lambda: utc_now() - timedelta(minutes=1))
    new = NewEntry(f"{client.conversation}:create_ticket:1", client.conversation, TICKET, CONTENT)
    streams = [asyncio.create_task(heard(gateway.as_seen_from(client), TOLD)) for gateway in pair]
    await asyncio.to_thread(kept.keep, new, nothing_else)
    for events in await asyncio.gather(*streams):
        assert [(event["text"], event["proactive"]) for event in events] == [(TOLD, True)]
    await eventually(lambda: states(database, client) == ["done"])
    assert spoken(database, client) == [TOLD]
    entry = kept.find(new.key)
    assert entry is not None
    assert entry.state is State.DONE


async def test_the_words_of_one_gateways_backstop_are_heard_once_at_both(shared_url: str) -> None:
    # In this process, where their timers can be short.
    soon = dataclasses.replace(QUICK, notice_after=0.1, apology_after=0.3, quiet_for=0.1)
    go_on = asyncio.Event()

    async def hang(_text: str) -> None:
        await go_on.wait()

    async with contextlib.AsyncExitStack() as stacks:
        pair = [await stacks.enter_async_context(running_stack(open_engine(shared_url), soon)) for _ in range(2)]
        for gateway in pair:
            gateway.rasa.trackers, gateway.rasa.before = pair[0].rasa.trackers, hang
        client = await pair[0].client()
        both = [client, Client(pair[1].http, client.conversation, client.token)]
        streams = [asyncio.create_task(heard(each, "You said: hello")) for each in both]
        await client.say("hello")
        await both[1].until(lambda event: event.get("text") == TEXTS.apology["text"])
        go_on.set()
        for events in await asyncio.gather(*streams):
            assert [event["text"] for event in events] == [TEXTS.notice, TEXTS.apology["text"], "You said: hello"]
        apologies = [gateway.gateway.metrics.backstop.labels("apology")._value.get() for gateway in pair]
        assert sorted(apologies) == [0, 1]


async def heard(client: Client, last: str) -> list[Event]:
    """Return what the gateway and the bot said in a stream that is held from the beginning."""
    events = await client.until(lambda event: event.get("text") == last)
    return [event for event in events if event["type"] != "user"]


async def test_a_gateway_is_frozen_past_its_lease_and_comes_back(pair: Pair, database: sa.engine.Engine) -> None:
    one, other = pair
    client = Client(one.http)
    await client.open()
    working, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_text: str) -> None:
        working.set()
        await go_on.wait()

    one.rasa.before = wait
    await client.say("first")
    await asyncio.wait_for(working.wait(), PATIENCE)
    elsewhere = other.as_seen_from(client)
    one.process.send_signal(signal.SIGSTOP)
    # Its Rasa ends the turn meanwhile, and leaves the answer on the doorstep of a process that does not hear.
    go_on.set()
    assert await asyncio.wait_for(elsewhere.answers(1), TAKEN_OVER_WITHIN) == ["You said: first"]
    await eventually(lambda: states(database, client) == ["done"])
    one.process.send_signal(signal.SIGCONT)
    # Both are in the game again, and all that the frozen one still had in mind is behind it when it answers this.
    one.rasa.before = None
    await client.answers(1, after=await client.say("second"))
    await elsewhere.answers(1, after=await elsewhere.say("third"))
    await eventually(lambda: states(database, client) == ["done"] * 3)
    assert spoken(database, client) == [f"You said: {number}" for number in ("first", "second", "third")]


async def test_a_gateway_is_killed_in_the_middle_of_a_turn(pair: Pair, database: sa.engine.Engine) -> None:
    # The last that the pair is used for.
    one, other = pair
    client = Client(one.http)
    await client.open()
    working = asyncio.Event()

    async def hang(_text: str) -> None:
        working.set()
        await asyncio.Event().wait()

    one.rasa.before = hang
    elsewhere = other.as_seen_from(client)
    async with elsewhere.stream() as events:
        await client.say("first")
        await asyncio.wait_for(working.wait(), PATIENCE)
        # Behind it, and through the gateway that does not answer this conversation.
        await elsewhere.say("second")
        one.process.send_signal(signal.SIGKILL)
        began = time.monotonic()
        said: list[str] = []
        async for event in events:
            if event["type"] == "bot":
                said.append(event["text"])
                if len(said) == 2:
                    break
    assert time.monotonic() - began < TAKEN_OVER_WITHIN
    assert said == ["You said: first", "You said: second"]
    await eventually(lambda: states(database, client) == ["done", "done"])
    assert spoken(database, client) == ["You said: first", "You said: second"]
    assert other.rasa.texts(client.conversation) == ["first", "second"]


async def test_a_second_gateway_on_one_sqlite_file_is_refused(migrated_sqlite: Path, tmp_path: Path) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "frontdesk.db")
    url = f"sqlite:///{tmp_path / 'frontdesk.db'}"
    async with replica(url) as one:
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": url,
            "PORT": str(free_port()),
            "INTERNAL_PORT": str(free_port()),
            "FRONTDESK_SECRET": SECRET,
            "FRONTDESK_INTERNAL_SECRET": INTERNAL,
        }
        async with process(environment) as second:
            _, log = await asyncio.wait_for(second.communicate(), 3 * PATIENCE)
        reason = f"another gateway is at work on {tmp_path / 'frontdesk.db'}; several need PostgreSQL"
        assert (second.returncode, log.decode()) == (1, f"gateway: DATABASE_URL: {reason}\n")
        one.process.send_signal(signal.SIGKILL)
        await one.process.wait()
        async with replica(url):
            pass  # a lock that its owner could not give back holds nobody up


def states(engine: sa.engine.Engine, client: Client) -> list[str]:
    """Return what has become of the messages, in order."""
    mine = sa.select(inbox.c.state).where(inbox.c.conversation_id == client.conversation)
    with reading(engine) as connection:
        return list(connection.execute(mine.order_by(inbox.c.id)).scalars())


def spoken(engine: sa.engine.Engine, client: Client) -> list[str]:
    """Return what the log holds of the bot."""
    mine = sa.select(chat_events.c.body).where(
        chat_events.c.conversation_id == client.conversation, chat_events.c.type == "bot"
    )
    with reading(engine) as connection:
        return [body["text"] for body in connection.execute(mine.order_by(chat_events.c.seq)).scalars()]
