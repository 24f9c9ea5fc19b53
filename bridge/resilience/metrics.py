"""What an operator can watch of the backend calls of this process, in Prometheus form."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bridge.resilience.call import Call, GoOn, outcome_of
from bridge.resilience.clock import Clock

BREAKER_STATES = {"closed": 0, "half-open": 1, "open": 2}
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30)
_CALL = ["system", "domain", "operation", "outcome"]
_OPERATION = ["system", "operation"]


class GuardMetrics:
    """Hold a registry of their own, so that two guards in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.seconds = self._histogram("seconds", "Calls as the use case sees them", _CALL)
        self.attempt_seconds = self._histogram("attempt_seconds", "Single attempts at a system", _CALL)
        self.retries = self._counter("retries", "Attempts after the first", _OPERATION)
        self.read_backs = self._counter("read_backs", "Writes looked for by their key", [*_OPERATION, "found"])
        self.cache = self._counter("cache", "Cached reads: fresh, stale or miss", [*_OPERATION, "kind"])
        self.breaker_state = self._gauge("breaker_state", "0 closed, 1 half-open, 2 open", _OPERATION)
        self.breaker_opened = self._counter("breaker_opened", "Times a breaker opened", _OPERATION)
        self.bulkhead_in_use = self._gauge("bulkhead_in_use", "Slots taken, also by calls given up", ["system"])
        self.bulkhead_waiting = self._gauge("bulkhead_waiting", "Calls that wait for a slot", ["system"])
        self.audit_lost = Counter(
            "frontdesk_audit_lost", "Audit records that were not written", ["reason"], registry=self.registry
        )
        self.audit_queued = Gauge("frontdesk_audit_queued", "Audit records not yet written", registry=self.registry)

    def render(self) -> bytes:
        """Return everything in the text form that Prometheus reads."""
        return generate_latest(self.registry)

    def _histogram(self, name: str, help_text: str, labels: list[str]) -> Histogram:
        return Histogram(f"frontdesk_backend_{name}", help_text, labels, buckets=_SECONDS, registry=self.registry)

    def _counter(self, name: str, help_text: str, labels: list[str]) -> Counter:
        return Counter(f"frontdesk_backend_{name}", help_text, labels, registry=self.registry)

    def _gauge(self, name: str, help_text: str, labels: list[str]) -> Gauge:
        return Gauge(f"frontdesk_backend_{name}", help_text, labels, registry=self.registry)


class Measure:
    """Time every call, however it ends."""

    def __init__(self, metrics: GuardMetrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock

    def __call__(self, call: Call, go_on: GoOn) -> object:
        """Pass the call through and observe it."""
        began = self._clock.monotonic()
        try:
            result = go_on(call)
        except BaseException as error:
            self._observe(call, began, outcome_of(error))
            raise
        self._observe(call, began, "ok")
        return result

    def _observe(self, call: Call, began: float, outcome: str) -> None:
        seconds = self._clock.monotonic() - began
        labels = (call.system, call.domain, call.operation.name, "paused" if call.paused else outcome)
        self._metrics.seconds.labels(*labels).observe(seconds)
