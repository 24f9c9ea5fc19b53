"""Outcomes that come when nobody waits any more: kept, and told in a turn of their own, so that the words are Rasa's."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from bridge.model.outcome import BackendState, Outcome
from bridge.storage.chat import inbox
from bridge.storage.jobs import jobs
from bridge.storage.types import utc_now

TELL = "/EXTERNAL_tell_result"
"""What the gateway sends to Rasa in the name of nobody; people cannot send it (docs/reference/chat-api.md)."""


def tell(connection: sa.engine.Connection, conversation_id: str, outcome: Outcome, name: str = "outbox") -> None:
    """Keep an outcome and queue its telling, inside the caller's write transaction."""
    now = utc_now()
    connection.execute(
        sa.insert(jobs).values(
            conversation_id=conversation_id,
            name=name,
            started_at=now,
            finished_at=now,
            outcome=to_json(outcome),
            late=True,
        )
    )
    queue_telling(connection, conversation_id)


def queue_telling(connection: sa.engine.Connection, conversation_id: str) -> None:
    """Put a message that nobody typed into the inbox; it waits for its turn like any other."""
    connection.execute(
        sa.insert(inbox).values(
            conversation_id=conversation_id,
            message_id=str(uuid.uuid4()),
            seq=0,
            kind="system",
            body=TELL,
            state="queued",
            received_at=utc_now(),
        )
    )


def to_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as JSON keeps it."""
    return {**asdict(outcome), "state": outcome.state.value, "forget": list(outcome.forget)}


def from_json(content: dict[str, Any]) -> Outcome:
    """Return the outcome that `to_json` wrote."""
    return Outcome(**{**content, "state": BackendState(content["state"]), "forget": tuple(content["forget"])})
