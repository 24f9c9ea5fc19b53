"""Vendors on the stage: adapters over HTTP to a server that breaks it and passes the time of the stage.

A fault of a read befalls every request; one of a write only the request that changes something ("first call"), or all
of them ("all requests"). So that no cell costs real time, what hangs or drips passes the settable clock and is let go
when the cell is over; that sockets themselves time out is proven in tests/transport and by the contract suites.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, ClassVar, TypeVar

from bridge.bootstrap import Frontdesk
from bridge.model.helpdesk import NewTicket, Ticket, TicketChange
from bridge.ports.helpdesk import Helpdesk
from bridge.settings import Settings
from bridge.testing.clock import SettableClock
from bridge.transport.address import Address
from simulators.faults import Plan, Rule
from simulators.frame import Simulator
from simulators.server import running
from tests.adapters.connected import dead_url
from tests.resilience.asked import BEFORE, Records
from tests.resilience.matrix import is_write
from tests.support.frontdesk import make_settings, reached

World = TypeVar("World", bound="WireWorld")
ANN = "ann@example.test"
EVERYTHING = "all requests"
HOW = {"delay": "delay:7*1", "429": "429:1", "slow_drip": "slow_drip:600"}
"""The fault of simulators/faults.py that one of the matrix is, where it is not called the same."""
Count = Callable[[Mapping[str, Any]], int]


class DyingPlan(Plan):
    """Answer nothing any more as soon as a rule was used: the system dies over what it was asked."""

    def fault_of(self, method: str, path: str, content: str) -> Rule | None:
        """Return the rule that decides a request; the first that is used is followed by an outage."""
        rule = super().fault_of(method, path, content)
        if rule is not None and rule.fault != "503":
            self.put("*/*=503")
        return rule


class WireWorld:
    """Hold one vendor's server, which a simulator is or stands before, at `url`.

    Class attributes:
        simulator_class: what is served.
        everything: the requests to the API, as the beginning of a rule; those for tokens are none of them.
        changes: those of them that change something.
        counts: by write, how many records of it are in the state of the simulator.
        how: what of HOW is another fault with this vendor.
    """

    simulator_class: ClassVar[Callable[[], Simulator]]
    domains: ClassVar[tuple[str, ...]]
    secrets: ClassVar[Mapping[str, str]]
    reached: ClassVar[Mapping[str, Any]] = {}
    everything: ClassVar[str]
    changes: ClassVar[tuple[str, ...]]
    counts: ClassVar[Mapping[str, Count]]
    how: ClassVar[Mapping[str, str]] = {}

    def __init__(self, simulator: Simulator, url: str) -> None:
        self.simulator = simulator
        self.records = Records(ANN)
        self._url = url
        self._over = True
        # It stands still, so that nothing is done between two requests that the cell did not ask for.
        now = datetime.now(timezone.utc)
        simulator.clock = lambda: now

    @classmethod
    def missing(cls) -> str:
        """Return why it cannot be played on this machine, or nothing."""
        return ""

    @classmethod
    @contextmanager
    def served(cls: type[World]) -> Iterator[World]:
        """Serve the vendor's simulator and give the world of it."""
        simulator = cls.simulator_class()
        with running(simulator) as url:
            yield cls(simulator, url)

    def settings(self, database_url: str) -> Settings:
        """Return a deployment with this vendor in its domains."""
        vendor = self.simulator.vendor
        connections = {vendor: reached(self._url, self.secrets, **self.reached)}
        settings = make_settings(database_url, systems=dict.fromkeys(self.domains, vendor))
        return settings.copy(update={"connections": connections})

    def fill(self, frontdesk: Frontdesk) -> None:
        """Put one record of each kind in, all of them Ann's."""
        self.records = self._filled(frontdesk)
        self._keep()

    def _filled(self, frontdesk: Frontdesk) -> Records:
        raise NotImplementedError

    def _keep(self) -> None:
        """Keep what there is now."""
        self._kept = json.dumps(self.simulator.state)

    def _restore(self) -> None:
        """Go back to what was kept."""
        self.simulator.state = json.loads(self._kept)

    def begin(self, clock: SettableClock) -> None:
        """Be whole, as it was filled."""
        self._restore()
        self._over = False

        async def pause(seconds: float) -> None:
            if not self._over:
                await asyncio.to_thread(clock.sleep, seconds)

        self.simulator.pause = pause

    def break_with(self, frontdesk: Frontdesk, operation: str, fault: str, state: str) -> None:
        """Let the requests of an operation, or those of it that change something, meet a fault."""
        places = self.changes if is_write(operation) and state != EVERYTHING else (self.everything,)
        if fault == "refused":
            self._lead_to(frontdesk, dead_url())
        elif fault == "dies":
            self.simulator.faults = DyingPlan(" ".join(f"{place}=reset_after_write" for place in places))
        else:
            how = {**HOW, **self.how}.get(fault, fault)
            self.simulator.faults = Plan(" ".join(f"{place}={how}" for place in places))

    def mend(self, frontdesk: Frontdesk) -> None:
        """End the fault, and let go of what it holds up."""
        self._over = True
        self.simulator.faults = Plan()
        self._lead_to(frontdesk, self._url)
        for job in self.simulator.state.get("jobs", ()):
            job["due"] = ""  # of what the vendor does by and by, an hour is enough

    def count(self, frontdesk: Frontdesk, operation: str) -> int:
        """Count in the state of the simulator."""
        return self.counts[operation](self.simulator.state)

    def _lead_to(self, frontdesk: Frontdesk, url: str) -> None:
        """Let the adapter find its system, or nobody, at an address."""
        (connection,) = frontdesk.connections.made()
        wire = connection.session._wire
        wire.address = Address(wire.address.base.replace(wire.address.origin, url))


def put_ticket(desk: Helpdesk, email: str) -> Ticket:
    """Put a ticket in that has been commented and changed before."""
    ticket = desk.create_ticket(NewTicket("Zip", "It broke.", email), BEFORE)
    desk.add_comment(ticket.id, "It broke.", BEFORE, public=False)
    desk.update_ticket(ticket.id, TicketChange(tags=("calm",)), f"{BEFORE}-too")
    return ticket
