"""A helpdesk that remembers in a file what it was asked for, so that it outlives the processes that ask."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

from bridge.errors import OutcomeUnknownError, UnavailableError
from bridge.model.helpdesk import Comment, NewTicket, Priority, Ticket, TicketStatus
from bridge.model.identity import Claim
from tests.support.frontdesk import NOW


class FileHelpdesk:
    """Make a ticket at every call, even for a key it knows: whoever asks twice has doubled it.

    Args:
        path: one line a ticket, its key.
        step: called before and after the write, with its name.
        chance: lets it fail now and then, before the write (no answer) or after it (unknown).
    """

    system = "file"
    capabilities = frozenset({"create_ticket", "find_ticket_by_key"})

    def __init__(self, path: Path, step: Callable[[str], None], chance: random.Random | None = None) -> None:
        self._path = path
        self._step = step
        self._chance = chance

    def create_ticket(self, ticket: NewTicket, key: str) -> Ticket:
        """Write a line."""
        self._step("about to write")
        if self._fails(0.05):
            raise UnavailableError("not now")
        with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w") as file:
            file.write(f"{key}\n")
        self._step("written")
        if self._fails(0.05):
            raise OutcomeUnknownError("cut")
        return made(key)

    def find_ticket_by_key(self, key: str) -> Ticket | None:
        """Look for a line."""
        return made(key) if key in self.keys() else None

    def find_ticket(self, number: str, claim: Claim) -> Ticket:
        raise NotImplementedError

    def add_comment(self, ticket_id: str, body: str, key: str, *, public: bool = True) -> Comment:
        raise NotImplementedError

    def find_comment_by_key(self, ticket_id: str, key: str) -> Comment | None:
        raise NotImplementedError

    def keys(self) -> list[str]:
        """Return the key of every ticket there is."""
        return self._path.read_text().splitlines() if self._path.exists() else []

    def _fails(self, share: float) -> bool:
        return self._chance is not None and self._chance.random() < share


def made(key: str) -> Ticket:
    """Return the ticket of a key."""
    number = f"T-{key.rpartition(':')[2]}"
    return Ticket(number, number, "", "", TicketStatus.NEW, "new", Priority.NORMAL, "ann@example.test", NOW, NOW)


class FileClock:
    """Tell the time that stands in a file, to every process alike."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(float(self._path.read_text()), timezone.utc)

    def forward(self, **by: float) -> None:
        """Move it; written apart and renamed, so that nobody reads half a number."""
        now = self() + timedelta(**by) if self._path.exists() else NOW
        apart = self._path.with_suffix(".new")
        apart.write_text(str(now.timestamp()))
        apart.replace(self._path)
