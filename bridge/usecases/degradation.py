"""What a person is told where a system does not do what it was asked, because it is away or because it refuses.

The deployment says which ways are open to which operation while a system is away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from bridge.events.outbox import Also, NewEntry, Outbox, nothing_else
from bridge.formatting.cards import as_of
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import why
from bridge.model.outcome import BackendState, Outcome
from bridge.settings.schema import Way
from bridge.storage.types import Clock, utc_now

AWAY = (UnavailableError, CredentialsError, ProtocolError)
"""What a person hears as "isn't answering", whatever operators have to mend."""
UNSURE = (OutcomeUnknownError, ProtocolError)
"""A write that ended so may have happened."""


@dataclass(frozen=True)
class Wish:
    """Hold a write that a person has confirmed.

    Args:
        content: what its handler will need (events/handlers.py).
        kept: makes the outcome where it is kept, given whether the write may have happened already.
        ask_again: slots to forget where it was neither done nor kept, so that the next try asks for a "yes" of its own.
        also: what else belongs into the transaction that keeps it.
    """

    operation: str
    draft: Draft
    content: dict[str, Any]
    kept: Callable[[bool], Outcome]
    ask_again: tuple[str, ...] = ()
    also: Also = nothing_else

    def entry(self, *, unknown: bool = False) -> NewEntry:
        """Return what the outbox keeps of it."""
        return NewEntry(self.draft.key, self.draft.conversation_id, self.operation, self.content, unknown)


CHECK_OUT = "cart.check_out"
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
        self.tell_late = tell_late
        self._outbox = outbox
        self.reach = reach
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
                time = self._speech.time(stale.as_of, self._clock())
                values, card = {**usual.values, "as_of": time}, as_of(usual.card, time, self._speech)
                return replace(usual, before="utter_dialog_as_of", values=values, card=card)
            if way == "contact":
                return self._failed("utter_dialog_backend_unavailable_contact", self.reach())
        return self._failed("utter_dialog_backend_unavailable")

    def write(self, wish: Wish, call: Callable[[], Outcome]) -> Outcome:
        """Do a write, and return what is true of it now; it is in the outbox before its call is made.

        If this process dies before what is returned here is kept, the relay finds the entry, looks whether the write
        has happened, and tells the person. A second "yes" takes the entry over, unless a relay has it or it waits for
        one.

        Args:
            call: does it; what the system refuses is its to tell.
        """
        try:
            mine = self._outbox.ahead(wish.entry(), wish.also)
            outcome = call() if mine else wish.kept(False)
        except AWAY as error:
            outcome = self.keep(wish, error)
        return replace(outcome, settles=wish.draft.key)

    def keep(self, wish: Wish, error: BridgeError) -> Outcome:
        """Keep a write for later if the deployment wants that, and return what is true of it now."""
        unsure = isinstance(error, UNSURE)
        for way in self._ways[wish.operation]:
            if way == "message" and self._is_taken(wish, unsure):
                return wish.kept(unsure)
            if way == "contact":
                break
        return self.left(wish.operation, error, wish.ask_again)

    def left(self, operation: str, error: BridgeError, ask_again: tuple[str, ...]) -> Outcome:
        """Return what is true of a write that was not done, or may have been, and that nobody keeps.

        Args:
            ask_again: slots to forget, so that the next try asks for a "yes" of its own.
        """
        trouble = "utter_dialog_outcome_unknown" if isinstance(error, UNSURE) else "utter_dialog_backend_unavailable"
        if "contact" in self._ways[operation]:
            return self._failed(f"{trouble}_contact", self.reach(), ask_again)
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

    def is_open(self, draft: Draft) -> bool:
        """Tell whether the outbox has this write still to do."""
        entry = self._outbox.find(draft.key)
        return entry is not None and entry.state in OPEN

    def _listen(self, error: BridgeError, tell: Callable[[Any], Outcome]) -> None:
        """Have the answer told by itself if it comes too late for this turn."""
        later = getattr(error, "later", None)

        def heard(conversation_id: str, value: Any) -> None:
            if conversation_id:
                self.tell_late(conversation_id, tell(value))

        if later is not None:
            later(heard)

    def _is_taken(self, wish: Wish, unsure: bool) -> bool:
        def together(connection: Any) -> None:
            consume(connection, wish.draft, {"kept": True})
            wish.also(connection)

        try:
            self._outbox.keep(wish.entry(unknown=unsure), together)
        except UnavailableError:
            log.error("a write could not be kept", operation=wish.operation)
            return False
        return True

    @staticmethod
    def _failed(response: str, values: dict[str, str] | None = None, forget: tuple[str, ...] = ()) -> Outcome:
        return Outcome(response, values or {}, BackendState.FAILED, forget)
