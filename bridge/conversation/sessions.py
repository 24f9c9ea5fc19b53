"""Conversations as such: opened, given back to the bot."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from bridge.conversation.log import append, lock
from bridge.conversation.offers import withdraw
from bridge.storage.chat import conversations
from bridge.storage.engine import reading, writing
from bridge.storage.types import utc_now


@dataclass(frozen=True)
class Conversation:
    """Hold what the gateway needs to know of a conversation."""

    id: str
    mode: str
    subject: str | None


class Sessions:
    """Open conversations and find them."""

    def __init__(self, engine: sa.engine.Engine, secret: str) -> None:
        self._engine = engine
        self._secret = secret.encode()

    def open(self, locale: str, address: str) -> str:
        """Make a conversation and return its id; the client address is kept as a keyed hash only."""
        with writing(self._engine) as connection:
            return self.insert(connection, locale, address)

    def insert(self, connection: sa.engine.Connection, locale: str, address: str) -> str:
        """Make a conversation inside the caller's transaction and return its id."""
        conversation_id = uuid.uuid4().hex
        connection.execute(
            sa.insert(conversations).values(
                id=conversation_id, created_at=utc_now(), locale=locale, client=self.client_hash(address)
            )
        )
        return conversation_id

    def find(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, or None if there is none of that id."""
        wanted = sa.select(conversations.c.id, conversations.c.mode, conversations.c.identity_subject)
        with reading(self._engine) as connection:
            row = connection.execute(wanted.where(conversations.c.id == conversation_id)).first()
        return None if row is None else Conversation(row.id, row.mode, row.identity_subject)

    def return_to_bot(self, conversation_id: str, payload: str) -> bool:
        """Let the bot answer again, log it, and withdraw the button that did it; False if the bot already does."""
        with writing(self._engine) as connection:
            conversation = lock(connection, conversation_id)
            withdraw(connection, conversation_id, payload)
            if conversation["mode"] == "bot":
                return False
            connection.execute(sa.update(conversations).where(conversations.c.id == conversation_id).values(mode="bot"))
            append(connection, conversation_id, "status", {"mode": "bot"})
        return True

    def client_hash(self, address: str) -> str:
        """Return the keyed hash under which a client address may be stored."""
        return hmac.new(self._secret, address.encode(), hashlib.sha256).hexdigest()

    def ping(self) -> None:
        """Ask the database for a sign of life."""
        with reading(self._engine) as connection:
            connection.execute(sa.select(conversations.c.id).limit(1))
