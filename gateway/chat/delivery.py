"""Bring one message to Rasa, exactly once as far as its tracker tells, through restarts of either side."""

from __future__ import annotations

import asyncio
import random

import structlog

from bridge.conversation.inbox import Message
from bridge.conversation.turns import correlation_id
from bridge.tracing import span
from gateway.chat.kit import Kit
from gateway.chat.rasa import Delivery
from gateway.chat.tracker import StoredTurn, bot_event, find_turn, shows_nothing

log = structlog.get_logger(__name__)

_TRIES = 5
"""A message on which Rasa fails this often is given up, or nothing behind it would ever be answered."""
_AT_ONCE = 128


class Courier:
    """Deliver messages; the number of turns at once is bounded over all conversations."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._inbox = kit.desk.inbox
        self._threads = kit.threads
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def bring(self, message: Message) -> StoredTurn | None:
        """Deliver until the turn is over, and return it as Rasa saved it, if it says so."""
        known_saved: StoredTurn | None
        perhaps_saved = message.attempts > 0
        failures = pauses = 0
        while failures < _TRIES:
            if perhaps_saved:
                asked, known_saved = await self._stored(message)
                if known_saved:
                    await self._log_missing(message, known_saved)
                    return known_saved
                if not asked:
                    pauses = await self._pause(pauses)
                    continue
                self._kit.metrics.redeliveries.inc()
            delivery = await self._attempt(message)
            if delivery is Delivery.OVER:
                asked, known_saved = await self._stored(message)
                if known_saved:
                    return known_saved
                if not asked:
                    return None
                if await self._threads.read(self._inbox.replies, message.id) > 0:
                    return None
                # Without a model Rasa answers 200 and does nothing: that is no turn.
                log.warning("Rasa took a message and dropped it", conversation=message.conversation_id)
            if delivery is Delivery.DOWN:
                await self._threads.write(self._inbox.release, message.id)
            else:
                failures, perhaps_saved = failures + 1, True
            pauses = await self._pause(pauses)
        log.error("a message was given up", conversation=message.conversation_id, seq=message.seq)
        return None

    async def _attempt(self, message: Message) -> Delivery:
        async with self._slots:
            with span("rasa turn") as note:
                delivery = await self._turn(message)
                note("delivery", delivery.value)
                return delivery

    async def _turn(self, message: Message) -> Delivery:
        await self._threads.write(self._inbox.claim, message.id)
        await self._show_typing(message.conversation_id, True)
        try:
            return await self._kit.rasa.deliver(message.conversation_id, message.body, correlation_id(message.id))
        finally:
            await self._show_typing(message.conversation_id, False)

    async def _show_typing(self, conversation_id: str, on: bool) -> None:
        if not self._kit.hub.told:
            self._kit.hub.show_typing(conversation_id, on)
            return
        try:
            await self._threads.write(self._kit.desk.news.show_typing, conversation_id, on)
        except Exception as error:
            # It is only for show: what matters meets the same error at its own write.
            log.warning("typing cannot be shown", conversation=conversation_id, error=type(error).__name__)

    async def _stored(self, message: Message) -> tuple[bool, StoredTurn | None]:
        """Tell whether Rasa's tracker could be read, and the turn if it is there."""
        events = await self._kit.rasa.events(message.conversation_id)
        if events is None:
            return False, None
        return True, find_turn(events, message.body, message.not_before.timestamp())

    async def _log_missing(self, message: Message, turn: StoredTurn) -> None:
        """Log those answers of a saved turn that no callback brought."""
        await self._threads.write(self._inbox.recount, message.id)
        for each in turn.messages:
            type_, body = bot_event(each, self._kit.texts.notice)
            if not shows_nothing(body):
                await self._threads.write(self._kit.desk.log.reply, message.conversation_id, type_, body)
        self._kit.hub.wake(message.conversation_id)

    async def _pause(self, pauses: int) -> int:
        longest = min(self._kit.timing.retry_most, self._kit.timing.retry_first * 2**pauses)
        # Jitter: after an outage the conversations must not all come back in one moment.
        await asyncio.sleep(longest * random.uniform(0.5, 1))
        return min(pauses + 1, 16)
