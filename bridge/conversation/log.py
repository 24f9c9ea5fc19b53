"""The event log of a conversation: numbered without gaps, never changed, the truth that every stream is read from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bridge.storage.chat import chat_events, conversations
from bridge.storage.types import utc_now


def append(
    connection: sa.engine.Connection,
    conversation_id: str,
    type_: str,
    body: dict[str, Any],
    *,
    inbox_id: int | None = None,
    ordinal: int | None = None,
) -> int:
    """Add an event inside the caller's write transaction and return its sequence number.

    Args:
        type_: user, bot, notice, agent or status (docs/reference/chat-api.md).
        body: what the client gets beside seq, type and at.
        inbox_id: the user message that this answers.
        ordinal: its place among the answers to that message.
    """
    connection.execute(
        sa.update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(last_seq=conversations.c.last_seq + 1)
    )
    seq = connection.execute(
        sa.select(conversations.c.last_seq).where(conversations.c.id == conversation_id)
    ).scalar_one()
    connection.execute(
        sa.insert(chat_events).values(
            conversation_id=conversation_id,
            seq=seq,
            type=type_,
            at=utc_now(),
            body=body,
            inbox_id=inbox_id,
            ordinal=ordinal,
        )
    )
    return int(seq)
