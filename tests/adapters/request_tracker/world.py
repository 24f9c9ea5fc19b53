"""A real Request Tracker as the contract of the helpdesk sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import requests

from bridge.model.helpdesk import Ticket, TicketStatus
from tests.adapters.connected import PATIENT
from tests.adapters.request_tracker.server import PASSWORD, USER, RequestTracker
from tests.support.simulated import Simulated

MAPPING = {"helpdesk": {"statuses": {"waiting": "hold"}, "teams": {"Returns team": "Returns"}}}
_STATUSES = {
    TicketStatus.NEW: "new",
    TicketStatus.OPEN: "open",
    TicketStatus.PENDING: "stalled",
    TicketStatus.HOLD: "waiting",
    TicketStatus.SOLVED: "resolved",
    TicketStatus.CLOSED: "rejected",
}


class RequestTrackerWorld(Simulated):
    """Hold a helpdesk at Request Tracker, whose proxy is the simulator."""

    def __init__(self, *values: Any, tracker: RequestTracker, **reached: Any) -> None:
        super().__init__(*values, **reached)
        self._tracker = tracker

    @property
    def secrets(self) -> list[str]:
        """Return the password: a user's name is none."""
        return [PASSWORD]

    def add_ticket(self, ticket: Ticket) -> Ticket:
        """Put a ticket with its comments into RT."""
        asked = {"Queue": "General", "Subject": ticket.subject, "Requestor": ticket.email, "Priority": 50}
        number = self.ask("ticket", **asked, Content=ticket.description, ContentType="text/plain")["id"]
        for comment in ticket.comments:
            kind = "correspond" if comment.public else "comment"
            self.ask(f"ticket/{number}/{kind}", Content=comment.body, ContentType="text/plain")
        status = _STATUSES.get(ticket.status, ticket.status_label)
        values = (status, _stamp(ticket.created_at), _stamp(ticket.updated_at), number)
        self._tracker.execute("UPDATE Tickets SET Status = ?, Created = ?, LastUpdated = ? WHERE id = ?", values)
        return replace(ticket, id=str(number), number=str(number))

    def ask(self, path: str, **body: object) -> dict[str, str]:
        """Ask RT itself for something to be made."""
        url = f"{self._tracker.url}/REST/2.0/{path}"
        reply = requests.post(url, json=body, auth=(USER, PASSWORD), timeout=PATIENT)
        assert reply.status_code == 201, reply.text
        made: dict[str, str] = reply.json()
        return made

    def expire(self) -> None:
        """Skip the case."""
        pytest.skip("a password does not expire")


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
