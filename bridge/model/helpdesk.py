"""Tickets as every helpdesk can tell them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class TicketStatus(str, Enum):
    """Name where a ticket stands, in the requester's view."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    """Waiting for the requester."""
    HOLD = "hold"
    """Waiting for somebody else."""
    SOLVED = "solved"
    CLOSED = "closed"
    OTHER = "other"


class Priority(str, Enum):
    """Order tickets by urgency."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True)
class NewTicket:
    """Hold what a ticket is made from; `email` is unverified unless `verified`."""

    subject: str
    description: str
    email: str
    priority: Priority = Priority.NORMAL
    team: str = ""
    name: str = ""
    order_number: str = ""
    tags: tuple[str, ...] = ()
    verified: bool = False


@dataclass(frozen=True)
class Comment:
    """Hold one message on a ticket; a private one is for agents only."""

    body: str
    author: str
    at: datetime
    public: bool = True


@dataclass(frozen=True)
class Ticket:
    """Hold one ticket; `number` is what the requester reads ("T-1001", "HELP-12")."""

    id: str
    number: str
    subject: str
    description: str
    status: TicketStatus
    status_label: str
    priority: Priority
    email: str
    created_at: datetime
    updated_at: datetime
    name: str = ""
    """The requester's, where the system knows it."""
    team: str = ""
    order_number: str = ""
    due_at: datetime | None = None
    """When the requester may expect the first answer (the SLA), where the system tells it."""
    comments: tuple[Comment, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def last_answer(self) -> Comment | None:
        """Return the newest comment that is not the requester's own and that they may read."""
        from_team = [one for one in self.comments if one.public and one.author not in {self.email, self.name}]
        return from_team[-1] if from_team else None


@dataclass(frozen=True)
class TicketChange:
    """Hold what shall be different of a ticket; what is None stays, and `tags` are added to those it has."""

    status: TicketStatus | None = None
    priority: Priority | None = None
    team: str | None = None
    tags: tuple[str, ...] = ()
