"""Stand in for Rasa where the gateway meets it: the callback webhook, the tracker, the status; with faults on demand.

What it does under a fault was measured on Rasa 3.6.21: a callback answered 500 is taken for delivered and the turn is
saved; one that is cut makes the turn fail with 500, unsaved; a request whose client leaves is cancelled.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.chat.callback import ABORT, Cut
from gateway.server import listen, make_server

Message = dict[str, Any]
TLS = ssl.create_default_context()
"""Made once: httpx would make one for each client, in a tenth of a second."""


def echo(text: str) -> list[Message]:
    """Answer with the question."""
    return [{"text": f"You said: {text}"}]


class FakeRasa:
    """Hold conversations and switches."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.callback_url = ""
        self.trackers: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.started: list[tuple[str, str]] = []
        self.at_once: defaultdict[str, int] = defaultdict(int)
        self.most_at_once: defaultdict[str, int] = defaultdict(int)
        self.port = 0
        self._client = httpx.AsyncClient(trust_env=False, verify=TLS)
        self._server: Any = None
        self._task: asyncio.Task[None] | None = None
        self.behave()

    def behave(self) -> None:
        """Set all switches to a Rasa that is well, and forget whom it has met."""
        self.started.clear()
        self.answer: Callable[[str], list[Message]] = echo
        """Make the answers to a message."""
        self.before: Callable[[str], Any] | None = None
        """Awaited before the first answer: a slow or hanging action."""
        self.after: Callable[[str], Any] | None = None
        """Awaited after the last answer, before the turn is saved."""
        self.die_after_callbacks: int | None = None
        """Break off, unsaved, once this many answers were sent."""
        self.die_after_saving = False
        self.lose_callbacks = False
        """Save the turn as usual, but tell the gateway nothing."""
        self.intents: dict[str, str] = {}
        """What a text is taken for when only that is asked; everything else is `inform`."""
        self.parse: Callable[[str], dict[str, Any]] = lambda _text: {}
        """Make what a message is understood as beside the usual."""
        self.form: Callable[[str], str | None] | None = None
        """Name the form that is active after a message."""
        self.slots: Callable[[str], dict[str, Any]] = lambda _text: {}
        """Make the slots that a message fills."""
        self.drops = 0
        """Answer so many messages with 200 without doing anything, as without a model."""

    def texts(self, conversation_id: str) -> list[str]:
        """Return the user messages whose turns were saved."""
        return [each["text"] for each in self.trackers[conversation_id] if each["event"] == "user"]

    async def start(self) -> None:
        """Listen, on the same port as before if it was up once."""
        listener = listen("127.0.0.1", self.port, "RASA_PORT")
        self.port = listener.getsockname()[1]
        self._server = make_server(self._app())
        self._task = asyncio.create_task(self._server.serve([listener]))

    async def kill(self) -> None:
        """Go down at once: open connections break, turns in progress are lost."""
        assert self._task is not None
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        for task in list(self._server.server_state.tasks):
            task.cancel()
        self._server.should_exit = self._server.force_exit = True
        await self._task

    async def close(self) -> None:
        """Let go of everything."""
        if self._task is not None and not self._task.done():
            await self.kill()
        await self._client.aclose()

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/webhooks/callback/webhook", self._webhook, methods=["POST"]),
                Route("/conversations/{id}/tracker", self._tracker),
                Route("/conversations/{id}/tracker/events", self._append, methods=["POST"]),
                Route("/model/parse", self._parse, methods=["POST"]),
                Route("/status", self._status),
            ]
        )

    async def _webhook(self, request: Request) -> Response:
        content = await request.json()
        turn = asyncio.create_task(self.take(content["sender"], content["message"].strip()))
        gone = asyncio.create_task(_until_gone(request))
        try:
            await asyncio.wait({turn, gone}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            turn.cancel()  # changes nothing where it is over
            await turn
        except _DiedError:
            return Cut()
        except (httpx.HTTPError, asyncio.CancelledError):
            return PlainTextResponse("error", 500)
        return PlainTextResponse("success")

    async def take(self, sender: str, text: str) -> None:
        """Work on one message, as the webhook does."""
        if self.drops:
            self.drops -= 1
            return
        self.started.append((sender, text))
        self.at_once[sender] += 1
        self.most_at_once[sender] = max(self.most_at_once[sender], self.at_once[sender])
        try:
            events = [_user(text, **self.parse(text))]
            events += [{"event": "active_loop", "name": self.form(text)}] if self.form else []
            events += [{"event": "slot", "name": name, "value": value} for name, value in self.slots(text).items()]
            if self.before is not None:
                await self.before(text)
            messages = self.answer(text)
            for number, callback in enumerate(itertools.chain(*map(_callbacks, messages))):
                if self.die_after_callbacks == number:
                    self.die_after_callbacks = None
                    raise _DiedError
                if not self.lose_callbacks:
                    await self._call_back(sender, callback)
            events += map(_bot, messages)
            if self.after is not None:
                await self.after(text)
            self.trackers[sender] += events
            if self.die_after_saving:
                self.die_after_saving = False
                raise _DiedError
        finally:
            self.at_once[sender] -= 1

    async def _call_back(self, sender: str, message: Message) -> None:
        await self._client.post(
            self.callback_url, json={"recipient_id": sender, **message}, headers={"X-Frontdesk-Secret": self.token}
        )

    async def _tracker(self, request: Request) -> Response:
        if request.query_params.get("token") != self.token:
            return JSONResponse({"reason": "NotAuthenticated"}, 401)
        assert request.query_params["include_events"] == "ALL"
        return JSONResponse({"events": self.trackers[request.path_params["id"]]})

    async def _append(self, request: Request) -> Response:
        if request.query_params.get("token") != self.token:
            return JSONResponse({"reason": "NotAuthenticated"}, 401)
        self.trackers[request.path_params["id"]] += await request.json()
        return JSONResponse({})

    async def _parse(self, request: Request) -> Response:
        if request.query_params.get("token") != self.token:
            return JSONResponse({"reason": "NotAuthenticated"}, 401)
        return JSONResponse({"intent": {"name": self.intents.get((await request.json())["text"], "inform")}})

    async def _status(self, request: Request) -> Response:
        if request.query_params.get("token") != self.token:
            return JSONResponse({"reason": "NotAuthenticated"}, 401)
        return JSONResponse({"model_file": "model.tar.gz", "model_id": "model-1"})


class _DiedError(Exception):
    """The process is gone in the middle of a turn."""


async def _until_gone(request: Request) -> None:
    assert ABORT in request.scope
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _user(text: str, **parse: Any) -> dict[str, Any]:
    intent = {"name": "track_order", "confidence": 0.9}
    return {
        "event": "user",
        "text": text,
        "timestamp": time.time(),
        "message_id": uuid.uuid4().hex,
        "metadata": {"model_id": "model-1"},
        "parse_data": {
            "text": text,
            "intent": intent,
            "intent_ranking": [intent, {"name": "greet", "confidence": 0.1}],
            "entities": [{"entity": "order_number", "value": "1001", "start": 0, "end": 4, "extractor": "x"}],
            **parse,
        },
    }


def _callbacks(message: Message) -> Iterator[Message]:
    """Post text and buttons, then card, then image: each is a callback of its own."""
    if message.get("text"):
        yield {key: message[key] for key in ("text", "buttons") if key in message}
    for key in ("custom", "image"):
        if key in message:
            yield {key: message[key]}


def _bot(message: Message) -> dict[str, Any]:
    data = {key: message.get(key) for key in ("elements", "quick_replies", "buttons", "attachment", "image", "custom")}
    return {"event": "bot", "text": message.get("text"), "timestamp": time.time(), "data": data, "metadata": {}}
