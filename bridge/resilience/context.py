"""Who asks and until when: set once around a use case, seen by every backend call under it, also in worker threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from bridge.model.identity import Level


@dataclass(frozen=True)
class CallContext:
    """Hold what the guard has to know of the caller.

    Without a deadline the call gets the time of its system's policy.
    """

    conversation_id: str = ""
    identity_level: Level = Level.ANONYMOUS
    deadline: datetime | None = None
    correlation_id: str = ""
    fresh: bool = False
    """What was read before does not count: something has happened since."""

    def time_left(self, now: datetime) -> float | None:
        """Return the seconds until the deadline, 0 when it has passed, None without one."""
        return None if self.deadline is None else max(0.0, (self.deadline - now).total_seconds())


NOBODY = CallContext()
_CURRENT: ContextVar[CallContext] = ContextVar("frontdesk_call_context", default=NOBODY)


def current() -> CallContext:
    """Return the context of the call in hand; inside an adapter its deadline is that of this very call."""
    return _CURRENT.get()


@contextmanager
def calling(context: CallContext) -> Iterator[None]:
    """Let every backend call of the block be made in this context."""
    token = _CURRENT.set(context)
    try:
        yield
    finally:
        _CURRENT.reset(token)
