"""One-time codes: six digits that prove an e-mail address, once, for ten minutes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from enum import Enum
from math import ceil

import sqlalchemy as sa

from bridge.conversation.turns import Turn
from bridge.errors import LockedError
from bridge.storage.chat import code_sends, codes
from bridge.storage.engine import reading, writing
from bridge.storage.types import Clock, utc_now

VALID_FOR = timedelta(minutes=10)
WINDOW = timedelta(minutes=15)
SENDS = {"email": 3, "conversation": 3, "client": 10}
"""So many mails in a window: to one address, from one conversation, from one client address."""
_TRIES = 5


class Answer(str, Enum):
    """Say what became of a code that somebody typed."""

    RIGHT = "right"
    WRONG = "wrong"
    GONE = "gone"
    """There is none, or not any more: expired, or tried too often."""


class Codes:
    """Keep the outstanding code of each conversation, as a keyed hash."""

    def __init__(self, engine: sa.engine.Engine, secret: str, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._secret = secret.encode()
        self._clock = clock

    def make(self, turn: Turn, email: str) -> str:
        """Return a new code for an address; what was outstanding in this conversation is worth nothing from now on.

        Raises:
            LockedError: enough mails went to this address, or from this conversation or client address.
        """
        code, now = f"{secrets.randbelow(10**6):06d}", self._clock()
        row = {"email": email, "digest": self._digest(turn.conversation_id, email, code), "tries": 0}
        with writing(self._engine) as connection:
            self._count(connection, turn, email)
            connection.execute(sa.delete(codes).where(codes.c.conversation_id == turn.conversation_id))
            connection.execute(
                sa.insert(codes).values(conversation_id=turn.conversation_id, expires_at=now + VALID_FOR, **row)
            )
        return code

    def outstanding(self, conversation_id: str) -> str | None:
        """Return the address to which a code went that still holds, or None."""
        wanted = sa.select(codes.c.email).where(self._holds(conversation_id))
        with reading(self._engine) as connection:
            email: str | None = connection.execute(wanted).scalar()
        return email

    def withdraw(self, conversation_id: str) -> None:
        """Forget the code of a conversation: it was never sent."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(codes).where(codes.c.conversation_id == conversation_id))

    def use(self, connection: sa.engine.Connection, conversation_id: str, typed: str) -> tuple[Answer, str]:
        """Try a code inside the caller's transaction: what becomes of it, and which address it was sent to.

        The try is counted before anything is compared, so that tries side by side are counted as well.
        """
        mine = self._holds(conversation_id)
        tried = connection.execute(sa.update(codes).where(mine).values(tries=codes.c.tries + 1))
        row = connection.execute(sa.select(codes).where(codes.c.conversation_id == conversation_id)).first()
        if row is None or not tried.rowcount:
            return Answer.GONE, row.email if row else ""
        if not hmac.compare_digest(row.digest, self._digest(conversation_id, row.email, typed)):
            return (Answer.WRONG if row.tries < _TRIES else Answer.GONE), row.email
        connection.execute(sa.delete(codes).where(codes.c.conversation_id == conversation_id))
        return Answer.RIGHT, row.email

    def _holds(self, conversation_id: str) -> sa.sql.ColumnElement:
        return sa.and_(
            codes.c.conversation_id == conversation_id, codes.c.tries < _TRIES, codes.c.expires_at > self._clock()
        )

    def _count(self, connection: sa.engine.Connection, turn: Turn, email: str) -> None:
        """Count a mail against everything that is limited."""
        now = self._clock()
        connection.execute(sa.delete(code_sends).where(code_sends.c.at <= now - WINDOW))
        values = {"email": email, "conversation": turn.conversation_id, "client": turn.client or turn.conversation_id}
        for kind, value in values.items():
            subject = self._hash(f"{kind}:{value}")
            connection.execute(sa.insert(code_sends).values(subject=subject, at=now))
            sent = sa.select(sa.func.count(), sa.func.min(code_sends.c.at)).where(code_sends.c.subject == subject)
            count, first = connection.execute(sent).one()
            if count > SENDS[kind]:
                raise LockedError(max(1, ceil((first + WINDOW - now).total_seconds() / 60)))

    def _digest(self, conversation_id: str, email: str, code: str) -> str:
        return self._hash(f"code:{conversation_id}:{email}:{code}")

    def _hash(self, value: str) -> str:
        return hmac.new(self._secret, value.encode(), hashlib.sha256).hexdigest()
