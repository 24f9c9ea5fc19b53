"""Try again where that is safe and there is time; read a write back where nobody knows whether it happened."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import tenacity

from bridge.errors import BridgeError, BusyError, OutcomeUnknownError, ProtocolError, UnavailableError
from bridge.resilience.call import AbandonedError, Call, GoOn, outcome_of
from bridge.resilience.clock import Clock
from bridge.resilience.metrics import GuardMetrics
from bridge.resilience.operations import operations_of
from bridge.settings.resilience import SystemPolicy
from bridge.tracing import Note, span

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 4.0
_log = structlog.get_logger(__name__)


class Retry:
    """Repeat reads, and writes that carry a key, while there is hope and time."""

    def __init__(self, policy: SystemPolicy, clock: Clock, metrics: GuardMetrics) -> None:
        self._policy = policy
        self._clock = clock
        self._metrics = metrics
        # Full jitter: anything between nothing and a ceiling that doubles, so that callers do not come back together.
        self._jitter = tenacity.wait_random_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE)

    def __call__(self, call: Call, go_on: GoOn) -> Any:
        """Make the attempts of a call.

        Raises:
            OutcomeUnknownError: a write may have happened and could not be found by its key.
        """
        try:
            return self._try(call, partial(go_on, call), repeatable=bool(call.key) or not call.is_write)
        except (OutcomeUnknownError, ProtocolError) as error:
            if not call.is_write:
                raise
            # A reply that cannot be read came after the write was sent, so it may have happened just as well.
            return self._read_back(call, error)

    def _read_back(self, call: Call, error: BridgeError) -> Any:
        unknown = OutcomeUnknownError(f"{call.name}: may have happened ({type(error).__name__})")
        if not call.key:
            raise unknown from error
        reading = operations_of(call.domain)[call.operation.read_back]
        asked = {name: call.arguments[name] for name in reading.signature.parameters if name != "self"}
        try:
            found = self._try(call, lambda: call.invoke(reading.name, asked), repeatable=True)
        except BridgeError:
            raise unknown from error
        self._metrics.read_backs.labels(call.system, call.operation.name, "yes" if found else "no").inc()
        if found is None:
            # It may still arrive there. Whoever keeps the draft may send it again later, with the same key.
            raise unknown from error
        return found

    def _try(self, call: Call, attempt: Callable[[], Any], *, repeatable: bool) -> Any:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_passing),
            stop=partial(self._is_over, call, self._policy.tries if repeatable else 1),
            wait=self._pause,
            sleep=self._clock.sleep,
            before_sleep=lambda _: self._metrics.retries.labels(call.system, call.operation.name).inc(),
            reraise=True,
        )
        return retrying(self._attempt, call, attempt)

    def _attempt(self, call: Call, attempt: Callable[[], Any]) -> Any:
        call.begin_attempt()
        with span("attempt") as note:
            return self._timed(call, attempt, note)

    def _timed(self, call: Call, attempt: Callable[[], Any], note: Note) -> Any:
        began, error = self._clock.monotonic(), None
        try:
            return attempt()
        except BridgeError as trouble:
            error = trouble
            raise
        except Exception as trouble:
            error = _unexpected(call, trouble)
            raise error from None  # what the adapter stumbled over may quote what people wrote
        finally:
            uncertain = call.is_write and isinstance(error, (OutcomeUnknownError, ProtocolError))
            call.end_attempt(uncertain=uncertain)
            note("outcome", outcome_of(error))
            labels = (call.system, call.domain, call.operation.name, outcome_of(error))
            self._metrics.attempt_seconds.labels(*labels).observe(self._clock.monotonic() - began)

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, BusyError) and error.retry_after > 0:
            # Not earlier than asked, and not all at the same moment.
            return error.retry_after + random.uniform(0, _FIRST_PAUSE)
        return self._jitter(state)

    def _is_over(self, call: Call, tries: int, state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= tries or state.upcoming_sleep >= call.until - self._clock.monotonic()


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, UnavailableError) and not isinstance(error, (OutcomeUnknownError, AbandonedError))


def _unexpected(call: Call, trouble: Exception) -> ProtocolError:
    """Turn an adapter's slip into an error of ours that says where, and nothing of what."""
    frame = traceback.extract_tb(trouble.__traceback__)[-1]
    where = f"{type(trouble).__name__} at {Path(frame.filename).name}:{frame.lineno}"
    _log.error("adapter_failed", system=call.system, operation=call.operation.name, where=where)
    return ProtocolError(f"{call.name}: {where}")
