"""Delete a conversation with all that it left: here, in Rasa's own database and on the disk.

The rows here go in one transaction. From then on nothing that is still under way (a turn in Rasa, an action, a file on
its way) can bring the conversation back: every writer needs its row, and the note of its deletion keeps the row away.
Rasa may store a turn a moment later all the same, so its database and the disk are cleaned again until that is over.

A write that was promised and is not done yet (a ticket that waits for its system) is kept: it moves to a row of its
own, without anything else of the conversation, and goes when it is done. A summary for the CRM was promised to nobody:
one that is not sent yet goes at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

import sqlalchemy as sa
import structlog

from bridge.conversation.log import lock
from bridge.errors import NotFoundError
from bridge.storage.chat import conversations
from bridge.storage.engine import reading, scrub, writing
from bridge.storage.events import UNPROMISED, outbox
from bridge.storage.privacy import erasures
from bridge.storage.resilience import audit
from bridge.storage.types import Clock, utc_now

ERASED = "erased"
"""The mode of the row that promised writes move to."""
AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""When Rasa's database is cleaned again: a turn stores its events when it ends, which may take minutes."""
_RETRY = timedelta(minutes=1)
_AT_ONCE = 50

log = structlog.get_logger(__name__)

IsStillMeant = Callable[[sa.engine.Connection], bool]
"""Decide inside the transaction, with the conversation held, whether it is to be deleted after all."""


class Store(Protocol):
    """Keep something of conversations elsewhere than in our tables."""

    def forget(self, conversation_id: str) -> int:
        """Delete all of a conversation; again changes nothing."""


class Erasures:
    """Delete conversations, and work on those whose deletion is not over.

    Args:
        stores: Rasa's database, the folder of the files.
    """

    def __init__(self, engine: sa.engine.Engine, stores: tuple[Store, ...], clock: Clock = utc_now) -> None:
        self._engine = engine
        self._stores = stores
        self._clock = clock

    def erase(self, conversation_id: str, still: IsStillMeant | None = None, *, why: str = "erase") -> int | None:
        """Delete a conversation; a second time changes nothing.

        Args:
            why: the operation that the audit names.

        Returns:
            How many promised writes are kept until they are done; None where it was not to be deleted after all.

        Raises:
            NotFoundError: there is no such conversation, and none was deleted lately.
        """
        with writing(self._engine) as connection:
            try:
                conversation = lock(connection, conversation_id)
            except NotFoundError:
                if not is_erased(connection, conversation_id):
                    raise
                return 0
            if still is not None and not still(connection):
                return None
            promised = self._set_apart(connection, conversation_id)
            # Everything else of it hangs on this row and goes with it.
            connection.execute(sa.delete(conversations).where(conversations.c.id == conversation_id))
            self._note(connection, conversation_id)
            self._audit(connection, conversation, why)
        self._work_on(conversation_id)
        return promised

    def work(self) -> int:
        """Go on with the deletions that are due; return how many there were."""
        due = sa.select(erasures.c.conversation_id).where(erasures.c.due_at <= self._clock())
        with reading(self._engine) as connection:
            waiting = connection.execute(due.order_by(erasures.c.due_at).limit(_AT_ONCE)).scalars().all()
        for conversation_id in waiting:
            self._work_on(conversation_id)
        return len(waiting)

    def overdue(self) -> int:
        """Return of how many deletions Rasa's database or the disk has not heard yet."""
        with reading(self._engine) as connection:
            unreached = sa.select(sa.func.count()).where(sa.not_(erasures.c.reached))
            return int(connection.execute(unreached).scalar_one())

    def _work_on(self, conversation_id: str) -> None:
        """Clean what is not in our tables, and decide when to look again."""
        try:
            for store in self._stores:
                store.forget(conversation_id)
            scrub(self._engine)
        except Exception as error:
            # Its database is down, the disk does not answer: the row stays, and with it the duty.
            log.warning("a deletion is not over", conversation=conversation_id, error=type(error).__name__)
            self._change(conversation_id, due_at=self._clock() + _RETRY, reached=False)
            return
        self._go_on(conversation_id)

    def _go_on(self, conversation_id: str) -> None:
        mine = erasures.c.conversation_id == conversation_id
        with writing(self._engine) as connection:
            asked_at = connection.execute(sa.select(erasures.c.asked_at).where(mine)).scalar()
            if asked_at is None:
                return  # another process was faster
            later = next((asked_at + each for each in AGAIN_AFTER if asked_at + each > self._clock()), None)
            if later is None and _has_unsettled(connection, conversation_id):
                later = self._clock() + _RETRY
            if later is not None:
                connection.execute(sa.update(erasures).where(mine).values(due_at=later, reached=True))
                return
            connection.execute(sa.delete(conversations).where(conversations.c.id == conversation_id))
            connection.execute(sa.delete(erasures).where(mine))

    def _change(self, conversation_id: str, **values: Any) -> None:
        mine = erasures.c.conversation_id == conversation_id
        with writing(self._engine) as connection:
            connection.execute(sa.update(erasures).where(mine).values(**values))

    def _set_apart(self, connection: sa.engine.Connection, conversation_id: str) -> int:
        """Move the writes that were promised to a row of their own; return how many there are."""
        mine = sa.and_(outbox.c.conversation_id == conversation_id, _OPEN, outbox.c.operation.not_in(UNPROMISED))
        # Held as well: a relay that has just taken one must settle it before or after, not in between.
        count = len(connection.execute(sa.select(outbox.c.id).where(mine).with_for_update()).all())
        if count:
            apart = f"{ERASED}-{uuid.uuid4().hex}"
            row = {"id": apart, "created_at": self._clock(), "mode": ERASED}
            connection.execute(sa.insert(conversations).values(row))
            connection.execute(sa.update(outbox).where(mine).values(conversation_id=apart))
            self._note(connection, apart)
        return count

    def _note(self, connection: sa.engine.Connection, conversation_id: str) -> None:
        now = self._clock()
        row = {"conversation_id": conversation_id, "asked_at": now, "due_at": now}
        connection.execute(sa.insert(erasures).values(row))

    def _audit(self, connection: sa.engine.Connection, conversation: Any, why: str) -> None:
        connection.execute(
            sa.insert(audit).values(
                at=self._clock(),
                conversation_id=conversation["id"],
                identity_level=conversation["identity_level"],
                domain="conversation",
                system="frontdesk",
                operation=why,
                record="",
                outcome="ok",
                duration_ms=0,
                attempts=0,
                correlation_id="",
            )
        )


_OPEN = outbox.c.state.in_(("waiting", "leased"))


def is_erased(connection: sa.engine.Connection, conversation_id: str) -> bool:
    """Tell whether a conversation was deleted a short while ago."""
    wanted = sa.select(erasures.c.conversation_id).where(erasures.c.conversation_id == conversation_id)
    return connection.execute(wanted).first() is not None


def _has_unsettled(connection: sa.engine.Connection, conversation_id: str) -> bool:
    """Tell whether a promised write waits for its system, or for an operator."""
    unsettled = sa.or_(_OPEN, outbox.c.state == "dead")
    wanted = sa.select(outbox.c.id).where(outbox.c.conversation_id == conversation_id, unsettled)
    return connection.execute(wanted.limit(1)).first() is not None
