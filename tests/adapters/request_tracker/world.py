"""A real Request Tracker as the contract of the helpdesk sees it."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import datetime

import pytest
import requests
import sqlalchemy as sa

from bridge.adapters.request_tracker.helpdesk import RequestTrackerHelpdesk
from bridge.connections import Connections
from bridge.model.helpdesk import Ticket, TicketStatus
from bridge.settings.connections import Reached
from bridge.storage.types import utc_now
from bridge.testing.broken import Trouble
from tests.adapters.request_tracker.proxy import Proxy
from tests.adapters.request_tracker.server import PASSWORD, USER, RequestTracker
from tests.support.frontdesk import make_settings

PATIENT, HASTY = 60.0, 0.3
"""Seconds that an adapter gives its system."""
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
        self._patient = self.adapter = connected(proxy.url, engine)
        self._hasty = connected(proxy.url, engine, HASTY)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            dead = f"http://127.0.0.1:{taken.getsockname()[1]}"
        self.unreachable = connected(dead, engine)

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


def connected(url: str, engine: sa.engine.Engine, seconds: float = PATIENT) -> RequestTrackerHelpdesk:
    """Return an adapter that talks to this address."""
    settings = make_settings(
        str(engine.url),
        systems={"helpdesk": "request_tracker"},
        resilience={"systems": {"request_tracker": {"deadline_seconds": seconds}}},
        outbox={"lease_seconds": 600},
    )
    secrets = {"user": (USER,), "password": (PASSWORD,)}
    usual = {"fields": {}, "proxy": None, "ca_bundle": None, "insecure": False}
    how = Reached(base_url=url, auth="basic", secrets=secrets, mapping=MAPPING, **usual)
    made = Connections(settings.copy(update={"connections": {"request_tracker": how}}), engine, lambda: None, utc_now)
    return RequestTrackerHelpdesk(made.to("request_tracker"))


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
