"""Say until when a call may take: what is left of the person's time, and never more than the system is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bridge.errors import UnavailableError
from bridge.resilience.call import Call, GoOn
from bridge.resilience.clock import Clock
from bridge.resilience.context import calling
from bridge.settings.resilience import SystemPolicy


class Deadline:
    """Set the time of a call; adapters see the same time in their context and can ask for less from their client."""

    def __init__(self, policy: SystemPolicy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock

    def __call__(self, call: Call, go_on: GoOn) -> Any:
        """Refuse a call whose time is over, and give the others their end.

        Raises:
            UnavailableError: nothing was sent, because no time is left.
        """
        now = self._clock.utc()
        left = call.context.time_left(now)
        seconds = self._policy.deadline_seconds if left is None else min(left, self._policy.deadline_seconds)
        if seconds <= 0:
            raise UnavailableError(f"{call.name}: no time was left to ask")
        call.until = self._clock.monotonic() + seconds
        with calling(replace(call.context, deadline=now + timedelta(seconds=seconds))):
            return go_on(call)
