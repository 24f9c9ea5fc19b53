"""Which gateway answers a conversation: exactly one at a time, and another one once it has gone silent.

A claim is a row with an end. Its holder moves the end while it lives; whoever finds it over may take it. A holder that
was frozen may wake up and believe that it still holds it: so every write on behalf of a claim begins with a look at the
row, and holds it still until the write is committed.
"""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from bridge.errors import ClaimLostError, SettingsError
from bridge.storage.chat import claims, inbox
from bridge.storage.engine import on_condition, reading, writing

LEASE = timedelta(seconds=5)
"""How long a dead gateway's conversations wait: its people are still to hear something within 15.5 s."""
_SWEPT_AFTER = timedelta(hours=1)

_LEFT = (
    sa.select(inbox.c.id)
    .where(inbox.c.conversation_id == sa.bindparam("conversation"), inbox.c.state.in_(("queued", "dispatched")))
    .limit(1)
)


class Claims(Protocol):
    """Say which conversations this process answers."""

    shared: bool
    """Whether there can be other gateways at all."""

    def take(self, conversation_id: str) -> bool:
        """Take a conversation unless another process has it, and tell whether that worked."""

    def renew(self, conversation_ids: Collection[str]) -> set[str]:
        """Keep what is held of these, and return it: what is missing was taken by another process."""

    def release(self, conversation_id: str) -> bool:
        """Give a conversation up, and tell whether messages are left; who sent them may have been refused the claim."""

    def held(self, conversation_id: str) -> AbstractContextManager[None]:
        """Let every write in the block fail with ClaimLostError once the conversation is another process's."""


class Alone:
    """Hold everything: on SQLite there is one gateway (`only_gateway`)."""

    shared = False

    def take(self, conversation_id: str) -> bool:
        """Find nobody in the way."""
        return True

    def renew(self, conversation_ids: Collection[str]) -> set[str]:
        """Keep all: nothing runs out."""
        return set(conversation_ids)

    def release(self, conversation_id: str) -> bool:
        """Find nothing left: whoever stored a message has told the only worker there is."""
        return False

    def held(self, conversation_id: str) -> AbstractContextManager[None]:
        """Check nothing."""
        return nullcontext()


class Leases:
    """Keep claims in PostgreSQL, by the clock of the server: those of the gateways may differ."""

    shared = True

    def __init__(self, engine: sa.engine.Engine, lease: timedelta = LEASE) -> None:
        self._engine = engine
        self._lease = lease
        self._holder = uuid.uuid4().hex
        # Made once, as they are asked for every message, and one of them at every write.
        conversation, mine = sa.bindparam("conversation"), claims.c.holder == self._holder
        taken = {"holder": self._holder, "until": _now() + lease}
        self._take = (
            postgresql.insert(claims)
            .values(conversation_id=conversation, **taken)
            .on_conflict_do_update(
                index_elements=["conversation_id"], set_=taken, where=sa.or_(claims.c.until < _now(), mine)
            )
        )
        # One that is over is still ours until somebody takes it, which the lock keeps them from until the commit.
        held = sa.select(claims.c.holder).where(claims.c.conversation_id == conversation, mine)
        self._held = held.with_for_update(read=True)
        self._give_up = sa.delete(claims).where(claims.c.conversation_id == conversation, mine)

    def take(self, conversation_id: str) -> bool:
        """Take a conversation unless another process has it, and tell whether that worked."""
        with writing(self._engine) as connection:
            return bool(connection.execute(self._take, {"conversation": conversation_id}).rowcount)

    def renew(self, conversation_ids: Collection[str]) -> set[str]:
        """Keep what is held of these, and return it; sweep what nobody can want any more."""
        mine = sa.and_(claims.c.holder == self._holder, claims.c.conversation_id.in_(list(conversation_ids)))
        with writing(self._engine) as connection:
            connection.execute(sa.delete(claims).where(claims.c.until < _now() - _SWEPT_AFTER))
            kept = sa.update(claims).where(mine).values(until=_now() + self._lease)
            return set(connection.execute(kept.returning(claims.c.conversation_id)).scalars())

    def release(self, conversation_id: str) -> bool:
        """Give a conversation up, and tell whether messages are left."""
        mine = {"conversation": conversation_id}
        with writing(self._engine) as connection:
            connection.execute(self._give_up, mine)
        # A transaction later: a gateway that was refused the claim had stored its message before this one ended.
        with reading(self._engine) as connection:
            return connection.execute(_LEFT, mine).first() is not None

    def held(self, conversation_id: str) -> AbstractContextManager[None]:
        """Let every write in the block fail with ClaimLostError once the conversation is another process's."""
        return on_condition(partial(self._check, conversation_id))

    def _check(self, conversation_id: str, connection: sa.engine.Connection) -> None:
        if connection.execute(self._held, {"conversation": conversation_id}).first() is None:
            raise ClaimLostError(conversation_id)


def claims_on(engine: sa.engine.Engine) -> Claims:
    """Return what tells the gateways on a database apart."""
    return Alone() if engine.dialect.name == "sqlite" else Leases(engine)


def worked_on(connection: sa.engine.Connection) -> sa.sql.Select:
    """Return what selects the conversations that some gateway has now."""
    now = claims.c.until > _now() if connection.dialect.name == "postgresql" else sa.false()
    return sa.select(claims.c.conversation_id).where(now)


@contextmanager
def only_gateway(database_url: str) -> Iterator[None]:
    """Be the only gateway on a SQLite file until the block ends; on PostgreSQL there may be others.

    The lock belongs to the open file, so that it ends with the process however that ends.

    Raises:
        SettingsError: there is another one.
    """
    url = sa.engine.make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        yield
        return
    with Path(f"{url.database}.gateway").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                f"DATABASE_URL: another gateway is at work on {url.database}; several need PostgreSQL"
            ) from None
        yield


def _now() -> sa.sql.ColumnElement:
    # Not the start of the transaction: one that waited for a lock would give a claim away too early.
    return sa.func.timezone("utc", sa.func.clock_timestamp(), type_=sa.DateTime)
