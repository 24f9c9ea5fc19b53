"""What the contract of a helpdesk puts into its system, and what it needs of the system for that."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Protocol

from bridge.model.helpdesk import NewTicket, Priority, Ticket, TicketStatus
from bridge.ports.helpdesk import Helpdesk


class HelpdeskWorld(Protocol):
    """Hold a helpdesk for the contract."""

    adapter: Helpdesk
    unreachable: Helpdesk

    def add_ticket(self, ticket: Ticket) -> Ticket:
        """Put a ticket with its comments into the helpdesk; return it with the id and number it has there.

        With status OTHER, the helpdesk must hold the word of `status_label`, which its adapter does not know.
        """


def make_ticket(email: str, **changes: Any) -> Ticket:
    """Return a ticket as a helpdesk might hold it."""
    at = datetime(2026, 1, 20, 9, 30, tzinfo=timezone.utc)
    values: dict[str, Any] = {
        "id": "",
        "number": "",
        "subject": "Parcel is wet",
        "description": "It stood in the rain.",
        "status": TicketStatus.OPEN,
        "status_label": "open",
        "priority": Priority.NORMAL,
        "email": email,
        "created_at": at,
        "updated_at": at,
    }
    return Ticket(**{**values, **changes})


def new_ticket(email: str, **changes: Any) -> NewTicket:
    """Return what a ticket is made from."""
    values: dict[str, Any] = {"subject": "Parcel is wet", "description": "It stood in the rain.", "email": email}
    return NewTicket(**{**values, **changes})
