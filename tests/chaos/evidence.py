"""What the tables hold when all is over, and how to wait until it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from bridge.storage.business import leads, ticket_comments, tickets
from bridge.storage.chat import chat_events, conversations, drafts, inbox
from bridge.storage.engine import reading
from bridge.storage.events import outbox
from bridge.storage.jobs import jobs

Row = dict[str, Any]


class Record(NamedTuple):
    """Hold one thing that a write made."""

    kind: str
    key: str
    number: str
    """Of the ticket; of a comment that of its ticket; of a lead its e-mail."""
    words: str
    """What the person wrote, with the tag in it."""

    @property
    def conversation(self) -> str:
        """Return whose write it was: every key begins with that."""
        return self.key.partition(":")[0]


@dataclass
class Evidence:
    """Hold the rows of all conversations, in the order in which they were made."""

    conversations: list[Row]
    messages: list[Row]
    events: list[Row]
    drafts: list[Row]
    outbox: list[Row]
    jobs: list[Row]
    records: list[Record]


def collect(engine: sa.engine.Engine) -> Evidence:
    """Read everything."""
    with reading(engine) as connection:

        def rows(table: sa.Table, *order: Any) -> list[Row]:
            return [dict(row) for row in connection.execute(sa.select(table).order_by(*order)).mappings()]

        return Evidence(
            rows(conversations, conversations.c.created_at),
            rows(inbox, inbox.c.id),
            rows(chat_events, chat_events.c.conversation_id, chat_events.c.seq),
            rows(drafts, drafts.c.id),
            rows(outbox, outbox.c.id),
            rows(jobs, jobs.c.id),
            _records(connection),
        )


def _records(connection: sa.engine.Connection) -> list[Record]:
    """Return what chats made; the demo shop's own rows have no key."""
    made = sa.select(tickets).where(tickets.c.idempotency_key.is_not(None))
    added = sa.select(ticket_comments, tickets.c.number).join(tickets)
    added = added.where(ticket_comments.c.idempotency_key.is_not(None))
    passed_on = sa.select(leads).where(leads.c.idempotency_key.is_not(None))
    return [
        *(Record("ticket", r.idempotency_key, r.number, r.description) for r in connection.execute(made)),
        *(Record("comment", r.idempotency_key, r.number, r.body) for r in connection.execute(added)),
        *(Record("lead", r.idempotency_key, r.email, r.interest) for r in connection.execute(passed_on)),
    ]


def is_open(engine: sa.engine.Engine, conversation: str) -> bool:
    """Tell whether a conversation has messages that are still worked on."""
    wanted = sa.select(inbox.c.id).where(inbox.c.conversation_id == conversation, inbox.c.state != "done").limit(1)
    with reading(engine) as connection:
        return connection.execute(wanted).first() is not None


def settle(engine: sa.engine.Engine, seconds: float) -> bool:
    """Wait until nothing is on its way any more, and tell whether it came to that."""
    deadline = time.monotonic() + seconds
    calm = 0
    while time.monotonic() < deadline:
        calm = calm + 1 if not pending(engine) else 0
        if calm >= 3:  # between two steps of one thing there may be a moment with nothing to see
            return True
        time.sleep(1)
    return False


def pending(engine: sa.engine.Engine) -> int:
    """Count what is still on its way: messages, kept writes, results that nobody has told."""
    counted = (
        sa.select(sa.func.count()).select_from(inbox).where(inbox.c.state != "done"),
        sa.select(sa.func.count()).select_from(outbox).where(outbox.c.state.in_(("waiting", "leased"))),
        sa.select(sa.func.count())
        .select_from(jobs)
        .where(jobs.c.late, jobs.c.finished_at.is_not(None), jobs.c.told_in.is_(None)),
    )
    with reading(engine) as connection:
        return sum(int(connection.execute(each).scalar_one()) for each in counted)
