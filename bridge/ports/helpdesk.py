"""The helpdesk: tickets and their comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bridge.model.helpdesk import Comment, NewTicket, Ticket, TicketChange
from bridge.model.identity import Claim
from bridge.ports._kind import read, write


class Helpdesk(Protocol):
    """Open tickets, tell how they stand, add to them."""

    system: str
    capabilities: frozenset[str]

    @write("find_ticket_by_key")
    def create_ticket(self, ticket: NewTicket, key: str) -> Ticket:
        """Create the ticket, or return the one this key made before."""

    @read
    def find_ticket(self, number: str, claim: Claim) -> Ticket:
        """Return the ticket with this number if the claim's e-mail is its requester's; private comments are left out.

        Raises:
            NotFoundError: no such ticket, or another requester's.
        """

    @read
    def list_tickets(self, email: str, limit: int = 10) -> Sequence[Ticket]:
        """Return the newest tickets of the person whom this e-mail is proven to be, newest first; without comments.

        Args:
            email: compared again in our code, whatever the case of its letters.
        """

    @read
    def find_ticket_by_key(self, key: str) -> Ticket | None:
        """Return the ticket that this idempotency key made; the read-back after an unknown outcome."""

    @write("find_comment_by_key")
    def add_comment(self, ticket_id: str, body: str, key: str, *, public: bool = True) -> Comment:
        """Add a comment to the ticket with this id (not number), or return the one this key made before.

        Raises:
            NotFoundError: no such ticket.
            ConflictError: the ticket is closed and takes no more comments.
        """

    @read
    def find_comment_by_key(self, ticket_id: str, key: str) -> Comment | None:
        """Return the comment, public or not, that this idempotency key added to this ticket; the read-back of it."""

    @write("find_ticket_update")
    def update_ticket(self, ticket_id: str, change: TicketChange, key: str) -> Ticket:
        """Change a ticket and return it as it stands then, without its private comments.

        Raises:
            NotFoundError: no such ticket.
            InvalidError: the system does not know such a team, or `status` is OTHER.
            ConflictError: the ticket is closed.
        """

    @read
    def find_ticket_update(self, ticket_id: str, change: TicketChange, key: str) -> Ticket | None:
        """Return the ticket if it was changed so; a system may have kept the key, or tell it by what it holds now."""
