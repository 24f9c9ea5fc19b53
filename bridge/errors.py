"""What can go wrong at a business system, named by what the caller should do next.

BridgeError
├── NotFoundError            say so; never say which part of the question was wrong
├── InvalidError             ask the person again; `field` and `reason` say for what
├── ConflictError            read the record again, then decide
├── UnsupportedError         offer the next best thing; this system cannot do it
├── UnavailableError         try later: stale answer, take a message, alternative contact
│   ├── BusyError            the same, after `retry_after` seconds
│   └── OutcomeUnknownError  a write may have happened: read it back by its key, never repeat it blindly
├── CredentialsError         tell the operator; the person hears "unavailable"
├── ProtocolError            tell the operator; the system answered something that cannot be read
├── ClaimLostError           let go: another process has taken over what this one was working on
├── LockedError              too many wrong guesses; say when to come back
└── SettingsError            the deployment is wrong; the process must not start
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class BridgeError(Exception):
    """Stand at the root of every error the bridge raises on purpose."""


class NotFoundError(BridgeError):
    """Say that nothing was found, whatever part of the question was wrong."""


class InvalidError(BridgeError):
    """Say which field cannot be taken and why, in operator words.

    Args:
        field: by our name for it (a field of bridge/model, an argument of the port), whatever the system calls it.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class ConflictError(BridgeError):
    """Say that the record changed under the caller."""


class UnsupportedError(BridgeError):
    """Say that this system lacks the operation."""


@dataclass(frozen=True)
class Stale:
    """Hold what a system said when it last answered this question."""

    value: Any
    as_of: datetime


Listener = Callable[[str, Any], None]
"""Told the conversation that asked, and what the system said after all."""


class UnavailableError(BridgeError):
    """Say that the system gave no usable answer now.

    `stale` is its last one to the same question, if it was kept. `later` takes a listener for the answer to a question
    that is still under way, where nobody waits any more: it is called once, in another thread, if an answer comes.
    """

    stale: Stale | None = None
    later: Callable[[Listener], None] | None = None


class BusyError(UnavailableError):
    """Say that the system asks for a pause.

    Args:
        retry_after: seconds to wait.
    """

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknownError(UnavailableError):
    """Say that a write was sent and its outcome is not known."""


class CredentialsError(BridgeError):
    """Say that the system refused our credentials."""


class ProtocolError(BridgeError):
    """Say that the reply cannot be read."""


class ClaimLostError(BridgeError):
    """Say that another process works on this now; nothing was written."""


class LockedError(BridgeError):
    """Say that guessing is over for a while.

    Args:
        minutes: whole minutes until the next try is taken.
    """

    def __init__(self, minutes: int) -> None:
        super().__init__(f"locked for {minutes} minutes")
        self.minutes = minutes


class SettingsError(BridgeError):
    """Say what is wrong in the deployment and where."""
