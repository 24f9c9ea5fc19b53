"""One worker for each conversation that has messages on their way: in order, one at a time, many side by side."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timezone
from typing import Any

import structlog

from bridge.conversation.inbox import AGAIN, OVER, SYSTEM, Message
from bridge.conversation.news import Item
from bridge.conversation.turns import correlation_id
from bridge.conversation.wishes import TurnEnd
from bridge.errors import ClaimLostError, NotFoundError
from bridge.tracing import span
from gateway.chat.backstop import Backstop
from gateway.chat.claims import Office
from gateway.chat.delivery import Courier
from gateway.chat.handoff import HandoffDesk
from gateway.chat.kit import Kit
from gateway.chat.survey import ask_how_it_was
from gateway.chat.tracker import StoredTurn, own_event
from gateway.chat.words import clean

log = structlog.get_logger(__name__)


class Dispatcher:
    """Start workers, and find what a crash or another process left behind."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._inbox = kit.desk.inbox
        self._threads = kit.threads
        self._courier = Courier(kit)
        self._handoff = HandoffDesk(kit)
        self._backstop = Backstop(kit, self._handoff)
        self.office = Office(kit.desk.claims, kit.threads, kit.timing, self._drop)
        self._pending: set[str] = set()
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def wake(self, conversation_id: str) -> None:
        """Let a conversation's messages be worked on."""
        if self._closed:
            return
        self._pending.add(conversation_id)
        self._backstop.tell_of_news(conversation_id)
        if conversation_id not in self._workers:
            self._workers[conversation_id] = asyncio.create_task(self._work(conversation_id))

    def forget(self, conversation_id: str) -> None:
        """Let go of a conversation that was deleted: Rasa gives up a turn whose caller leaves."""
        self._pending.discard(conversation_id)
        self._drop(conversation_id)

    def hear(self, item: Item) -> None:
        """Take notice of what was written, here or by another process."""
        self._backstop.tell_of_news(item.conversation_id)
        if item.seq == 0:
            self.wake(item.conversation_id)

    async def watch(self, every: float) -> None:
        """Pick up messages that nobody works on: at the start those of the last process, later any leftover."""
        while True:
            try:
                for conversation_id in await self._threads.read(self._inbox.open_conversations):
                    if conversation_id not in self._workers:
                        self.wake(conversation_id)
            except Exception as error:
                log.warning("the inbox cannot be watched", error=type(error).__name__)
            try:
                await self._threads.write(self._kit.desk.results.requeue)
            except Exception as error:
                log.warning("late results cannot be watched", error=type(error).__name__)
            await asyncio.sleep(every)

    async def close(self) -> None:
        """Stop all workers; what they had in hand stays in the inbox for the next start."""
        self._closed = True
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def _drop(self, conversation_id: str) -> None:
        """Stop working on a conversation: it is another gateway's, or gone."""
        if worker := self._workers.get(conversation_id):
            worker.cancel()

    async def _work(self, conversation_id: str) -> None:
        pause = self._kit.timing.retry_first
        try:
            while conversation_id in self._pending:
                self._pending.discard(conversation_id)
                try:
                    await self._drain(conversation_id)
                except ClaimLostError:
                    log.warning("another gateway has taken over", conversation=conversation_id)
                except NotFoundError:
                    log.info("the conversation was deleted", conversation=conversation_id)
                except Exception as error:
                    log.error("a message could not be worked on", conversation=conversation_id, exc_info=error)
                    await asyncio.sleep(pause)
                    pause = min(self._kit.timing.retry_most, pause * 2)
                    self._pending.add(conversation_id)
        finally:
            # No await since the last look at _pending: a wake after it starts a new worker.
            del self._workers[conversation_id]

    async def _drain(self, conversation_id: str) -> None:
        """Work on all messages of a conversation, unless another gateway does."""
        if not await self.office.take(conversation_id):
            return
        try:
            with self.office.working_on(conversation_id):
                while message := await self._threads.read(self._inbox.oldest, conversation_id):
                    await self._take(message)
        finally:
            # Given up however it ends: so another gateway need not wait for the claim to run out.
            if await self.office.release(conversation_id):
                self._pending.add(conversation_id)

    async def _take(self, message: Message) -> None:
        # The task's own context: what is bound here ends with this message, and reaches every task it starts.
        names = {"correlation": correlation_id(message.id), "conversation": message.conversation_id}
        with structlog.contextvars.bound_contextvars(**names), span("answer message", message.trace):
            await self._answer(message)

    async def _answer(self, message: Message) -> None:
        if message.kind == SYSTEM:
            await self._tell(message)
            return
        if message.kind == OVER:
            await self._handoff.take_up(message.conversation_id, message.id, message.body)
            await self._threads.write(self._inbox.finish, message.id)
            self._kit.hub.wake(message.conversation_id)
            return
        if message.kind == AGAIN:
            await self._threads.write(self._inbox.decide, message.id)
            return
        if await self._handoff.takes(message):
            await self._threads.write(self._inbox.finish, message.id)
            return
        began = time.monotonic()
        watch = asyncio.create_task(self._backstop.watch(message))
        try:
            turn = await self._courier.bring(message)
        finally:
            watch.cancel()
            await asyncio.wait({watch})
        await self._end(message, turn)
        self._kit.metrics.turn_seconds.observe(time.monotonic() - began)
        self._kit.metrics.message_seconds.observe(
            max(0.0, (datetime.now(timezone.utc) - message.received_at).total_seconds())
        )
        log.info(
            "turn over",
            seq=message.seq,
            seconds=round(time.monotonic() - began, 3),
        )

    async def _end(self, message: Message, turn: StoredTurn | None) -> None:
        """Close a message whose turn is over, after an apology if nothing came of it."""
        # Only now: while a turn is open, Rasa would make a note wait for the conversation's lock.
        await self._note(message, self._backstop.said(message.id))
        ended = await self._threads.write(self._finish_heard, message, turn)
        if ended is None:
            # A turn without an answer is no outcome either.
            await self._backstop.apologise(message)
            await self._note(message, self._backstop.said(message.id))
            await self._threads.write(self._kit.desk.results.tell_unheard, message.id)
            ended = await self._threads.write(self._finish, message, turn)
        said, seq = ended
        # The action server writes to the log too (a handoff, for one); whatever it wrote is counted by now.
        self._kit.hub.wake_beyond(message.conversation_id, seq)
        await self._note(message, said)

    async def _note(self, message: Message, said: list[dict[str, Any]]) -> None:
        """Let Rasa know what the gateway said."""
        if said:
            await self._kit.rasa.append(message.conversation_id, [own_event(body) for body in said])

    def _finish_heard(self, message: Message, turn: StoredTurn | None) -> tuple[list[dict[str, Any]], int] | None:
        """Finish a message if it got an answer that is no apology, all in one visit to a thread."""
        return self._finish(message, turn) if self._kit.desk.results.was_heard(message.id) else None

    def _finish(self, message: Message, turn: StoredTurn | None) -> tuple[list[dict[str, Any]], int]:
        """Close a message and see to what it asks besides; return what was said about that, and the log's length."""
        said = []
        if turn is None:
            self._inbox.finish(message.id)
        else:
            end = TurnEnd(turn.understood, clean(turn.wish), turn.asks)
            body = self._kit.desk.wishes.finish(message, end, self._kit.texts.about_wish)
            said = [body] if body else []
            if not said and not turn.asks:
                said = ask_how_it_was(self._kit, message.conversation_id)
        seqs = self._kit.desk.log.last_seqs([message.conversation_id])
        return said, seqs.get(message.conversation_id, 0)

    async def _tell(self, message: Message) -> None:
        """Let Rasa tell what came late, also while a person talks; nobody waits for it, so no timer runs."""
        await self._handoff.quieten(message)
        await self._courier.bring(message)
        if await self._threads.read(self._inbox.replies, message.id) == 0:
            # The action server may have died between marking results as told and handing them to Rasa.
            await self._threads.write(self._kit.desk.results.take_back, message.id)
        await self._threads.write(self._inbox.finish, message.id)
        self._kit.hub.wake(message.conversation_id)
