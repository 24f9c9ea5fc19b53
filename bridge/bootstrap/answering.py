"""For whom a backend is called: around every use case, and around every entry of the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from bridge.conversation.turns import Turn
from bridge.events.entries import Entry
from bridge.resilience.context import CallContext, calling
from bridge.tracing import span

ANSWERED_WITHIN = timedelta(seconds=14)
"""From the dispatch of a message: half a second before the action stops waiting for its use case (actions/_job.py).

So that a system that hangs ends in what the use case makes of that (the last answer, a message that is kept), told in
its turn; were it the other way round, people would get an apology and a second later the rest.
"""


@contextmanager
def answering(turn: Turn, what: str = "use case") -> Iterator[None]:
    """Let every backend call, log line and span of the block be those of a message, and end with its time."""
    context = CallContext(
        turn.conversation_id, turn.identity.level, turn.dispatched_at + ANSWERED_WITHIN, turn.correlation_id
    )
    names = {"correlation": turn.correlation_id, "conversation": turn.conversation_id}
    with calling(context), structlog.contextvars.bound_contextvars(**names), span(what, turn.trace):
        yield


@contextmanager
def settling(entry: Entry) -> Iterator[None]:
    """Let the work on an entry of the outbox be that of the message that asked for it; it has the time it needs."""
    context = CallContext(entry.conversation_id, correlation_id=entry.correlation_id, fresh=True)
    names = {"correlation": entry.correlation_id, "conversation": entry.conversation_id}
    what = f"outbox {entry.operation}"
    with calling(context), structlog.contextvars.bound_contextvars(**names), span(what, entry.trace, entry=entry.id):
        yield
