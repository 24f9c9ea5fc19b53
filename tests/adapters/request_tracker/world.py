"""A real Request Tracker as the contract of the helpdesk sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
import requests
import sqlalchemy as sa

from bridge.adapters.request_tracker.helpdesk import RequestTrackerHelpdesk
from bridge.model.helpdesk import Ticket, TicketStatus
from bridge.testing.broken import Trouble
from tests.adapters.connected import HASTY, PATIENT, connected, dead_url
from tests.adapters.request_tracker.proxy import Proxy
from tests.adapters.request_tracker.server import PASSWORD, USER, RequestTracker

MAPPING = {"helpdesk": {"statuses": {"waiting": "hold"}, "teams": {"Returns team": "Returns"}}}
_STATUSES = {
    TicketStatus.NEW: "new",
    TicketStatus.OPEN: "open",
    TicketStatus.PENDING: "stalled",
    TicketStatus.HOLD: "waiting",
    TicketStatus.SOLVED: "resolved",
    TicketStatus.CLOSED: "rejected",
}


class RequestTrackerWorld:
    """Hold a helpdesk at Request Tracker."""

    secrets = (PASSWORD,)

    def __init__(self, tracker: RequestTracker, proxy: Proxy, engine: sa.engine.Engine) -> None:
        self._tracker = tracker
        self._proxy = proxy
        self._patient = self.adapter = _connected(proxy.url, engine)
        self._hasty = _connected(proxy.url, engine, HASTY)
        self.unreachable = _connected(dead_url(), engine)

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

    def break_with(self, trouble: Trouble) -> None:
        """Break the server."""
        if trouble is Trouble.EXPIRED:
            pytest.skip("a password does not expire")
        self.adapter = self._hasty if trouble is Trouble.SILENT else self._patient
        self._proxy.break_with(trouble)

    def mend(self) -> None:
        """Let the server answer as ever."""
        self.adapter = self._patient
        self._proxy.mend()

    def changes(self) -> int:
        """Return how many changing requests came since the server was broken."""
        return self._proxy.changes


def _connected(url: str, engine: sa.engine.Engine, seconds: float = PATIENT) -> RequestTrackerHelpdesk:
    secrets = {"user": USER, "password": PASSWORD}
    made: RequestTrackerHelpdesk = connected(
        "helpdesk", "request_tracker", url, secrets, engine, seconds, auth="basic", mapping=MAPPING
    )
    return made


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
