"""Read tickets and their comments from our own tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bridge.adapters.embedded._database import Row, row_id
from bridge.errors import NotFoundError
from bridge.model.helpdesk import Comment, Priority, Ticket, TicketStatus
from bridge.storage.business import ticket_comments, tickets

_REOPENED_BY_A_REPLY = {TicketStatus.SOLVED.value, TicketStatus.PENDING.value}


def locked_ticket(connection: sa.engine.Connection, ticket_id: str) -> Row:
    """Return the row of the ticket with this id; nobody else changes it until the transaction is over."""
    choice = sa.select(tickets).where(tickets.c.id == row_id(ticket_id)).with_for_update()
    row: Row | None = connection.execute(choice).mappings().first()
    if row is None:
        raise NotFoundError("no ticket has this id")
    return row


def touch(connection: sa.engine.Connection, row: Row, now: datetime, *, reply: bool) -> None:
    """Note that a ticket was commented on; a reply opens one that waited for it."""
    reopened = reply and row["status"] in _REOPENED_BY_A_REPLY
    status = TicketStatus.OPEN.value if reopened else row["status"]
    connection.execute(sa.update(tickets).where(tickets.c.id == row["id"]).values(status=status, updated_at=now))


def read_ticket(connection: sa.engine.Connection, row: Row) -> Ticket:
    """Return the ticket of a row with its public comments."""
    comments = connection.execute(
        sa.select(ticket_comments)
        .where(ticket_comments.c.ticket_id == row["id"], ticket_comments.c.public)
        .order_by(ticket_comments.c.at, ticket_comments.c.id)
    )
    return replace(ticket_of(row), comments=tuple(comment_of(comment) for comment in comments.mappings()))


def ticket_of(row: Row) -> Ticket:
    """Return the ticket of a row, without comments."""
    return Ticket(
        id=str(row["id"]),
        number=row["number"],
        subject=row["subject"],
        description=row["description"],
        status=TicketStatus(row["status"]) if row["status"] in set(TicketStatus) else TicketStatus.OTHER,
        status_label=row["status"],
        priority=Priority(row["priority"]) if row["priority"] in set(Priority) else Priority.NORMAL,
        email=row["email"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        name=row["name"],
        team=row["team"],
        order_number=row["order_number"],
        due_at=row["due_at"],
        tags=tuple(row["tags"]),
    )


def comment_of(row: Row) -> Comment:
    """Return the comment of a row."""
    return Comment(row["body"], row["author"], row["at"], row["public"])
