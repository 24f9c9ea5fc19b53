"""Find conversations that are over, and put one summary of each stretch into the outbox; any number of processes may.

The stretch is marked and its summary kept in one transaction, with the conversation held: whoever dies, and however
many look at once, each stretch is summed up once. Sending it is the relay's.
"""

from __future__ import annotations

import threading
from datetime import timedelta

import sqlalchemy as sa
import structlog

from bridge.conversation.inbox import OVER
from bridge.conversation.log import lock
from bridge.errors import NotFoundError
from bridge.events.outbox import NewEntry, Outbox
from bridge.ports.crm import Crm
from bridge.settings.summaries import Summaries as Limits
from bridge.storage.chat import chat_events, conversations, inbox
from bridge.storage.engine import reading, writing
from bridge.storage.events import SUMMARY
from bridge.storage.types import Clock, utc_now
from bridge.summaries.stretch import Stretch, newest_row, read_stretch
from bridge.summaries.writing import Writer

EVERY = 5.0
"""Seconds between two looks."""
AFTER_AN_END = timedelta(minutes=3)
"""Without a word after a goodbye, or after a colleague gave the conversation back: time to say how it was."""
NEEDED = frozenset({"find_contact", "log_interaction"})
"""What a CRM must be able to do to keep summaries."""
_ENDS = ("goodbye", "give_feedback")
_BATCH = 20

log = structlog.get_logger(__name__)


class Summaries:
    """Sum conversations up.

    A CRM that keeps no talks, or a deployment that wants none, gets none; what ends meanwhile is passed over.
    """

    def __init__(
        self,
        engine: sa.engine.Engine,
        outbox: Outbox,
        crm: Crm,
        writer: Writer,
        limits: Limits,
        clock: Clock = utc_now,
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._writer = writer
        self._is_wanted = limits.enabled and crm.capabilities >= NEEDED
        self._quiet = timedelta(minutes=limits.quiet_minutes)
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            try:
                while not stop.is_set() and self.look():
                    pass
            except Exception as error:
                log.warning("conversations cannot be summed up", error=type(error).__name__)
            stop.wait(EVERY)

    def look(self) -> int:
        """Sum up the stretches that have been over for longest; return how many were found."""
        with reading(self._engine) as connection:
            due = self._due().order_by(conversations.c.heard_at).limit(_BATCH)
            found = connection.execute(due).scalars().all()
        for conversation_id in found:
            try:
                self._sum_up(conversation_id)
            except NotFoundError:
                continue  # it was deleted since
            except sa.exc.SQLAlchemyError:
                raise
            except Exception as error:
                # Our own mistake costs one summary, and not those of everybody behind it.
                log.error(
                    "a conversation cannot be summed up", conversation=conversation_id, error=type(error).__name__
                )
                self._pass_over(conversation_id)
        return len(found)

    def _sum_up(self, conversation_id: str) -> None:
        with writing(self._engine) as connection:
            conversation = lock(connection, conversation_id)
            # The person may have gone on since it was chosen, or another process was faster.
            if connection.execute(self._due().where(conversations.c.id == conversation_id)).first() is None:
                return
            stretch = read_stretch(connection, conversation)
            newest = _mark(connection, conversation_id)
            if self._is_wanted and stretch is not None and stretch.email is not None:
                self._keep(connection, stretch, f"{conversation_id}:{SUMMARY}:{newest}")

    def _keep(self, connection: sa.engine.Connection, stretch: Stretch, key: str) -> None:
        note = self._writer.write(stretch)
        content = {"email": stretch.email, "subject": note.subject, "summary": note.summary, "at": note.at.isoformat()}
        self._outbox.put(connection, NewEntry(key, stretch.conversation_id, SUMMARY, content))
        log.info("summed up", conversation=stretch.conversation_id, verified=stretch.verified)

    def _pass_over(self, conversation_id: str) -> None:
        with writing(self._engine) as connection:
            _mark(connection, conversation_id)

    def _due(self) -> sa.sql.Select:
        """Choose conversations with unsummed words, in which nothing is under way and nobody has spoken lately."""
        now = self._clock()
        mine = conversations.c.id
        ended = min(self._quiet, AFTER_AN_END)
        newest = sa.and_(chat_events.c.conversation_id == mine, chat_events.c.seq == conversations.c.last_seq)
        open_ = sa.exists().where(inbox.c.conversation_id == mine, inbox.c.state.in_(("queued", "dispatched")))
        return (
            sa.select(mine)
            .select_from(conversations.join(chat_events, newest))
            .where(
                conversations.c.heard_at <= now - ended,
                conversations.c.mode.not_in(("waiting", "human")),
                sa.or_(chat_events.c.at <= now - self._quiet, sa.and_(chat_events.c.at <= now - ended, _has_end())),
                sa.not_(open_),
            )
        )


def _mark(connection: sa.engine.Connection, conversation_id: str) -> int:
    """Note that a conversation is summed up to now, and return up to which row of the inbox."""
    newest = newest_row(connection, conversation_id)
    mark = {"heard_at": None, "summed_up_to": newest}
    connection.execute(sa.update(conversations).where(conversations.c.id == conversation_id).values(mark))
    return newest


def _has_end() -> sa.sql.ColumnElement:
    """Tell whether the last message of a conversation ended it."""
    other = inbox.alias()
    last = sa.select(sa.func.max(other.c.id)).where(other.c.conversation_id == conversations.c.id)
    last = last.correlate(conversations).scalar_subquery()
    return sa.exists().where(inbox.c.id == last, sa.or_(inbox.c.kind == OVER, inbox.c.intent.in_(_ENDS)))
