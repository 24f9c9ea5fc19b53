"""Request Tracker on the stage: the real server, behind a proxy that has the faults of the simulators.

What of a fault asks nothing of the server never comes to it; all else it has done itself. Records are counted in its
own tables, and between two cells its database becomes again what it was when it was filled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from bridge.bootstrap import Frontdesk
from simulators.frame import Simulator
from simulators.server import running
from tests.adapters.request_tracker import server
from tests.adapters.request_tracker.proxy import Proxy
from tests.adapters.request_tracker.server import PASSWORD, USER, RequestTracker
from tests.resilience.asked import Records
from tests.resilience.wire import ANN, WireWorld, put_ticket

_COUNTS = {
    "helpdesk.create_ticket": "SELECT COUNT(*) FROM Tickets",
    "helpdesk.add_comment": "SELECT COUNT(*) FROM Transactions WHERE Type IN ('Correspond', 'Comment')",
    "helpdesk.update_ticket": "SELECT COUNT(*) FROM Transactions WHERE Type = 'CustomField'",
}


class RequestTrackerOnTheWire(WireWorld):
    """Hold a Request Tracker."""

    domains = ("helpdesk",)
    secrets: ClassVar[Mapping[str, str]] = {"user": USER, "password": PASSWORD}
    reached: ClassVar[Mapping[str, Any]] = {"auth": "basic", "mapping": {"helpdesk": {"teams": {"Care": "General"}}}}
    everything = "*/REST/2.0/*"
    changes = ("POST/REST/2.0/*", "PUT/REST/2.0/*")
    how: ClassVar[Mapping[str, str]] = {"422": "400"}

    def __init__(self, simulator: Simulator, url: str, tracker: RequestTracker) -> None:
        super().__init__(simulator, url)
        self._tracker = tracker

    @classmethod
    def missing(cls) -> str:
        """Return why there can be no server here, or nothing."""
        return server.missing()

    @classmethod
    @contextmanager
    def served(cls) -> Iterator[RequestTrackerOnTheWire]:
        """Start the server and serve its proxy."""
        with server.running() as tracker:
            proxy = Proxy(tracker.url)
            with running(proxy) as url:
                yield cls(proxy, url, tracker)

    def _filled(self, frontdesk: Frontdesk) -> Records:
        ticket = put_ticket(frontdesk.systems.helpdesk, ANN)
        return Records(email=ANN, ticket=ticket.number, ticket_id=ticket.id)

    def _keep(self) -> None:
        self._filled_database = self._tracker.database.with_name("filled.db")
        _copy(self._tracker.database, self._filled_database)

    def _restore(self) -> None:
        _copy(self._filled_database, self._tracker.database)

    def count(self, frontdesk: Frontdesk, operation: str) -> int:
        """Count in the tables of the server."""
        with closing(sqlite3.connect(self._tracker.database, timeout=30)) as connection:
            return int(connection.execute(_COUNTS[operation]).fetchone()[0])


def _copy(source: Path, target: Path) -> None:
    """Make one database like another; whoever has it open sees that as a transaction."""
    with closing(sqlite3.connect(source)) as copied, closing(sqlite3.connect(target, timeout=30)) as made:
        copied.backup(made)
