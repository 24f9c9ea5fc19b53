"""Server-sent events: the log of one conversation from a given number on, without gap or double."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bridge.conversation.log import EventLog
from gateway.chat.hub import Hub, Subscription
from gateway.threads import Threads

_PAGE = 200


class EventStream(Response):
    """Send what is in the log, then what comes, until the client leaves, the token expires or the process ends."""

    def __init__(
        self,
        subscription: Subscription,
        hub: Hub,
        events: EventLog,
        threads: Threads,
        *,
        after: int,
        seconds: float,
        heartbeat: float,
    ) -> None:
        super().__init__(media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        # A stream has no length, and Response has just written one.
        del self.headers["content-length"]
        self._subscription = subscription
        self._hub = hub
        self._events = events
        self._threads = threads
        subscription.cursor = after
        self._until = time.monotonic() + seconds
        self._heartbeat = heartbeat

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with anyio.create_task_group() as group:

                async def until_gone() -> None:
                    while (await receive())["type"] != "http.disconnect":
                        pass
                    group.cancel_scope.cancel()

                group.start_soon(until_gone)
                await self._run(send)
                group.cancel_scope.cancel()
        finally:
            self._hub.close(self._subscription)

    async def _run(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await _write(send, "retry: 2000\n\n")
        while not self._subscription.over and time.monotonic() < self._until:
            self._subscription.changed.clear()
            if self._subscription.behind:
                await self._catch_up(send)
            if not self._subscription.behind:
                await self._show_typing(send)
                await self._wait(send)
        if self._subscription.erased:
            await _write(send, f"data: {json.dumps({'type': 'erased'})}\n\n")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _catch_up(self, send: Send) -> None:
        """Send a page of the log; behind it there may be another."""
        self._subscription.behind = False  # before the look: what is told during it may be missed by it
        where = self._subscription.conversation_id, self._subscription.cursor
        events = await self._threads.read(self._events.after, *where, _PAGE)
        if events:
            self._subscription.cursor = events[-1]["seq"]
            await _write(send, "".join(map(_frame, events)))
        self._subscription.behind |= len(events) == _PAGE

    async def _show_typing(self, send: Send) -> None:
        typing, self._subscription.typing = self._subscription.typing, None
        if typing is not None:
            # No id: a client that resumes must not count it.
            await _write(send, f"data: {json.dumps({'type': 'typing', 'on': typing})}\n\n")

    async def _wait(self, send: Send) -> None:
        # Not all at one moment: a thousand streams that came back together would beat together ever after.
        beat = self._heartbeat * random.uniform(0.5, 1)
        longest = min(beat, max(0.0, self._until - time.monotonic()))
        try:
            await asyncio.wait_for(self._subscription.changed.wait(), longest)
        except asyncio.TimeoutError:
            await _write(send, ": alive\n\n")


def _frame(event: dict[str, Any]) -> str:
    return f"id: {event['seq']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
