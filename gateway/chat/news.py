"""Hear what other gateways, the action servers and workers write, at once instead of at the next look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bridge.conversation.news import Item, Listener, News
from gateway.chat.hub import Hub
from gateway.threads import Threads
from gateway.timing import Timing

log = structlog.get_logger(__name__)


class Reporter:
    """Pass on what is heard: growth of a log to its streams, and all of it to `written` (the dispatcher)."""

    def __init__(self, news: News, hub: Hub, threads: Threads, timing: Timing, written: Callable[[Item], None]) -> None:
        self._news = news
        self._hub = hub
        self._threads = threads
        self._timing = timing
        self._written = written

    async def listen(self) -> None:
        """Listen for ever; a connection that breaks is replaced, and what was missed is looked for."""
        while self._news.shared:
            try:
                await self._listen()
            except Exception as error:
                log.warning("news cannot be heard", error=type(error).__name__)
            finally:
                self._hub.told = False
            await asyncio.sleep(self._timing.retry_first)

    async def _listen(self) -> None:
        listener = await self._threads.urgent(self._news.listen)
        try:
            # Only now: what is written from here on is told.
            await self._hub.look()
            self._hub.told = True
            await self._pass_on(listener)
        finally:
            listener.close()

    async def _pass_on(self, listener: Listener) -> None:
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        number = listener.fileno()  # a broken connection has none any more
        loop.add_reader(number, readable.set)
        try:
            while True:
                for item in listener.hear():
                    self._take(item)
                readable.clear()
                await readable.wait()
        finally:
            loop.remove_reader(number)

    def _take(self, item: Item) -> None:
        if item.typing is not None:
            self._hub.show_typing(item.conversation_id, item.typing)
            return
        self._hub.wake_beyond(item.conversation_id, item.seq)
        self._written(item)
