"""Stand in for the gateway: the chat API from memory, the real page, and faults on demand."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.security import SecurityHeaders

ROOT = Path(__file__).parents[2]
WEB = ROOT / "gateway" / "web"
WIDGET = ROOT / "widget" / "dist"
# Beside the gateway's own policy (a browser applies both): only the widget's constant templates become markup.
STRICTER = "style-src 'self'; script-src 'self'; require-trusted-types-for 'script'; trusted-types lit-html"
Event = dict[str, Any]
T = TypeVar("T")


class Conversation:
    """Hold one event log and the streams that follow it."""

    def __init__(self, number: int) -> None:
        self.id = f"conversation-{number}"
        self.events: list[Event] = []
        self.message_ids: dict[str, int] = {}
        self.streams: set[asyncio.Queue[str | None]] = set()
        # Numbers go on where the log ends, or from any place a test puts them.
        self.next_seq = 1

    def append(self, event: Event) -> Event:
        """Number an event, keep it, and send it to all streams."""
        stored = {"seq": self.next_seq, "at": datetime.now(timezone.utc).isoformat(), **event}
        self.next_seq = max(self.next_seq, stored["seq"] + 1)
        self.events.append(stored)
        self.send(as_sse(stored))
        return stored

    def send(self, text: str | None) -> None:
        """Send raw text to all streams; None ends them."""
        for stream in self.streams:
            stream.put_nowait(text)


def as_sse(event: Event) -> str:
    """Write an event in the form of the stream."""
    return f"id: {event['seq']}\ndata: {json.dumps(event)}\n\n"


class FakeGateway:
    """Serve the chat API on a loopback port, in a thread of its own."""

    def __init__(self) -> None:
        self.conversations: list[Conversation] = []
        self.tokens: dict[str, Conversation] = {}
        self.expired: dict[str, Conversation] = {}
        self.messages: list[Event] = []
        self.sessions_opened = 0
        # What the bot says to a text or payload; everything else is repeated back.
        self.answers: dict[str, list[Event]] = {}
        # What the log shows instead of what was said: a button's title, a masked number.
        self.shown: dict[str, str] = {}
        # The most events of one page of history.
        self.page_length = 1000
        # Answers that the next posts get instead of being taken.
        self.faults: deque[Response] = deque()
        self.lifetime = timedelta(hours=1)
        # What the session says of files; None: they cannot be sent.
        self.takes_files: Event | None = None
        # The files that came, by the client's own id: their name and content.
        self.files: dict[str, tuple[str, bytes]] = {}
        # What a deletion says is still under way.
        self.promised = 0
        self._numbers = itertools.count(1)
        self._port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- the server -------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Serve; after a stop, on the same port and with the same conversations."""
        config = uvicorn.Config(self._app(), host="127.0.0.1", port=self._port, ws="none", log_level="critical")
        self._server = server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(server)))
        self._thread.start()
        deadline = time.monotonic() + 10
        while not server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the fake gateway did not start")
            time.sleep(0.01)
        self._port = server.servers[0].sockets[0].getsockname()[1]

    async def _serve(self, server: uvicorn.Server) -> None:
        self._loop = asyncio.get_running_loop()
        await server.serve()

    def stop(self) -> None:
        """Stop serving; open streams end."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self.cut()
        self._thread.join(10)
        self._server = self._thread = self._loop = None

    def _app(self) -> ASGIApp:
        routes = [
            Route("/", lambda _: FileResponse(WEB / "index.html")),
            Route("/widget", lambda _: FileResponse(WEB / "widget.html")),
            Route("/embed", lambda _: FileResponse(WEB / "embed.html")),
            Mount("/static", StaticFiles(directory=WEB)),
            Mount("/widget", StaticFiles(directory=WIDGET)),
            Route("/chat/session", self._session, methods=["POST"]),
            Route("/chat/messages", self._message, methods=["POST"]),
            Route("/chat/history", self._history),
            Route("/chat/conversation", self._erase, methods=["DELETE"]),
            Route("/chat/events", self._events),
            Route("/chat/files", self._file, methods=["POST"]),
            Route("/chat/files/{id}", self._give),
        ]
        return with_stricter_policy(SecurityHeaders(Starlette(routes=routes)))

    # -- what tests do to it ----------------------------------------------------------------------------------------

    def say(self, *events: Event) -> None:
        """Append events to the newest conversation."""
        self._call(lambda: [self.conversations[-1].append(event) for event in events])

    def send_raw(self, text: str) -> None:
        """Write text as it is into the open streams of the newest conversation."""
        self._call(lambda: self.conversations[-1].send(text))

    def cut(self) -> None:
        """End all open streams."""
        self._call(lambda: [conversation.send(None) for conversation in self.conversations])

    def expire_tokens(self, *, renewable: bool) -> None:
        """Answer 401 to all tokens; if renewable, a session request with one still goes on with its conversation."""
        self.expired = dict(self.tokens) if renewable else {}
        self.tokens.clear()

    @property
    def open_streams(self) -> int:
        """Count the streams being followed."""
        return sum(len(conversation.streams) for conversation in self.conversations)

    def _call(self, work: Callable[[], T]) -> T | None:
        if self._loop is None:
            return work()

        async def run() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(5)

    # -- endpoints --------------------------------------------------------------------------------------------------

    def _conversation(self, request: Request) -> Conversation | None:
        return self.tokens.get(_token(request))

    async def _session(self, request: Request) -> Response:
        self.sessions_opened += 1
        token = _token(request)
        conversation = self.tokens.get(token) or self.expired.get(token)
        if token and conversation is None:
            return problem(401, "unauthorized", "Please start a new session.")
        if conversation is None:
            conversation = Conversation(len(self.conversations) + 1)
            self.conversations.append(conversation)
        fresh = f"token-{next(self._numbers)}"
        self.tokens[fresh] = conversation
        expires_at = (datetime.now(timezone.utc) + self.lifetime).isoformat()
        offer = {"files": self.takes_files} if self.takes_files else {}
        return JSONResponse({"conversation": conversation.id, "token": fresh, "expires_at": expires_at, **offer}, 201)

    async def _message(self, request: Request) -> Response:
        conversation = self._conversation(request)
        if conversation is None:
            return problem(401, "unauthorized", "Please start a new session.")
        if self.faults:
            return self.faults.popleft()
        body = await request.json()
        if (seq := conversation.message_ids.get(body["id"])) is not None:
            return JSONResponse({"seq": seq}, 200)
        self.messages.append(body)
        said = body.get("text", body.get("payload", ""))
        seq = conversation.append({"type": "user", "id": body["id"], "text": self.shown.get(said, said)})["seq"]
        conversation.message_ids[body["id"]] = seq
        for event in self.answers.get(said, [{"type": "bot", "text": f"You said: {said}"}]):
            conversation.append(event)
        return JSONResponse({"seq": seq}, 202)

    async def _history(self, request: Request) -> Response:
        conversation = self._conversation(request)
        if conversation is None:
            return problem(401, "unauthorized", "Please start a new session.")
        given = request.query_params
        if "limit" in given:
            before = int(given.get("before", sys.maxsize))
            older = [event for event in _after(conversation, request) if event["seq"] < before]
            page, more = older[-int(given["limit"]) :], len(older) > int(given["limit"])
            modes = [event for event in conversation.events if event["type"] == "status"]
            return JSONResponse({"events": page, "more": more, "status": modes[-1] if modes else None})
        events = _after(conversation, request)
        return JSONResponse({"events": events[: self.page_length], "more": len(events) > self.page_length})

    async def _file(self, request: Request) -> Response:
        conversation = self._conversation(request)
        if conversation is None:
            return problem(401, "unauthorized", "Please start a new session.")
        content = await request.body()
        if self.faults:
            return self.faults.popleft()
        id_, name = request.headers["x-file-id"], unquote(request.headers["x-file-name"])
        file = {"id": id_, "name": name}
        if id_ not in self.files:
            self.files[id_] = (name, content)
            conversation.append({"type": "user", "id": id_, "text": name, "file": file})
            conversation.append({"type": "notice", "text": f"{name} has arrived."})
        return JSONResponse({"seq": 1, "file": file}, 202)

    async def _give(self, request: Request) -> Response:
        if self._conversation(request) is None:
            return problem(401, "unauthorized", "Please start a new session.")
        return Response(self.files[request.path_params["id"]][1], media_type="application/octet-stream")

    async def _erase(self, request: Request) -> Response:
        conversation = self._conversation(request)
        if conversation is None:
            return problem(401, "unauthorized", "Please start a new session.")
        if self.faults:
            return self.faults.popleft()
        self.tokens = {token: each for token, each in self.tokens.items() if each is not conversation}
        conversation.send('data: {"type": "erased"}\n\n')
        conversation.send(None)
        return JSONResponse({"erased": True, "promised": self.promised, "message": ""})

    async def _events(self, request: Request) -> Response:
        conversation = self._conversation(request)
        if conversation is None:
            return problem(401, "unauthorized", "Please start a new session.")

        async def stream() -> AsyncIterator[str]:
            queue: asyncio.Queue[str | None] = asyncio.Queue()
            conversation.streams.add(queue)
            try:
                yield ": welcome\n\n" + "".join(map(as_sse, _after(conversation, request)))
                while (text := await queue.get()) is not None:
                    yield text
            finally:
                conversation.streams.discard(queue)

        return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def problem(status: int, code: str, message: str, **headers: str) -> Response:
    """Make an error answer in the one form of the API."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=headers)


def with_stricter_policy(app: ASGIApp) -> ASGIApp:
    """Add a second content security policy to every answer."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Content-Security-Policy", STRICTER)
            await send(message)

        await app(scope, receive, send_with_policy)

    return guarded


def _token(request: Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _after(conversation: Conversation, request: Request) -> list[Event]:
    after = int(request.query_params.get("after", "0"))
    return sorted((e for e in conversation.events if e["seq"] > after), key=lambda event: event["seq"])
