"""The relay: take entries from the outbox, do them, tell what came of it; any number of relays share the work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import sqlalchemy as sa
import structlog

from bridge.errors import (
    BridgeError,
    BusyError,
    ConflictError,
    CredentialsError,
    InvalidError,
    LockedError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    UnavailableError,
    UnsupportedError,
)
from bridge.events.entries import Entry
from bridge.events.handlers import GIVEN_UP, NOT_FOUND, Done, Handlers
from bridge.events.outbox import Outbox
from bridge.formatting.refusals import REFUSALS
from bridge.model.outcome import Outcome

IDLE = 1.0
"""Seconds between two looks at an outbox with nothing due."""
LONGEST_REST = 30.0
"""Seconds between two looks at a database that fails."""

Tell = Callable[[sa.engine.Connection, str, Outcome], None]

UNSURE = (OutcomeUnknownError, ProtocolError)
"""The write may have happened: a reply that cannot be read says no more than none."""

REASONS = (
    (BusyError, "the system asked for a pause"),
    (OutcomeUnknownError, "the system broke off before it confirmed"),
    (UnavailableError, "the system gave no answer"),
    (CredentialsError, "the system refused our credentials"),
    (ProtocolError, "the system's reply cannot be read"),
    (LockedError, "too many wrong guesses at this record"),
    (NotFoundError, "the system has no such record, or not for this person"),
    (ConflictError, "the record contradicts the change"),
    (UnsupportedError, "the system cannot do this"),
    (InvalidError, "the system refused a value"),
)
"""Said by kind and never by the error's own text, because that is written by whoever raises it."""

log = structlog.get_logger(__name__)


class Relay:
    """Work through the outbox.

    Args:
        tell: stores what the person hears, inside the transaction that settles the entry: both or neither.
        last_words: fills the placeholders of what is told when an entry is given up: phone, mail, hours, and why, where
            the system refused it.
        calling: around the work on an entry, so that the guard, the log and the trace know for which message it is.
    """

    def __init__(
        self,
        outbox: Outbox,
        handlers: Handlers,
        tell: Tell,
        last_words: Callable[[BridgeError | None], dict[str, str]],
        calling: Callable[[Entry], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._outbox = outbox
        self._handlers = handlers
        self._tell = tell
        self._last_words = last_words
        self._calling = calling

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a failing database makes pauses, not an end."""
        rest = IDLE
        while not stop.is_set():
            try:
                while not stop.is_set() and self.once():
                    rest = IDLE
                stop.wait(IDLE)
                rest = IDLE
            except Exception as error:
                # A relay that ends loses every promise made from then on, whatever the trouble was.
                log.error("the relay was interrupted", error=type(error).__name__, again_in=rest)
                stop.wait(rest)
                rest = min(LONGEST_REST, rest * 2)

    def once(self) -> bool:
        """Work on the entry that is due longest; tell whether there was one."""
        entry = self._outbox.claim()
        if entry is None:
            return False
        with self._calling(entry):
            self._work(entry)
        return True

    def _work(self, entry: Entry) -> None:
        if entry.attempts > self._outbox.limits.attempts:
            # Its workers never came back to say so: whatever it does to them must end.
            self._bury(entry, "every try ended without a result")
            return
        try:
            done = self._handlers.perform(entry)
        except sa.exc.SQLAlchemyError:
            raise  # our own database: nothing could be noted now, and the lease brings the entry back
        except BridgeError as error:
            self._failed(entry, error)
        except Exception as error:
            # The class only: an error that nobody foresaw may quote what people wrote.
            log.error("a handler broke", operation=entry.operation, entry=entry.id, error=type(error).__name__)
            self._put_off(entry, f"our own mistake ({type(error).__name__})", unknown=True)
        else:
            self._finish(entry, done)

    def _finish(self, entry: Entry, done: Done) -> None:
        def also(connection: sa.engine.Connection) -> None:
            done.also(connection)
            if done.outcome is not None:
                self._tell(connection, entry.conversation_id, done.outcome)

        told = self._outbox.finish(entry, done.result, also)
        log.info("done" if told else "done by another", operation=entry.operation, entry=entry.id)

    def _failed(self, entry: Entry, error: BridgeError) -> None:
        reason = next((said for kind, said in REASONS if isinstance(error, kind)), "the system refused")
        if isinstance(error, REFUSALS):
            self._bury(entry, reason, error)
            return
        at_least = 0.0
        if isinstance(error, BusyError):
            at_least = error.retry_after
        elif isinstance(error, LockedError):
            at_least = error.minutes * 60.0
        self._put_off(entry, reason, unknown=isinstance(error, UNSURE), at_least=at_least)

    def _put_off(self, entry: Entry, reason: str, *, unknown: bool, at_least: float = 0.0) -> None:
        if self._outbox.is_spent(entry):
            self._bury(entry, reason)
        else:
            self._outbox.postpone(entry, reason, unknown=unknown, at_least=at_least)

    def _bury(self, entry: Entry, reason: str, refusal: BridgeError | None = None) -> None:
        response = NOT_FOUND.get(entry.operation) if isinstance(refusal, NotFoundError) else None
        response = response or GIVEN_UP.get(entry.operation)

        def tell(connection: sa.engine.Connection) -> None:
            if response is not None:
                self._tell(connection, entry.conversation_id, Outcome(response, self._last_words(refusal)))

        if self._outbox.bury(entry, reason, tell):
            log.warning("given up", operation=entry.operation, entry=entry.id, reason=reason)


class Worker(Protocol):
    """Work until it is told to stop."""

    def run(self, stop: threading.Event) -> None: ...


class Background:
    """Run a relay in a thread of its own."""

    def __init__(self, relay: Worker) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=relay.run, args=(self._stop,), name="relay", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 2.0) -> None:
        """End it; what it is at may take as long as a call, and a lease brings that back if nobody waits for it."""
        self._stop.set()
        self._thread.join(patience)
