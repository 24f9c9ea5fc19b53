"""What a person is told where a system does not do what it was asked, because it is away or because it refuses.

The deployment says which ways are open to which operation while a system is away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from bridge.conversation.drafts import Draft, consume
from bridge.errors import (
    BridgeError,
    CredentialsError,
    InvalidError,
    OutcomeUnknownError,
    ProtocolError,
    UnavailableError,
)
from bridge.events.entries import OPEN
from bridge.events.outbox import Also, NewEntry, Outbox
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import why
from bridge.model.outcome import BackendState, Outcome
from bridge.settings.schema import Way
from bridge.storage.types import Clock, utc_now

AWAY = (UnavailableError, CredentialsError, ProtocolError)
"""What a person hears as "isn't answering", whatever operators have to mend."""
UNSURE = (OutcomeUnknownError, ProtocolError)
"""A write that ended so may have happened."""

log = structlog.get_logger(__name__)


class Degradation:
    """Find the best that can be said or done without the system."""

    def __init__(
        self,
        ways: Mapping[str, Sequence[Way]],
        outbox: Outbox,
        reach: Callable[[], dict[str, str]],
        speech: Speech,
        tell_late: Callable[[str, Outcome], None],
        clock: Clock = utc_now,
    ) -> None:
        self._ways = ways
        self._tell_late = tell_late
        self._outbox = outbox
        self._reach = reach
        self._speech = speech
        self._clock = clock

    def read(self, operation: str, error: BridgeError, tell: Callable[[Any], Outcome]) -> Outcome:
        """Return the answer to a question that the system did not answer.

        Args:
            tell: makes the usual outcome of what the system said last, or says after all.
        """
        self._listen(error, tell)
        stale = getattr(error, "stale", None)
        for way in self._ways[operation]:
            if way == "stale" and stale is not None:
                usual = tell(stale.value)
                as_of = self._speech.time(stale.as_of, self._clock())
                return replace(usual, before="utter_dialog_as_of", values={**usual.values, "as_of": as_of})
            if way == "contact":
                return self._failed("utter_dialog_backend_unavailable_contact", self._reach())
        return self._failed("utter_dialog_backend_unavailable")

    def write(
        self,
        operation: str,
        error: BridgeError,
        draft: Draft,
        content: dict[str, Any],
        kept: Callable[[bool], Outcome],
        *,
        ask_again: tuple[str, ...] = (),
        also: Also | None = None,
    ) -> Outcome:
        """Keep a write for later if the deployment wants that, and return what is true of it now.

        Args:
            content: what its handler will need (events/handlers.py).
            kept: makes the outcome, given whether the write may have happened already.
            ask_again: slots to forget where it was not kept, so that the next try asks for a "yes" of its own.
            also: what else belongs into the transaction that keeps it.
        """
        unsure = isinstance(error, UNSURE)
        new = NewEntry(draft.key, draft.conversation_id, operation, content, unsure)
        trouble = "utter_dialog_outcome_unknown" if unsure else "utter_dialog_backend_unavailable"
        for way in self._ways[operation]:
            if way == "message" and self._keep(new, draft, also):
                return kept(unsure)
            if way == "contact":
                return self._failed(f"{trouble}_contact", self._reach(), ask_again)
        return self._failed(trouble, forget=ask_again)

    def refused(
        self,
        response: str,
        error: BridgeError,
        slots: Mapping[str, tuple[str, ...]],
        ask_again: tuple[str, ...],
        **values: str,
    ) -> Outcome:
        """Return what is true of a write that the system refused: nothing was done, and why.

        Args:
            slots: by field of the error, what to ask for anew.
            ask_again: slots to forget whatever was refused.
        """
        field = error.field if isinstance(error, InvalidError) else ""
        log.warning("a write was refused", response=response, error=type(error).__name__, field=field)
        forget = (*ask_again, *slots.get(field, ()))
        return Outcome(response, {**values, "why": why(self._speech, error)}, forget=forget, again=True)

    def is_kept(self, draft: Draft) -> bool:
        """Tell whether this write waits in the outbox: a second "yes" must not run beside the relay."""
        entry = self._outbox.find(draft.key)
        return entry is not None and entry.state in OPEN

    def _listen(self, error: BridgeError, tell: Callable[[Any], Outcome]) -> None:
        """Have the answer told by itself if it comes too late for this turn."""
        later = getattr(error, "later", None)

        def heard(conversation_id: str, value: Any) -> None:
            if conversation_id:
                self._tell_late(conversation_id, tell(value))

        if later is not None:
            later(heard)

    def _keep(self, new: NewEntry, draft: Draft, also: Also | None) -> bool:
        def together(connection: Any) -> None:
            consume(connection, draft, {"kept": True})
            if also is not None:
                also(connection)

        try:
            self._outbox.keep(new, together)
        except UnavailableError:
            log.error("a write could not be kept", operation=new.operation)
            return False
        return True

    @staticmethod
    def _failed(response: str, values: dict[str, str] | None = None, forget: tuple[str, ...] = ()) -> Outcome:
        return Outcome(response, values or {}, BackendState.FAILED, forget)
