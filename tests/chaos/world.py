"""The real processes, each of which can be killed by its name, and the plan file by which systems fail."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bridge.storage.business import orders, tickets
from bridge.storage.engine import reading
from tests.chaos.plan import HEALTHY, Target
from tests.support.stack import Stack

OUTBOX = {"relay_in_gateway": False, "longest_pause_seconds": 10, "lease_seconds": 45}
"""A relay of its own, so that it can die alone; short pauses, so that a run ends."""

COMMANDS: dict[Target, str] = {
    "rasa": "-m scripts.rasa_server",
    "actions": "-m actions",
    "gateway": "-m gateway",
    "relay": "-m bridge relay",
}


@dataclass(frozen=True)
class Person:
    """Hold somebody who is known to the shop."""

    email: str
    ticket: str
    order: str


class World:
    """Run `make run`'s own supervisor with all four processes."""

    def __init__(self, folder: Path, database_url: str | None) -> None:
        self.stack = Stack(folder, database_url, faults=HEALTHY, deployment={"outbox": OUTBOX})
        self.killed: dict[Target, int] = dict.fromkeys(COMMANDS, 0)

    def start(self) -> None:
        """Start and wait until a message can be answered."""
        self.stack.start()

    def stop(self) -> None:
        """Stop all of it."""
        self.stack.stop()

    def kill(self, target: Target) -> bool:
        """Kill a process without a warning; tell whether it was there."""
        for pid in self.stack.children():
            if COMMANDS[target] in _command(pid):
                os.kill(pid, signal.SIGKILL)
                self.killed[target] += 1
                return True
        return False

    def people(self) -> list[Person]:
        """Return the people of the demo shop who have an order and a ticket that takes comments."""
        wanted = (
            sa.select(tickets.c.email, sa.func.min(tickets.c.number), sa.func.min(orders.c.number))
            .join(orders, orders.c.email == tickets.c.email)
            .where(tickets.c.status.in_(("new", "open", "pending", "hold")))
            .group_by(tickets.c.email)
            .order_by(tickets.c.email)
        )
        with reading(self.stack.engine()) as connection:
            return [Person(*row) for row in connection.execute(wanted)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""  # it ended while we looked
