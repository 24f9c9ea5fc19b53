"""What a person of the team does: take a conversation that waits, write in it, give it back to the bot."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bridge.conversation.inbox import OVER, queue_unasked
from bridge.conversation.log import append, lock
from bridge.conversation.surveys import TALK, want
from bridge.errors import ConflictError, InvalidError
from bridge.handoff.queue import set_mode
from bridge.storage.chat import handoffs
from bridge.storage.engine import reading, writing
from bridge.storage.types import utc_now

LONGEST_NAME, LONGEST_TEXT = 60, 4_000
UNMET = "unmet"
"""The body of the message that ends a wait in which nobody came."""


@dataclass(frozen=True)
class Open:
    """Hold one conversation that waits for a person, or has one."""

    conversation_id: str
    state: str
    agent: str
    ticket_number: str
    opened_at: datetime


class Talks:
    """Let people of the team talk; the widget shows each name and text as nothing but text."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def open(self, limit: int = 200) -> list[Open]:
        """Return the conversations that wait or are talked in, the longest waiting first."""
        columns = (handoffs.c.conversation_id, handoffs.c.state, handoffs.c.agent, handoffs.c.ticket_number)
        wanted = sa.select(*columns, handoffs.c.opened_at).where(handoffs.c.state != "closed")
        with reading(self._engine) as connection:
            return [Open(*row) for row in connection.execute(wanted.order_by(handoffs.c.id).limit(limit))]

    def take(self, conversation_id: str, agent: str) -> None:
        """Let somebody take over; the same one again changes nothing.

        Raises:
            InvalidError: the name shows nothing or is too long.
            NotFoundError: there is no such conversation.
            ConflictError: it does not wait, or somebody else has it.
        """
        name = _line(agent, "name", LONGEST_NAME)
        with writing(self._engine) as connection:
            handoff = self._handoff(connection, conversation_id)
            if handoff.state == "human" and handoff.agent == name:
                return
            if handoff.state != "waiting":
                raise ConflictError("somebody else has taken it")
            _change(connection, handoff.id, state="human", agent=name)
            set_mode(connection, conversation_id, "human")
            append(connection, conversation_id, "status", {"mode": "human", "agent": name})

    def say(self, conversation_id: str, text: str) -> int:
        """Write in the name of whoever has the conversation; return the number of the event.

        Raises:
            InvalidError: the text shows nothing or is too long.
            NotFoundError: there is no such conversation.
            ConflictError: nobody has it.
        """
        said = text.strip()
        if not _shows(said) or len(said) > LONGEST_TEXT or "\0" in said:
            raise InvalidError("text", f"must have 1 to {LONGEST_TEXT:,} characters")
        with writing(self._engine) as connection:
            handoff = self._taken(connection, conversation_id)
            return append(connection, conversation_id, "agent", {"name": handoff.agent, "text": said})

    def release(self, conversation_id: str) -> None:
        """Give a conversation back to the bot, which says so; also one that still waits.

        Raises:
            NotFoundError: there is no such conversation.
            ConflictError: it waits for nobody.
        """
        with writing(self._engine) as connection:
            handoff = self._handoff(connection, conversation_id)
            _change(connection, handoff.id, state="closed", closed_at=utc_now())
            set_mode(connection, conversation_id, "bot")
            if handoff.state == "human":
                append(connection, conversation_id, "status", {"mode": "bot", "agent": handoff.agent})
                want(connection, conversation_id, TALK, str(handoff.id), utc_now())
                queue_unasked(connection, conversation_id, OVER)
            else:
                append(connection, conversation_id, "status", {"mode": "bot"})
                queue_unasked(connection, conversation_id, OVER, UNMET)

    def _taken(self, connection: sa.engine.Connection, conversation_id: str) -> sa.engine.Row:
        handoff = self._handoff(connection, conversation_id)
        if handoff.state != "human":
            raise ConflictError("nobody has taken it yet")
        return handoff

    @staticmethod
    def _handoff(connection: sa.engine.Connection, conversation_id: str) -> sa.engine.Row:
        lock(connection, conversation_id)
        mine = (handoffs.c.conversation_id == conversation_id, handoffs.c.state != "closed")
        found = connection.execute(sa.select(handoffs.c.id, handoffs.c.state, handoffs.c.agent).where(*mine)).first()
        if found is None:
            raise ConflictError("it waits for nobody")
        return found


def _change(connection: sa.engine.Connection, handoff_id: int, **values: object) -> None:
    connection.execute(sa.update(handoffs).where(handoffs.c.id == handoff_id).values(**values))


def _line(text: str, field: str, longest: int) -> str:
    """Return a text as one line without what cannot be seen."""
    kept = " ".join("".join(char if unicodedata.category(char)[0] != "C" else " " for char in text).split())
    if not _shows(kept) or len(kept) > longest:
        raise InvalidError(field, f"must have 1 to {longest} characters")
    return kept


def _shows(text: str) -> bool:
    return any(unicodedata.category(char)[0] not in "CZ" for char in text)
