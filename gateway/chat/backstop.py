"""Speak when the bot does not: a notice when it is slow, an apology when nothing comes of it.

Rasa alone can stay silent for minutes (a stopped or frozen action server), so these timers live outside of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import structlog

from bridge.conversation.inbox import Message
from bridge.conversation.log import SLOW
from gateway.chat.handoff import HandoffDesk, asks_for_person
from gateway.chat.kit import Kit

log = structlog.get_logger(__name__)


_CHANCE = 0.5
"""Seconds that a message which has waited long already gets before the notice."""
_CHANCE_OF_ANSWER = 5.0
"""The same before the apology."""


class Backstop:
    """Watch the messages that are worked on."""

    def __init__(self, kit: Kit, handoff: HandoffDesk) -> None:
        self._kit = kit
        self._timing = kit.timing
        self._handoff = handoff
        self._said: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        self._news: dict[str, asyncio.Event] = {}
        """By conversation whose message is overdue: set when another one comes."""

    async def watch(self, message: Message) -> None:
        """Follow one message until cancelled: notice, apology, then a word to those who wait behind it.

        Its time runs since its turn could begin, which was not here if another gateway has died in the middle of it.
        """
        age = max(0.0, (datetime.now(timezone.utc) - message.not_before).total_seconds())
        to_notice = max(self._timing.notice_after - age, min(_CHANCE, self._timing.notice_after))
        await asyncio.sleep(to_notice)
        with _going_on(message):
            await self._hint(message)
        to_apology = max(self._timing.apology_after - age, min(_CHANCE_OF_ANSWER, self._timing.apology_after))
        await asyncio.sleep(to_apology - to_notice)
        with _going_on(message):
            await self.apologise(message, quiet_since=_ago(self._timing.quiet_for))
        news = self._news[message.conversation_id] = asyncio.Event()
        try:
            while True:
                with _going_on(message):
                    await self._look_after_waiting(message)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(news.wait(), self._timing.notice_after)
                news.clear()
        finally:
            del self._news[message.conversation_id]

    def tell_of_news(self, conversation_id: str) -> None:
        """Say that a message has come; it may be one that need not wait for the one before it."""
        if conversation_id in self._news:
            self._news[conversation_id].set()

    async def apologise(self, message: Message, quiet_since: datetime | None = None) -> None:
        """Say sorry once, unless the bot has answered (since `quiet_since`, if given).

        Whoever asks for a person gets one instead.
        """
        conversation_id, log_ = message.conversation_id, self._kit.desk.log
        if asks_for_person(message):
            owed = await self._kit.threads.read(log_.is_owed, conversation_id, message.id, quiet_since)
            if not owed or await self._handoff.put_in_queue(message):
                return
        body = self._kit.texts.apology_for(message.seq)
        if await self._kit.threads.write(log_.apologise, conversation_id, message.id, body, quiet_since):
            self._count(message, body, "apology")

    def said(self, inbox_id: int) -> list[dict[str, Any]]:
        """Hand over what was said about a message, for the tracker."""
        return self._said.pop(inbox_id, [])

    async def _look_after_waiting(self, overdue: Message) -> None:
        since = _ago(self._timing.apology_after)
        for message in await self._kit.threads.read(self._kit.desk.inbox.waiting, overdue.conversation_id):
            # The overdue one itself lies in the queue while nobody takes it; it was seen to.
            if message.id != overdue.id and await self._handoff.takes_ahead(message):
                await self._kit.threads.write(self._kit.desk.inbox.finish, message.id)
            elif message.received_at < since:
                await self.apologise(message)

    async def _hint(self, message: Message) -> None:
        body = {"text": self._kit.texts.notice, **SLOW}
        if await self._kit.threads.write(self._kit.desk.log.hint, message.conversation_id, message.id, body):
            self._count(message, body, "notice")

    def _count(self, message: Message, body: dict[str, Any], what: str) -> None:
        self._said[message.id].append(body)
        self._kit.metrics.backstop.labels(what).inc()
        self._kit.hub.wake(message.conversation_id)


@contextlib.contextmanager
def _going_on(message: Message) -> Iterator[None]:
    """Let a failed step not end the steps after it."""
    try:
        yield
    except Exception as error:
        log.error("the backstop could not speak", conversation=message.conversation_id, error=type(error).__name__)


def _ago(seconds: float) -> datetime:
    return datetime.now(timezone.utc) - timedelta(seconds=seconds)
