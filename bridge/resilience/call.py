"""One call of an operation on its way through the layers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from bridge import errors
from bridge.resilience.context import NOBODY, CallContext
from bridge.resilience.operations import Operation

_OUTCOMES: tuple[tuple[type[BaseException], str], ...] = (
    # The first that fits: a subclass stands before its base.
    (errors.NotFoundError, "not_found"),
    (errors.InvalidError, "invalid"),
    (errors.ConflictError, "conflict"),
    (errors.UnsupportedError, "unsupported"),
    (errors.BusyError, "busy"),
    (errors.OutcomeUnknownError, "outcome_unknown"),
    (errors.UnavailableError, "unavailable"),
    (errors.CredentialsError, "credentials"),
    (errors.ProtocolError, "protocol"),
    (errors.LockedError, "locked"),
)


def outcome_of(error: BaseException | None) -> str:
    """Name how a call or an attempt ended, for metrics and audit."""
    if error is None:
        return "ok"
    return next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "error")


class AbandonedError(errors.UnavailableError):
    """Say to the worker that nobody waits for it any more."""


@dataclass(eq=False)
class Call:
    """Hold one call; the fields below `condition` are shared by the caller and its worker, under that condition."""

    system: str
    domain: str
    operation: Operation
    arguments: dict[str, Any]
    invoke: Callable[[str, dict[str, Any]], Any]
    """Ask the adapter: operation and arguments."""
    context: CallContext = NOBODY
    until: float = 0.0
    """When the caller gives up, on the monotonic clock; set by the deadline layer."""
    paused: bool = False
    """The breaker let nothing through."""

    condition: threading.Condition = field(default_factory=threading.Condition)
    attempts: int = 0
    in_flight: bool = False
    uncertain: bool = False
    """A write was sent and nobody knows its outcome."""
    abandoned: bool = False
    done: bool = False
    result: Any = None
    error: BaseException | None = None

    @property
    def is_write(self) -> bool:
        """Tell whether this call changes something."""
        return self.operation.kind == "write"

    @property
    def key(self) -> str:
        """Return the idempotency key of a write, or nothing."""
        return str(self.arguments.get("key") or "") if self.is_write else ""

    def begin_attempt(self) -> None:
        """Begin an attempt, unless the caller has left.

        Raises:
            AbandonedError: it has; whatever is sent now would be sent behind its back.
        """
        with self.condition:
            if self.abandoned:
                raise AbandonedError("the time of this call was over before its next attempt")
            self.attempts += 1
            self.in_flight = True

    def end_attempt(self, *, uncertain: bool) -> None:
        """End an attempt; `uncertain` is a write nobody knows the outcome of."""
        with self.condition:
            self.in_flight = False
            self.uncertain = self.uncertain or uncertain

    def finish(self, result: Any, error: BaseException | None) -> None:
        """Hand the end of the work to the caller, if it still waits."""
        with self.condition:
            self.result, self.error, self.done = result, error, True
            self.condition.notify_all()

    def abandon(self) -> errors.UnavailableError:
        """Give up waiting (the condition is held), and return what that means for the caller."""
        self.abandoned = True
        if self.is_write and (self.in_flight or self.uncertain):
            return errors.OutcomeUnknownError(f"{self.name}: the time was over while the write was under way")
        return errors.UnavailableError(f"{self.name}: no answer in time")

    @property
    def name(self) -> str:
        """Name system and operation in messages for operators."""
        return f"{self.system}.{self.operation.name}"


GoOn = Callable[[Call], Any]


class Layer(Protocol):
    """Do one thing around every call."""

    def __call__(self, call: Call, go_on: GoOn) -> Any:
        """Let the call go on to the next layer, or not; return or raise what the caller shall see."""
