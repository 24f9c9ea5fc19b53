"""One entry of the outbox, and its states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa


class State(str, Enum):
    """Name where an entry stands."""

    WAITING = "waiting"
    LEASED = "leased"
    """A worker has it; after the lease it is anybody's again."""
    DONE = "done"
    DEAD = "dead"
    """Given up, and told so to the person; an operator retries or discards it."""
    DISCARDED = "discarded"


OPEN = (State.WAITING, State.LEASED)


@dataclass(frozen=True)
class Entry:
    """Hold one write that is to be done."""

    id: int
    key: str
    conversation_id: str
    operation: str
    content: dict[str, Any] | None = field(repr=False)
    """People's words and addresses: never logged, and gone when the write is done and told."""
    state: State
    due_at: datetime
    lease: str | None
    attempts: int
    unknown: bool
    """A try may have written already: look before writing."""
    kept_at: datetime
    finished_at: datetime | None
    result: dict[str, Any] | None
    reason: str
    correlation_id: str = ""
    trace: str = ""
    """Where the trace of the message that asked for it goes on."""


def read_entry(row: sa.engine.RowMapping) -> Entry:
    """Return a row of the table as an entry."""
    return Entry(**{**row, "state": State(row["state"])})
