"""The queue of conversations that wait for a person; the gateway stops forwarding to Rasa while one is open."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.conversation.log import append, lock
from bridge.conversation.surveys import TALK, want
from bridge.storage.chat import conversations, handoffs
from bridge.storage.engine import reading, writing
from bridge.storage.types import utc_now


class HandoffQueue:
    """Open and close handoffs; a conversation has one open handoff at most."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def open(self, conversation_id: str, reason: str, ticket_number: str) -> int:
        """Put a conversation into the queue and return its position, counted from 1; again changes nothing."""
        with writing(self._engine) as connection:
            return put_in_queue(connection, conversation_id, reason, ticket_number)

    def name(self, conversation_id: str, ticket_number: str) -> None:
        """Give the handoff that was opened without a ticket its number."""
        with writing(self._engine) as connection:
            name_ticket(connection, conversation_id, ticket_number)

    def ticket_of(self, conversation_id: str) -> str | None:
        """Return the number of the ticket that waits with this conversation, or None where nothing waits."""
        with reading(self._engine) as connection:
            wanted = _open_handoff(conversation_id).with_only_columns(handoffs.c.ticket_number)
            number: str | None = connection.execute(wanted).scalars().first()
        return number

    def close(self, conversation_id: str) -> bool:
        """Give the conversation back to the bot; tell whether there was anything to close."""
        with writing(self._engine) as connection:
            lock(connection, conversation_id)
            mine = connection.execute(
                _open_handoff(conversation_id).with_only_columns(handoffs.c.id, handoffs.c.agent)
            ).first()
            if mine is None:
                return False
            closed = {"state": "closed", "closed_at": utc_now()}
            connection.execute(sa.update(handoffs).where(handoffs.c.id == mine.id).values(closed))
            set_mode(connection, conversation_id, "bot")
            if mine.agent:
                want(connection, conversation_id, TALK, str(mine.id), utc_now())
            by = {"agent": mine.agent} if mine.agent else {}
            append(connection, conversation_id, "status", {"mode": "bot", **by})
        return True


def put_in_queue(connection: sa.engine.Connection, conversation_id: str, reason: str, ticket_number: str) -> int:
    """Open a handoff inside the caller's transaction and return its position; again changes nothing.

    Args:
        ticket_number: empty where the ticket follows later.
    """
    lock(connection, conversation_id)
    mine = connection.execute(_open_handoff(conversation_id)).first()
    if mine is not None:
        return _position(connection, mine.id)
    made = connection.execute(
        sa.insert(handoffs).values(
            conversation_id=conversation_id,
            state="waiting",
            reason=reason,
            ticket_number=ticket_number,
            opened_at=utc_now(),
        )
    )
    set_mode(connection, conversation_id, "waiting")
    handoff_id = made.inserted_primary_key[0]
    position = _position(connection, handoff_id)
    told = {"told_position": position, "told_at": utc_now()}
    connection.execute(sa.update(handoffs).where(handoffs.c.id == handoff_id).values(told))
    append(connection, conversation_id, "status", {"mode": "waiting", "queue_position": position})
    return position


def name_ticket(connection: sa.engine.Connection, conversation_id: str, ticket_number: str) -> None:
    """Give the handoff that was opened without a ticket its number."""
    nameless = (handoffs.c.conversation_id == conversation_id, handoffs.c.ticket_number == "")
    connection.execute(sa.update(handoffs).where(*nameless).values(ticket_number=ticket_number))


def _open_handoff(conversation_id: str) -> sa.sql.Select:
    return sa.select(handoffs.c.id).where(handoffs.c.conversation_id == conversation_id, handoffs.c.state != "closed")


def _position(connection: sa.engine.Connection, handoff_id: int) -> int:
    before = sa.select(sa.func.count()).where(handoffs.c.state == "waiting", handoffs.c.id <= handoff_id)
    return int(connection.execute(before).scalar_one())


def set_mode(connection: sa.engine.Connection, conversation_id: str, mode: str) -> None:
    """Say who answers now, inside the caller's transaction."""
    connection.execute(sa.update(conversations).where(conversations.c.id == conversation_id).values(mode=mode))
