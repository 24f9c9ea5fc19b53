"""A draft is a write that the person was shown and may confirm; its id makes the idempotency key of that write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bridge.conversation.log import lock
from bridge.storage import chat
from bridge.storage.engine import reading, writing
from bridge.storage.privacy import files
from bridge.storage.types import utc_now


@dataclass(frozen=True)
class Draft:
    """Hold one shown write."""

    id: int
    conversation_id: str
    operation: str
    content: dict[str, Any]

    @property
    def key(self) -> str:
        """Return the idempotency key: redelivery, a double click and "try again" all come to the same one."""
        return f"{self.conversation_id}:{self.operation}:{self.id}"


class Drafts:
    """Keep drafts; the newest of an operation is the one that a "yes" means."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def make(self, conversation_id: str, operation: str, content: dict[str, Any]) -> Draft:
        """Store what is about to be shown; the same content shown again while unconfirmed is the same draft."""
        with writing(self._engine) as connection:
            lock(connection, conversation_id)
            newest = self._newest(connection, conversation_id, operation)
            if newest is not None and newest.consumed_at is None and newest.content == content:
                return Draft(newest.id, conversation_id, operation, content)
            made = connection.execute(
                sa.insert(chat.drafts).values(
                    conversation_id=conversation_id, operation=operation, content=content, created_at=utc_now()
                )
            )
        return Draft(made.inserted_primary_key[0], conversation_id, operation, content)

    def newest(self, conversation_id: str, operation: str) -> Draft | None:
        """Return what was shown last, consumed or not: a repeated "yes" must find the same draft."""
        with reading(self._engine) as connection:
            row = self._newest(connection, conversation_id, operation)
        return None if row is None else Draft(row.id, conversation_id, operation, row.content)

    def consume(self, draft: Draft, result: dict[str, Any]) -> None:
        """Mark a draft as done with what it gave; a second time changes nothing."""
        with writing(self._engine) as connection:
            consume(connection, draft, result)

    def files(self, draft: Draft) -> list[tuple[str, str]]:
        """Return name and id of each file that came after the write of this kind before, oldest first."""
        others = chat.drafts.c.conversation_id == draft.conversation_id, chat.drafts.c.operation == draft.operation
        last = sa.select(sa.func.max(chat.drafts.c.consumed_at)).where(*others, chat.drafts.c.id < draft.id)
        sent = sa.select(files.c.name, files.c.id).where(files.c.conversation_id == draft.conversation_id)
        with reading(self._engine) as connection:
            since = connection.execute(last).scalar_one()
            wanted = sent if since is None else sent.where(files.c.at > since)
            return [(row.name, row.id) for row in connection.execute(wanted.order_by(files.c.seq))]

    @staticmethod
    def _newest(connection: sa.engine.Connection, conversation_id: str, operation: str) -> Any:
        return connection.execute(
            sa.select(chat.drafts)
            .where(chat.drafts.c.conversation_id == conversation_id, chat.drafts.c.operation == operation)
            .order_by(chat.drafts.c.id.desc())
            .limit(1)
        ).first()


def consume(connection: sa.engine.Connection, draft: Draft, result: dict[str, Any]) -> None:
    """Mark a draft as done inside the caller's transaction; a second time changes nothing."""
    connection.execute(
        sa.update(chat.drafts)
        .where(chat.drafts.c.id == draft.id, chat.drafts.c.consumed_at.is_(None))
        .values(consumed_at=utc_now(), result=result)
    )
