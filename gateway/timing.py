"""Every span of time the gateway lives by, in seconds; tests shrink them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Hold the spans."""

    notice_after: float = 5.5
    apology_after: float = 15.2
    """Said by 15.5, whatever it takes to write it down on a busy machine."""
    quiet_for: float = 5.0
    """An answer older than this does not stand for the outcome of a turn that is still open."""
    turn_most: float = 330.0
    """Rasa itself waits 300 s for a frozen action server."""
    connect_most: float = 3.0
    ask_most: float = 5.0
    """For the short questions to Rasa: tracker, status, appended events."""
    retry_first: float = 0.5
    retry_most: float = 5.0
    poll: float = 1.0
    """How soon what another process wrote to the log or the inbox is seen."""
    poll_when_told: float = 10.0
    """The same for the log while the other processes say when they write (PostgreSQL): a look that finds nothing."""
    renew: float = 1.5
    """How often the claims on conversations are renewed; a third of their lease or less."""
    stale: float = 4.0
    """Not having renewed them for so long, this process may have lost any of them."""
    settle: float = 1.0
    """After such a time, answers that Rasa had sent to it meanwhile are refused."""
    heartbeat: float = 15.0
    ticket: float = 30.0
    upload_most: float = 300.0
    """For one file to come in; whoever sends it slower only holds a place."""
