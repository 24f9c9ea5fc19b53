"""Leave a system alone that failed again and again, and try it with one call after a while.

pybreaker keeps the state, the counter and the listeners. It is told outcomes and never given the call itself: its own
`call` holds a lock while the call runs, so that one slow call would make all others wait (docs/decisions/0011).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pybreaker
import structlog

from bridge import errors
from bridge.resilience.call import Call, GoOn
from bridge.resilience.clock import Clock
from bridge.resilience.metrics import BREAKER_STATES, GuardMetrics
from bridge.settings.resilience import SystemPolicy

OnOpen = Callable[[str, str], None]
"""Told system and operation when a closed breaker opens, in the thread of the call that opened it: be quick."""

_FAILURES = (errors.UnavailableError, errors.ProtocolError, errors.CredentialsError)
"""An answer that nobody can use is a failure too, and asking on with refused credentials gets accounts locked."""

_log = structlog.get_logger(__name__)


class Breaker:
    """Guard one operation of one system."""

    def __init__(
        self, name: tuple[str, str], policy: SystemPolicy, clock: Clock, metrics: GuardMetrics, on_open: OnOpen
    ) -> None:
        self._name = name
        self._policy = policy
        self._clock = clock
        self._on_open = on_open
        self._lock = threading.Lock()
        self._opened_at = 0.0
        self._period = 0
        # reset_timeout 0: when to probe is decided here, by a clock that a test can set.
        self._machine = pybreaker.CircuitBreaker(
            fail_max=policy.breaker_failures,
            reset_timeout=0,
            throw_new_error_on_trip=False,
            listeners=[_Gauge(name, metrics)],
        )
        self._probing = False

    @property
    def state(self) -> str:
        """Return "closed", "half-open" or "open"."""
        return self._machine.current_state

    def __call__(self, call: Call, go_on: GoOn) -> Any:
        """Let the call through unless the breaker is open.

        Raises:
            UnavailableError: it is; nothing was sent.
        """
        period = self._admit(call)
        try:
            result = go_on(call)
        except BaseException as error:
            self._settle(period, error)
            raise
        self._settle(period, None)
        return result

    def _admit(self, call: Call) -> int:
        with self._lock:
            if self.state == pybreaker.STATE_OPEN:
                if self._clock.monotonic() - self._opened_at < self._policy.breaker_reset_seconds:
                    self._refuse(call)
                self._machine.half_open()
                self._period += 1
            if self.state == pybreaker.STATE_HALF_OPEN:
                if self._probing:
                    self._refuse(call)
                self._probing = True
            return self._period

    def _refuse(self, call: Call) -> None:
        call.paused = True
        raise errors.UnavailableError(f"{call.name}: failed again and again, and is left alone for a while")

    def _settle(self, period: int, error: BaseException | None) -> None:
        if self._count(period, error):
            try:
                self._on_open(*self._name)
            except Exception as trouble:  # the alarm is not part of the call
                _log.error("breaker_alert_failed", error=type(trouble).__name__)

    def _count(self, period: int, error: BaseException | None) -> bool:
        """Count an outcome, unless the breaker has moved on since the call began; tell whether it opened now."""
        with self._lock:
            if period != self._period:
                return False
            self._probing = False
            if isinstance(error, errors.BusyError) or not isinstance(error, (Exception, type(None))):
                return False  # too many calls, or a process that ends: neither tells how the system is
            before = self.state
            with suppress(errors.UnavailableError):
                self._machine.call(_outcome, failed=isinstance(error, _FAILURES))
            if self.state == before:
                return False
            self._period += 1
            self._opened_at = self._clock.monotonic()
            return before == pybreaker.STATE_CLOSED


def _outcome(*, failed: bool) -> None:
    if failed:
        raise errors.UnavailableError


class _Gauge(pybreaker.CircuitBreakerListener):
    """Show the state of a breaker."""

    def __init__(self, name: tuple[str, str], metrics: GuardMetrics) -> None:
        self._name = name
        self._metrics = metrics
        metrics.breaker_state.labels(*name).set(BREAKER_STATES[pybreaker.STATE_CLOSED])

    def state_change(self, _cb: Any, _old_state: Any, new_state: Any) -> None:
        """Take note of a new state."""
        self._metrics.breaker_state.labels(*self._name).set(BREAKER_STATES[new_state.name])
        if new_state.name == pybreaker.STATE_OPEN:
            self._metrics.breaker_opened.labels(*self._name).inc()
