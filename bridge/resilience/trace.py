"""Make every call a span of its message's trace, with how it ended; its attempts are spans under it (retry.py)."""

from __future__ import annotations

from typing import Any

from bridge.resilience.call import Call, GoOn, outcome_of
from bridge.tracing import span


class Trace:
    """Open a span around a call."""

    def __call__(self, call: Call, go_on: GoOn) -> Any:
        """Pass the call through and note how it ended."""
        with span(call.name, domain=call.domain) as note:
            error: BaseException | None = None
            try:
                return go_on(call)
            except BaseException as trouble:
                error = trouble
                raise
            finally:
                note("outcome", "paused" if call.paused else outcome_of(error))
                note("attempts", call.attempts)
