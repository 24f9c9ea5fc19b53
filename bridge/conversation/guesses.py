"""Limit wrong guesses: numbers are sequential and conversations are free, so both the record and the address count."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import timedelta
from math import ceil

import sqlalchemy as sa

from bridge.conversation.turns import Turn
from bridge.errors import LockedError
from bridge.storage.chat import guesses
from bridge.storage.engine import insert_if_new, reading, writing
from bridge.storage.types import Clock, utc_now

TRIES = 5
LOCKED_FOR = timedelta(minutes=15)


def ticket_record(number: str) -> str:
    """Return under which name guesses at a ticket count: "10055" and "T-10055" may be one ticket's number."""
    return f"ticket:{re.sub('[^0-9]', '', number) or number}"


class Guesses:
    """Count wrong guesses per record and per client address.

    A right answer clears nothing: whoever knows one record could otherwise guess at others for ever.
    """

    def __init__(self, engine: sa.engine.Engine, secret: str, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock
        self._secret = secret.encode()

    def check(self, turn: Turn, record: str) -> None:
        """Let a guess through, or not.

        Args:
            record: kind and number as typed, such as "order:1001"; it need not exist.

        Raises:
            LockedError: five guesses at this record, or from this address, were wrong.
        """
        with reading(self._engine) as connection:
            locked_until = connection.execute(
                sa.select(sa.func.max(guesses.c.locked_until)).where(
                    guesses.c.subject.in_(self._subjects(turn, record))
                )
            ).scalar()
        now = self._clock()
        if locked_until is not None and locked_until > now:
            raise LockedError(max(1, ceil((locked_until - now).total_seconds() / 60)))

    def wrong(self, turn: Turn, record: str) -> None:
        """Count a wrong guess; the fifth locks, unless a quarter of an hour without any lay between."""
        for subject in self._subjects(turn, record):
            self._count(subject)

    def _count(self, subject: str) -> None:
        now = self._clock()
        mine = guesses.c.subject == subject
        recent = sa.case((guesses.c.updated_at > now - LOCKED_FOR, guesses.c.wrong), else_=0)
        with writing(self._engine) as connection:
            if not insert_if_new(connection, guesses, {"subject": subject, "wrong": 1, "updated_at": now}):
                connection.execute(sa.update(guesses).where(mine).values(wrong=recent + 1, updated_at=now))
            connection.execute(
                sa.update(guesses).where(mine, guesses.c.wrong >= TRIES).values(wrong=0, locked_until=now + LOCKED_FOR)
            )

    def _subjects(self, turn: Turn, record: str) -> list[str]:
        # Without an address (`rasa shell`) the conversation stands for it.
        values = [f"record:{record}", f"client:{turn.client or turn.conversation_id}"]
        return [hmac.new(self._secret, value.encode(), hashlib.sha256).hexdigest() for value in values]
