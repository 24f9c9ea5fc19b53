"""Delete what is older than the deployment keeps it, in small batches; a conversation with open work stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from bridge.conversation.erasure import ERASED, Erasures
from bridge.conversation.fallbacks import Fallbacks
from bridge.conversation.files import Files
from bridge.errors import NotFoundError
from bridge.settings.privacy import Retention
from bridge.storage.chat import chat_events, conversations, handoffs, inbox
from bridge.storage.engine import reading
from bridge.storage.events import UNPROMISED, outbox
from bridge.storage.jobs import jobs
from bridge.storage.types import Clock, utc_now

ERASURES_EVERY = 5.0
"""Seconds between two looks for deletions that are not over."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Deleted:
    """Count what a look deleted."""

    conversations: int = 0
    files: int = 0
    guesses: int = 0
    """Messages that were not understood, of which the guesses are forgotten."""


class Housekeeping:
    """Go on with deletions, and start those that are due; any number of processes may."""

    def __init__(
        self,
        engine: sa.engine.Engine,
        erasures: Erasures,
        files: Files,
        limits: Retention,
        fallback_days: int,
        clock: Clock = utc_now,
    ) -> None:
        self._engine = engine
        self._erasures = erasures
        self._files = files
        self._fallbacks = Fallbacks(engine)
        self._limits = limits
        self._fallback_days = fallback_days
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        next_look = self._clock()
        while not stop.is_set():
            try:
                self._erasures.work()
                if self._clock() >= next_look:
                    next_look = self._clock() + timedelta(minutes=self._limits.every_minutes)
                    self.look(stop.is_set)
            except Exception as error:
                log.warning("old conversations cannot be deleted", error=type(error).__name__)
            stop.wait(ERASURES_EVERY)

    def look(self, is_enough: Callable[[], bool] = lambda: False) -> Deleted:
        """Delete all that is due, batch by batch, until somebody says that it is enough."""
        deleted = Deleted(
            self._delete_conversations(is_enough), self._delete_files(is_enough), self._forget_guesses(is_enough)
        )
        self._files.tidy()
        if deleted != Deleted():
            log.info("deleted what was old", conversations=deleted.conversations, files=deleted.files)
        return deleted

    def _delete_conversations(self, is_enough: Callable[[], bool]) -> int:
        if self._limits.conversations_days is None:
            return 0
        before = self._clock() - timedelta(days=self._limits.conversations_days)
        deleted, last = 0, ""
        while not is_enough():
            wanted = _idle(before).where(conversations.c.id > last).order_by(conversations.c.id)
            with reading(self._engine) as connection:
                batch = connection.execute(wanted.limit(self._limits.batch)).scalars().all()
            deleted += sum(self._retire(conversation_id, before) for conversation_id in batch)
            if len(batch) < self._limits.batch:
                break
            last = batch[-1]
        return deleted

    def _retire(self, conversation_id: str, before: datetime) -> bool:
        def is_idle(connection: sa.engine.Connection) -> bool:
            # The person may have written since it was chosen.
            return connection.execute(_idle(before).where(conversations.c.id == conversation_id)).first() is not None

        try:
            return self._erasures.erase(conversation_id, is_idle, why="retire") is not None
        except NotFoundError:
            return False  # another process was faster

    def _delete_files(self, is_enough: Callable[[], bool]) -> int:
        if self._limits.files_days is None:
            return 0
        before, deleted = self._clock() - timedelta(days=self._limits.files_days), 0
        while not is_enough():
            batch = self._files.delete_before(before, self._limits.batch)
            deleted += batch
            if batch < self._limits.batch:
                break
        return deleted

    def _forget_guesses(self, is_enough: Callable[[], bool]) -> int:
        return 0 if is_enough() else self._fallbacks.purge(self._clock() - timedelta(days=self._fallback_days))


def _idle(before: datetime) -> sa.sql.Select:
    """Choose conversations in which nothing has happened since a time and nothing is still to happen."""
    mine = conversations.c.id
    newest = sa.and_(chat_events.c.conversation_id == mine, chat_events.c.seq == conversations.c.last_seq)
    open_work = (
        sa.exists().where(inbox.c.conversation_id == mine, inbox.c.state.in_(("queued", "dispatched"))),
        sa.exists().where(
            outbox.c.conversation_id == mine,
            outbox.c.state.in_(("waiting", "leased", "dead")),
            outbox.c.operation.not_in(UNPROMISED),
        ),
        sa.exists().where(handoffs.c.conversation_id == mine, handoffs.c.state != "closed"),
        sa.exists().where(jobs.c.conversation_id == mine, jobs.c.finished_at.is_(None), jobs.c.started_at >= before),
        sa.exists().where(inbox.c.conversation_id == mine, inbox.c.received_at >= before),
    )
    return (
        sa.select(mine)
        .select_from(conversations.outerjoin(chat_events, newest))
        .where(
            conversations.c.mode != ERASED,
            sa.func.coalesce(chat_events.c.at, conversations.c.created_at) < before,
            *(sa.not_(each) for each in open_work),
        )
    )
