"""Run the real applications on free ports, and talk to them as a client would."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import httpx
import jwt
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from bridge.alerts import Alarm
from bridge.connections.webhooks import webhooks_of
from bridge.conversation.claims import claims_on
from bridge.conversation.erasure import Erasures
from bridge.conversation.files import Files
from bridge.conversation.identities import Identities
from bridge.conversation.inbox import Inbox
from bridge.conversation.log import EventLog
from bridge.conversation.news import News
from bridge.conversation.offers import Offers
from bridge.conversation.results import Results
from bridge.conversation.retention import Housekeeping
from bridge.conversation.sessions import Sessions
from bridge.conversation.surveys import Surveys
from bridge.conversation.tickets import StreamTickets
from bridge.conversation.turns import Turn, Turns
from bridge.conversation.watches import Watches
from bridge.conversation.wishes import Wishes
from bridge.events.board import Board
from bridge.events.hooks import Hooks, looks
from bridge.events.outbox import Outbox
from bridge.events.watch import OutboxWatch
from bridge.formatting.outbound import Speech
from bridge.handoff.places import Places
from bridge.handoff.queue import HandoffQueue
from bridge.mail import Mailbox
from bridge.model.outcome import BackendState, Outcome
from bridge.settings import Settings
from bridge.settings.chat import Chat
from bridge.settings.places import files_folder, tracker_url
from bridge.settings.privacy import Files as FileLimits
from bridge.settings.schema import Contact, Deployment
from bridge.settings.schema import Outbox as OutboxLimits
from bridge.storage.chat import conversations, inbox
from bridge.storage.trackers import Trackers
from bridge.storage.types import utc_now
from bridge.summaries.sweep import Summaries
from bridge.summaries.writing import Writer
from bridge.till import Till
from gateway.core import Gateway
from gateway.server import listen, serve
from gateway.texts import load_texts
from gateway.timing import Timing
from tests.gateway.fake_rasa import TLS, FakeRasa

SECRET = "a-secret-of-at-least-32-bytes-for-tests"
INTERNAL = "an-internal-secret-for-tests"
USER_TOKEN_SECRET = "the-host-site-signs-with-this-32-bytes"
PATIENCE = 10.0
"""Seconds after which something that should come is taken for missing."""

QUICK = Timing(notice_after=30, apology_after=60, retry_first=0.02, retry_most=0.1, poll=0.05, heartbeat=30)
"""Retries quickly; the backstop stays out of the way."""

Event = dict[str, Any]


def settings_for(
    database_url: str, rasa_port: int, chat: Chat | None = None, files: FileLimits | None = None, **changes: Any
) -> Settings:
    """Return settings whose limits are wide, unless `chat` says otherwise."""
    wide = Chat(messages_per_minute=6000, client_messages_per_minute=60000, sessions_per_minute=6000)
    deployment = Deployment(
        name="test",
        contact=Contact(phone="1", email="a@example.test"),
        chat=chat or wide,
        outbox=OutboxLimits(relay_in_gateway=False),
        files=files or FileLimits(),
    )
    values: dict[str, Any] = {
        "deployment": deployment,
        "database_url": database_url,
        "host": "127.0.0.1",
        "port": 1,
        "internal_port": 1,
        "rasa_port": rasa_port,
        "actions_port": 1,
        "secret": SECRET,
        "internal_secret": INTERNAL,
        "user_token_secret": USER_TOKEN_SECRET,
        "demo": False,
    }
    return Settings(**(values | changes))


@dataclass(frozen=True)
class Keeper:
    """Stand in for the use case that asks for a person; `refused`: nothing may be kept for later."""

    queue: HandoffQueue
    refused: bool = False

    def keep(self, turn: Turn, _known: dict[str, str]) -> Outcome:
        """Put the conversation into the queue."""
        if self.refused:
            return Outcome("utter_dialog_backend_unavailable", state=BackendState.FAILED)
        place = self.queue.open(turn.conversation_id, "asked", "")
        return Outcome("utter_handoff_open", {"queue": f" ({place})", "phone": "1", "mail": "a@example.test"})


def _hooks(engine: sa.engine.Engine, settings: Settings) -> Hooks:
    webhooks = webhooks_of(settings, utc_now)
    return Hooks(engine, looks(Outbox(engine)), Watches(engine), webhooks, lambda _system: None, CollectorRegistry())


def desk_for(engine: sa.engine.Engine, settings: Settings) -> Any:
    """Return the parts of the bridge that the gateway uses."""
    files = Files(engine, files_folder(settings))
    erasures = Erasures(engine, (Trackers(tracker_url(settings)), files))
    sessions = Sessions(engine, settings.secret)
    return SimpleNamespace(
        settings=settings,
        engine=engine,
        inbox=Inbox(engine),
        claims=claims_on(engine),
        news=News(engine),
        stream_tickets=StreamTickets(engine),
        log=EventLog(engine),
        sessions=sessions,
        identities=Identities(engine, sessions, settings.secret),
        mailbox=Mailbox(engine) if settings.has_mailbox else None,
        till=Till(engine) if settings.has_mailbox else None,
        speech=Speech("en_US", "UTC"),
        offers=Offers(engine),
        results=Results(engine),
        wishes=Wishes(engine),
        handoffs=HandoffQueue(engine),
        surveys=Surveys(engine),
        handoff=Keeper(HandoffQueue(engine)),
        turns=Turns(engine),
        hooks=_hooks(engine, settings),
        places=Places(engine),
        watch=OutboxWatch(Outbox(engine), Board(engine), Mock(spec=Alarm), 15),
        files=files,
        erasures=erasures,
        housekeeping=Housekeeping(engine, erasures, files, settings.deployment.retention, 90),
        summaries=Summaries(
            engine,
            Outbox(engine),
            Mock(capabilities=frozenset()),
            Writer("en_US", "UTC"),
            settings.deployment.summaries,
        ),
        registry=CollectorRegistry(),
    )


def host_token(key: str = USER_TOKEN_SECRET, algorithm: str = "HS256", kid: str | None = None, **changes: Any) -> str:
    """Sign a token as the host site would; None removes a claim."""
    now = time.time()
    claims = {"sub": "customer-7", "email": "ann@example.test", "aud": "frontdesk", "exp": now + 60, "iat": now}
    claims |= {"jti": str(uuid.uuid4())} | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm, headers={"kid": kid} if kid else None)


TEXTS = load_texts("en")


def assert_refused(response: httpx.Response, status: int, code: str) -> None:
    """Check status and body of a refusal: errors have one form."""
    expected = {"error": {"code": code, "message": TEXTS.errors[code]}}
    assert (response.status_code, response.json()) == (status, expected)


@dataclass
class Client:
    """Hold one conversation of one browser tab."""

    http: httpx.AsyncClient
    conversation: str = ""
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Return what proves the conversation."""
        return {"Authorization": f"Bearer {self.token}"}

    async def open(self, **content: Any) -> httpx.Response:
        """Open or renew the session."""
        response = await self.http.post("/chat/session", json=content, headers=self.headers if self.token else {})
        if response.status_code == 201:
            self.conversation, self.token = response.json()["conversation"], response.json()["token"]
        return response

    async def post(self, **content: Any) -> httpx.Response:
        """Send a message with an id of its own, unless one is given."""
        content.setdefault("id", str(uuid.uuid4()))
        return await self.http.post("/chat/messages", json=content, headers=self.headers)

    async def say(self, text: str) -> int:
        """Send a text that must be taken, and return its number."""
        response = await self.post(text=text)
        assert response.status_code == 202, response.text
        return int(response.json()["seq"])

    async def press(self, payload: str) -> int:
        """Send a payload that must be taken, and return its number."""
        response = await self.post(payload=payload)
        assert response.status_code == 202, response.text
        return int(response.json()["seq"])

    async def history(self, after: int = 0) -> list[Event]:
        """Return the log."""
        response = await self.http.get("/chat/history", params={"after": after}, headers=self.headers)
        assert response.status_code == 200, response.text
        events: list[Event] = response.json()["events"]
        return events

    @contextlib.asynccontextmanager
    async def stream(self, after: int = 0, **headers: str) -> AsyncIterator[AsyncIterator[Event]]:
        """Open the event stream."""
        request = self.http.stream("GET", "/chat/events", params={"after": after}, headers=self.headers | headers)
        async with request as response:
            assert response.status_code == 200, await response.aread()
            yield read_events(response)

    async def until(self, wanted: Callable[[Event], bool], after: int = 0) -> list[Event]:
        """Return the stored events up to the first that is wanted; it must come."""
        seen: list[Event] = []

        async def read() -> None:
            async with self.stream(after) as events:
                async for event in events:
                    if "seq" in event:
                        seen.append(event)
                        if wanted(event):
                            return

        try:
            await asyncio.wait_for(read(), PATIENCE)
        except asyncio.TimeoutError:
            raise AssertionError(f"the wanted event did not come; these did: {seen}") from None
        return seen

    async def answers(self, count: int, after: int = 0) -> list[str]:
        """Return the texts of the next `count` bot messages."""
        texts: list[str] = []

        def enough(event: Event) -> bool:
            if event["type"] == "bot":
                texts.append(event["text"])
            return len(texts) == count

        await self.until(enough, after)
        return texts


async def read_events(response: httpx.Response) -> AsyncIterator[Event]:
    """Yield the events of a stream; each id must be its number."""
    number = None
    async for line in response.aiter_lines():
        if line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("data: "):
            event = json.loads(line[6:])
            assert event.get("seq") == number
            yield event
        elif not line:
            number = None


@dataclass
class Stack:
    """Hold a gateway and its Rasa."""

    engine: sa.engine.Engine
    rasa: FakeRasa
    settings: Settings
    timing: Timing = QUICK
    gateway: Gateway = field(init=False)
    http: httpx.AsyncClient = field(init=False)
    internal_url: str = ""
    _stop: asyncio.Event = field(init=False)
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the gateway."""
        public, internal = listen("127.0.0.1", 0, "PORT"), listen("127.0.0.1", 0, "INTERNAL_PORT")
        self.internal_url = f"http://127.0.0.1:{internal.getsockname()[1]}"
        self.rasa.callback_url = f"{self.internal_url}/internal/rasa/callback"
        self.http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{public.getsockname()[1]}", trust_env=False, verify=TLS, timeout=2 * PATIENCE
        )
        self.gateway = Gateway(desk_for(self.engine, self.settings), self.timing)
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(serve(self.gateway, public, internal, self._stop))

    def ask_to_stop(self) -> None:
        """Do what a signal does."""
        self._stop.set()

    async def stop(self) -> None:
        """Stop the gateway as Ctrl-C would."""
        if self._task is not None:
            await self.http.aclose()
            self._stop.set()
            await self._task
            self._task = None

    async def client(self) -> Client:
        """Return a client with a new conversation."""
        client = Client(self.http)
        response = await client.open()
        assert response.status_code == 201, response.text
        return client

    def messages(self, client: Client) -> list[Any]:
        """Return the inbox of a conversation."""
        mine = sa.select(inbox).where(inbox.c.conversation_id == client.conversation)
        return self.rows(mine.order_by(inbox.c.id))

    def is_done(self, client: Client) -> bool:
        """Tell whether no message of a conversation is on its way."""
        return all(row["state"] == "done" for row in self.messages(client))

    async def done(self, client: Client) -> None:
        """Wait until no message of a conversation is on its way."""
        await eventually(lambda: self.is_done(client))

    def row(self, client: Client) -> Any:
        """Return the row of a conversation."""
        return self.rows(sa.select(conversations).where(conversations.c.id == client.conversation))[0]

    def rows(self, statement: sa.sql.Select) -> list[Any]:
        """Read the database."""
        with self.engine.connect() as connection:
            return connection.execute(statement).mappings().all()


@contextlib.asynccontextmanager
async def running_stack(
    engine: sa.engine.Engine, timing: Timing = QUICK, chat: Chat | None = None, **changes: Any
) -> AsyncIterator[Stack]:
    """Run a gateway with its Rasa."""
    rasa = FakeRasa(INTERNAL)
    await rasa.start()
    settings = settings_for(str(engine.url), rasa.port, chat, **changes)
    stack = Stack(engine, rasa, settings, timing)
    await stack.start()
    try:
        yield stack
    finally:
        # Both at once: each server takes a tenth of a second to see that it should stop.
        await asyncio.gather(stack.stop(), rasa.close())
        engine.dispose()


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so; it must become so."""

    async def wait() -> None:
        while not condition():  # noqa: ASYNC110  # rows of a database raise no event
            await asyncio.sleep(0.005)

    await asyncio.wait_for(wait(), PATIENCE)
