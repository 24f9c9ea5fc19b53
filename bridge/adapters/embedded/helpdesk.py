"""Tickets and their comments in our own database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bridge.adapters.embedded._database import (
    by_key,
    change_once,
    check_fits,
    looking_up,
    row_id,
    storable,
    storing,
    was_changed,
)
from bridge.adapters.embedded._numbers import next_ticket_number, spellings
from bridge.adapters.embedded._tickets import comment_of, locked_ticket, read_ticket, ticket_of, touch
from bridge.errors import ConflictError, InvalidError, NotFoundError
from bridge.model.helpdesk import Comment, NewTicket, Ticket, TicketChange, TicketStatus
from bridge.model.identity import Claim
from bridge.ports._kind import operations
from bridge.ports.helpdesk import Helpdesk
from bridge.storage.business import ticket_comments, tickets
from bridge.storage.engine import insert_if_new
from bridge.storage.types import utc_now

# Who wrote a note that no requester wrote; agents read it, requesters never.
_NOTE_AUTHOR = "Frontdesk"


class EmbeddedHelpdesk:
    """Keep tickets in SQL.

    Args:
        first_answer_hours: the promise by priority; a priority without one gets no due time.
        now: the clock.
    """

    system = "embedded"
    capabilities = operations(Helpdesk)

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
            return read_ticket(connection, made)

    def find_ticket(self, number: str, claim: Claim) -> Ticket:
        """Return the ticket with this number if the claim's e-mail is its requester's."""
        wanted = sa.select(tickets).where(tickets.c.number.in_(spellings(number)))
        if storable(number):
            with looking_up(self._engine) as connection:
                rows = connection.execute(wanted).mappings().all()
                for row in rows:
                    if claim.matches(email=row["email"]):
                        return read_ticket(connection, row)
        raise NotFoundError("no ticket has this number and belongs to this person")

    def list_tickets(self, email: str, limit: int = 10) -> Sequence[Ticket]:
        """Return the newest tickets of the person with this proven e-mail."""
        claim = Claim(email=email.strip())
        if not claim.email or not storable(email) or limit < 1:
            return []
        mine = sa.func.lower(tickets.c.email) == claim.email.lower()
        newest_first = sa.select(tickets).where(mine).order_by(tickets.c.created_at.desc(), tickets.c.id.desc())
        with looking_up(self._engine) as connection:
            rows = connection.execute(newest_first.limit(limit)).mappings().all()
        return [ticket_of(row) for row in rows if claim.matches(email=row["email"])]

    def find_ticket_by_key(self, key: str) -> Ticket | None:
        """Return the ticket that this idempotency key made."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            row = by_key(connection, tickets, key)
            return None if row is None else read_ticket(connection, row)

    def add_comment(self, ticket_id: str, body: str, key: str, *, public: bool = True) -> Comment:
        """Add a comment to the ticket with this id, or return the one this key made before.

        A public one is the requester's reply and opens a solved or pending ticket again; a note does not.
        """
        now = self._now()
        values = {"body": body, "public": public, "at": now, "idempotency_key": key}
        check_fits(ticket_comments, values)
        with storing(self._engine) as connection:
            # The locked row keeps the status from changing between our look and our comment.
            row = locked_ticket(connection, ticket_id)
            made = by_key(connection, ticket_comments, key)
            if made is not None and made["ticket_id"] == row["id"]:
                return comment_of(made)
            if row["status"] == TicketStatus.CLOSED.value:
                raise ConflictError("the ticket is closed and takes no more comments")
            author = (row["name"] or row["email"]) if public else _NOTE_AUTHOR
            if not insert_if_new(connection, ticket_comments, {**values, "ticket_id": row["id"], "author": author}):
                raise ConflictError("this key was used for another ticket")
            touch(connection, row, now, reply=public)
            return Comment(body, author, now, public)

    def find_comment_by_key(self, ticket_id: str, key: str) -> Comment | None:
        """Return the comment that this idempotency key added to this ticket."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            made = by_key(connection, ticket_comments, key)
            return None if made is None or made["ticket_id"] != row_id(ticket_id) else comment_of(made)

    def update_ticket(self, ticket_id: str, change: TicketChange, key: str) -> Ticket:
        """Change a ticket once for each key."""
        if change.status is TicketStatus.OTHER:
            raise InvalidError("status", "is no status that a ticket can be given")
        wanted = {"status": change.status, "priority": change.priority, "team": change.team}
        values = {name: getattr(value, "value", value) for name, value in wanted.items() if value is not None}
        check_fits(tickets, values)
        with storing(self._engine) as connection:
            row = locked_ticket(connection, ticket_id)
            if change_once(connection, "ticket", str(row["id"]), key, self._now()):
                if row["status"] == TicketStatus.CLOSED.value:
                    raise ConflictError("the ticket is closed and cannot be changed any more")
                tags = [*row["tags"], *(tag for tag in change.tags if tag not in row["tags"])]
                changed = {**values, "tags": tags, "updated_at": self._now()}
                connection.execute(sa.update(tickets).where(tickets.c.id == row["id"]).values(changed))
                row = locked_ticket(connection, ticket_id)
            return read_ticket(connection, row)

    def find_ticket_update(self, ticket_id: str, change: TicketChange, key: str) -> Ticket | None:
        """Return the ticket if this key changed it."""
        with looking_up(self._engine) as connection:
            row = connection.execute(sa.select(tickets).where(tickets.c.id == row_id(ticket_id))).mappings().first()
            if row is None or not was_changed(connection, "ticket", str(row["id"]), key):
                return None
            return read_ticket(connection, row)

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
