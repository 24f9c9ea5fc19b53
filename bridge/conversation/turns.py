"""The user message that is being answered now: when its time began and who asks, read from our database only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bridge.conversation.erasure import is_erased
from bridge.errors import NotFoundError
from bridge.model.identity import Identity, Level
from bridge.storage.chat import conversations, inbox
from bridge.storage.engine import insert_if_new, reading, writing
from bridge.storage.types import Clock, utc_now

CORRELATION_HEADER = "X-Frontdesk-Correlation"
"""Tells Rasa the name of a message, for its log."""
VERIFIED_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Turn:
    """Hold what a use case may know of the message in flight."""

    conversation_id: str
    inbox_id: int
    dispatched_at: datetime
    identity: Identity
    client: str
    """A keyed hash of the client address; empty where there is none (`rasa shell`)."""
    trace: str = ""
    """Where the trace of the message goes on."""

    @property
    def correlation_id(self) -> str:
        """Return what names this message in every log line and in the audit."""
        return correlation_id(self.inbox_id)


def correlation_id(inbox_id: int) -> str:
    """Return the name of a user message in logs and audit: its row of the inbox, so that one leads to the other."""
    return f"message-{inbox_id}"


class Turns:
    """Find the turn of a conversation."""

    def __init__(self, engine: sa.engine.Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def current(self, conversation_id: str, message_id: str) -> Turn:
        """Return the message in flight.

        Rasa's callback channel passes no metadata, so the row that the gateway dispatched is found by conversation.
        Where the gateway is not in play (`rasa shell`, `rasa interactive`) an anonymous row is opened, once a message.

        Args:
            message_id: the tracker's own id of the message, used only for the anonymous row.

        Raises:
            NotFoundError: the conversation was deleted meanwhile.
        """
        in_flight = (
            sa.select(inbox.c.id, inbox.c.dispatched_at, inbox.c.trace, conversations)
            .join(conversations, conversations.c.id == inbox.c.conversation_id)
            .where(inbox.c.conversation_id == conversation_id, inbox.c.state == "dispatched")
            .order_by(inbox.c.id.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(in_flight).mappings().first()
        if row is None:
            return self._open_anonymous(conversation_id, message_id)
        identity = identity_of(row, self._clock())
        return Turn(conversation_id, row["id"], row["dispatched_at"], identity, row["client"], row["trace"])

    def of(self, inbox_id: int) -> Turn:
        """Return the turn of a message that is answered without Rasa, from now on."""
        wanted = (
            sa.select(inbox.c.conversation_id, conversations)
            .join(conversations, conversations.c.id == inbox.c.conversation_id)
            .where(inbox.c.id == inbox_id)
        )
        now = self._clock()
        with reading(self._engine) as connection:
            row = connection.execute(wanted).mappings().one()
        return Turn(row["conversation_id"], inbox_id, now, identity_of(row, now), row["client"])

    def _open_anonymous(self, conversation_id: str, message_id: str) -> Turn:
        now = self._clock()
        row = {
            "conversation_id": conversation_id,
            "message_id": message_id,
            "seq": 0,
            "kind": "text",
            "body": "",
            "state": "done",
            "received_at": now,
            "dispatched_at": now,
        }
        opened = sa.select(inbox.c.id, inbox.c.dispatched_at, conversations.c.client).join(
            conversations, conversations.c.id == inbox.c.conversation_id
        )
        mine = (inbox.c.conversation_id == conversation_id, inbox.c.message_id == message_id)
        with writing(self._engine) as connection:
            insert_if_new(connection, conversations, {"id": conversation_id, "created_at": now})
            # Asked after the insert, which waits for a deletion that is not committed.
            if is_erased(connection, conversation_id):
                raise NotFoundError(f"conversation {conversation_id}")
            insert_if_new(connection, inbox, row)
            found = connection.execute(opened.where(*mine)).one()
        # The address still counts where a gateway's message is over already (an action that took too long).
        return Turn(conversation_id, found.id, found.dispatched_at or now, Identity(), found.client)


def identity_of(row: Mapping[str, Any], now: datetime) -> Identity:
    """Return who a conversation is proven to be now; `row` has the columns `identity_...` of it."""
    seen = row["identity_seen_at"]
    if row["identity_level"] != Level.VERIFIED.value or seen is None or now - seen > VERIFIED_FOR:
        return Identity()
    return Identity(Level.VERIFIED, row["identity_subject"], row["identity_email"])
