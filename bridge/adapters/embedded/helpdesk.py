"""Tickets and their comments in our own database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from bridge.adapters.embedded._database import (
    Row,
    by_key,
    check_fits,
    looking_up,
    row_id,
    storable,
    storing,
)
from bridge.adapters.embedded._numbers import next_ticket_number
from bridge.errors import ConflictError, NotFoundError
from bridge.model.helpdesk import Comment, NewTicket, Priority, Ticket, TicketStatus
from bridge.model.identity import Claim
from bridge.storage.business import ticket_comments, tickets
from bridge.storage.engine import insert_if_new
from bridge.storage.types import utc_now

_REOPENED_BY_A_REPLY = {TicketStatus.SOLVED.value, TicketStatus.PENDING.value}
# Who wrote a note that no requester wrote; agents read it, requesters never.
_NOTE_AUTHOR = "Frontdesk"


class EmbeddedHelpdesk:
    """Keep tickets in SQL.

    Args:
        first_answer_hours: the promise by priority; a priority without one gets no due time.
        now: the clock.
    """

    system = "embedded"
    capabilities = frozenset(
        {"create_ticket", "find_ticket", "find_ticket_by_key", "add_comment", "find_comment_by_key"}
    )

    def __init__(
        self,
        engine: sa.engine.Engine,
        *,
        first_answer_hours: Mapping[str, int],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._first_answer_hours = dict(first_answer_hours)
        self._now = now

    def create_ticket(self, ticket: NewTicket, key: str) -> Ticket:
        """Create the ticket, or return the one this key made before."""
        values = self._values(ticket, key)
        check_fits(tickets, values)
        with storing(self._engine) as connection:
            # Looked for after the number is taken: from then on rivals wait, so that one with our key has finished.
            number = next_ticket_number(connection)
            while (made := by_key(connection, tickets, key)) is None:
                # Refused only where a load running beside us has just taken the number.
                if not insert_if_new(connection, tickets, {**values, "number": number}):
                    number = next_ticket_number(connection)
            return _read_ticket(connection, made)

    def find_ticket(self, number: str, claim: Claim) -> Ticket:
        """Return the ticket with this number if the claim's e-mail is its requester's."""
        # As typed too: a number that came with loaded data may have small letters.
        wanted = {number.strip(), number.strip().upper()}
        if storable(number):
            with looking_up(self._engine) as connection:
                rows = connection.execute(sa.select(tickets).where(tickets.c.number.in_(wanted))).mappings().all()
                for row in rows:
                    if claim.matches(email=row["email"]):
                        return _read_ticket(connection, row)
        raise NotFoundError("no ticket has this number and belongs to this person")

    def find_ticket_by_key(self, key: str) -> Ticket | None:
        """Return the ticket that this idempotency key made."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            row = by_key(connection, tickets, key)
            return None if row is None else _read_ticket(connection, row)

    def add_comment(self, ticket_id: str, body: str, key: str, *, public: bool = True) -> Comment:
        """Add a comment to the ticket with this id, or return the one this key made before.

        A public one is the requester's reply and opens a solved or pending ticket again; a note does not.
        """
        now = self._now()
        values = {"body": body, "public": public, "at": now, "idempotency_key": key}
        check_fits(ticket_comments, values)
        wanted = row_id(ticket_id)
        with storing(self._engine) as connection:
            # The locked row keeps the status from changing between our look and our comment.
            row = (
                connection.execute(sa.select(tickets).where(tickets.c.id == wanted).with_for_update())
                .mappings()
                .first()
            )
            if row is None:
                raise NotFoundError("no ticket has this id")
            made = by_key(connection, ticket_comments, key)
            if made is not None and made["ticket_id"] == row["id"]:
                return _comment(made)
            if row["status"] == TicketStatus.CLOSED.value:
                raise ConflictError("the ticket is closed and takes no more comments")
            author = (row["name"] or row["email"]) if public else _NOTE_AUTHOR
            if not insert_if_new(connection, ticket_comments, {**values, "ticket_id": row["id"], "author": author}):
                raise ConflictError("this key was used for another ticket")
            _touch(connection, row, now, reply=public)
            return Comment(body, author, now, public)

    def find_comment_by_key(self, ticket_id: str, key: str) -> Comment | None:
        """Return the comment that this idempotency key added to this ticket."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            made = by_key(connection, ticket_comments, key)
            return None if made is None or made["ticket_id"] != row_id(ticket_id) else _comment(made)

    def _values(self, ticket: NewTicket, key: str) -> dict[str, object]:
        now = self._now()
        hours = self._first_answer_hours.get(ticket.priority.value)
        return {
            "subject": ticket.subject,
            "description": ticket.description,
            "status": TicketStatus.NEW.value,
            "priority": ticket.priority.value,
            "team": ticket.team,
            "email": ticket.email,
            "verified": ticket.verified,
            "name": ticket.name,
            "order_number": ticket.order_number,
            "tags": list(ticket.tags),
            "created_at": now,
            "updated_at": now,
            "due_at": None if hours is None else now + timedelta(hours=hours),
            "idempotency_key": key,
        }


def _touch(connection: sa.engine.Connection, row: Row, now: datetime, *, reply: bool) -> None:
    reopened = reply and row["status"] in _REOPENED_BY_A_REPLY
    status = TicketStatus.OPEN.value if reopened else row["status"]
    connection.execute(sa.update(tickets).where(tickets.c.id == row["id"]).values(status=status, updated_at=now))


def _read_ticket(connection: sa.engine.Connection, row: Row) -> Ticket:
    comments = connection.execute(
        sa.select(ticket_comments)
        .where(ticket_comments.c.ticket_id == row["id"], ticket_comments.c.public)
        .order_by(ticket_comments.c.at, ticket_comments.c.id)
    )
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
        comments=tuple(_comment(comment) for comment in comments.mappings()),
    )


def _comment(row: Row) -> Comment:
    return Comment(row["body"], row["author"], row["at"], row["public"])
