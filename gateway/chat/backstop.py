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

from gateway.chat.kit import Kit

log = structlog.get_logger(__name__)


class Backstop:
    """Watch the messages that are worked on."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._timing = kit.timing
        self._said: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)

    async def watch(self, conversation_id: str, inbox_id: int, seq: int) -> None:
        """Follow one message until cancelled: notice, apology, then a word to those who wait behind it."""
        await asyncio.sleep(self._timing.notice_after)
        with _going_on(conversation_id):
            await self._hint(conversation_id, inbox_id)
        await asyncio.sleep(self._timing.apology_after - self._timing.notice_after)
        with _going_on(conversation_id):
            await self.apologise(conversation_id, inbox_id, seq, quiet_since=_ago(self._timing.quiet_for))
        while True:
            await asyncio.sleep(self._timing.notice_after)
            with _going_on(conversation_id):
                await self._apologise_to_waiting(conversation_id)

    async def apologise(
        self, conversation_id: str, inbox_id: int, seq: int, quiet_since: datetime | None = None
    ) -> None:
        """Say sorry once, unless the bot has answered (since `quiet_since`, if given)."""
        body = self._kit.texts.apology_for(seq)
        if await self._kit.threads.write(self._kit.desk.log.apologise, conversation_id, inbox_id, body, quiet_since):
            self._count(conversation_id, inbox_id, body, "apology")

    def said(self, inbox_id: int) -> list[dict[str, Any]]:
        """Hand over what was said about a message, for the tracker."""
        return self._said.pop(inbox_id, [])

    async def _apologise_to_waiting(self, conversation_id: str) -> None:
        inbox, since = self._kit.desk.inbox, _ago(self._timing.apology_after)
        for waiting_id, waiting_seq in await self._kit.threads.read(inbox.waiting, conversation_id, since):
            await self.apologise(conversation_id, waiting_id, waiting_seq)

    async def _hint(self, conversation_id: str, inbox_id: int) -> None:
        body = {"text": self._kit.texts.notice}
        if await self._kit.threads.write(self._kit.desk.log.hint, conversation_id, inbox_id, body):
            self._count(conversation_id, inbox_id, body, "notice")

    def _count(self, conversation_id: str, inbox_id: int, body: dict[str, Any], what: str) -> None:
        self._said[inbox_id].append(body)
        self._kit.metrics.backstop.labels(what).inc()
        self._kit.hub.wake(conversation_id)


@contextlib.contextmanager
def _going_on(conversation_id: str) -> Iterator[None]:
    """Let a failed step not end the steps after it."""
    try:
        yield
    except Exception as error:
        log.error("the backstop could not speak", conversation=conversation_id, error=type(error).__name__)


def _ago(seconds: float) -> datetime:
    return datetime.now(timezone.utc) - timedelta(seconds=seconds)
