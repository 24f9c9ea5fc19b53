"""Put the guard around adapters. Its order is fixed here and nowhere else."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from bridge.errors import SettingsError, UnsupportedError
from bridge.resilience.audit import Audit, AuditTrail
from bridge.resilience.breaker import Breaker, OnOpen
from bridge.resilience.bulkhead import Bulkhead
from bridge.resilience.cache import Cache, Store
from bridge.resilience.call import Call, GoOn, Layer
from bridge.resilience.clock import Clock, SystemClock
from bridge.resilience.context import current
from bridge.resilience.deadline import Deadline
from bridge.resilience.metrics import GuardMetrics, Measure
from bridge.resilience.operations import Operation, known_reads, operations_of
from bridge.resilience.retry import Retry
from bridge.resilience.trace import Trace
from bridge.settings.resilience import Resilience, SystemPolicy

Adapter = TypeVar("Adapter")


@dataclass(frozen=True)
class Kit:
    """Hold what all guarded adapters of a process share."""

    clock: Clock
    metrics: GuardMetrics
    store: Store
    audit: Audit
    on_open: OnOpen


class Guards:
    """Guard the adapters of one process.

    Args:
        settings: the deployment's numbers.
        secret: keys the hashes of the audit.
        on_open: told system and operation when a breaker opens.

    Raises:
        SettingsError: the cache names an operation that no port has.
    """

    def __init__(
        self,
        settings: Resilience,
        engine: sa.engine.Engine,
        secret: str,
        clock: Clock | None = None,
        on_open: OnOpen = lambda system, operation: None,
    ) -> None:
        _check_cached_operations(settings)
        clock = clock or SystemClock()
        self.metrics = GuardMetrics()
        self.trail = AuditTrail(engine, settings.audit_days, clock, self.metrics)
        audit = Audit(self.trail, secret, clock)
        self._settings = settings
        self._kit = Kit(clock, self.metrics, Store(settings.cache_entries), audit, on_open)
        self._bulkheads: dict[str, Bulkhead] = {}

    def guarded(self, adapter: Adapter, domain: str) -> Adapter:
        """Return an object with the operations of the domain's port that guards every call of the adapter."""
        system = cast(Any, adapter).system
        policy = self._settings.of(system)
        if system not in self._bulkheads:
            self._bulkheads[system] = Bulkhead(system, policy.bulkhead, self._kit.clock, self.metrics)
        return guarded(adapter, domain, policy, self._kit, self._bulkheads[system])


def guarded(adapter: Adapter, domain: str, policy: SystemPolicy, kit: Kit, bulkhead: Bulkhead) -> Adapter:
    """Return an object with the port's operations, `system` and `capabilities`, all calls of which are guarded.

    Args:
        bulkhead: that of the system, shared by its domains.
    """
    guard = _Guard(adapter, domain, policy, kit, bulkhead)
    members: dict[str, Any] = {name: _method(guard, operation) for name, operation in operations_of(domain).items()}
    members["system"] = guard.system
    members["capabilities"] = cast(Any, adapter).capabilities
    members["__doc__"] = f"Guard the {domain} operations of {guard.system}."
    return cast(Adapter, type(f"Guarded{domain.capitalize()}", (), members)())


def _method(guard: _Guard, operation: Operation) -> Callable[..., Any]:
    def guarded_operation(self: object, *args: Any, **kwargs: Any) -> Any:
        bound = operation.signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        _, *arguments = bound.arguments.items()
        return guard.call(operation, dict(arguments))

    guarded_operation.__name__ = operation.name
    guarded_operation.__doc__ = operation.doc
    guarded_operation.kind = operation.kind  # type: ignore[attr-defined]  # the mark of the port
    guarded_operation.__signature__ = operation.signature  # type: ignore[attr-defined]  # what inspect shows
    return guarded_operation


class _Guard:
    """Hold the layers around one adapter."""

    def __init__(self, adapter: Any, domain: str, policy: SystemPolicy, kit: Kit, bulkhead: Bulkhead) -> None:
        self.system: str = adapter.system
        self._adapter = adapter
        self._domain = domain
        self._policy = policy
        self._kit = kit
        self._bulkhead = bulkhead
        self._lock = threading.Lock()
        self._chains: dict[str, GoOn] = {}

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Send one call through all layers."""
        call = Call(self.system, self._domain, operation, arguments, self._invoke, current())
        return self._chain(operation)(call)

    def _layers(self, operation: Operation) -> Sequence[Layer]:
        """Make the layers of an operation, from the outside in."""
        policy, kit = self._policy, self._kit
        return (
            Trace(),
            Measure(kit.metrics, kit.clock),
            kit.audit,
            Cache(policy, kit.store, kit.clock, kit.metrics),
            Deadline(policy, kit.clock),
            Breaker((self.system, operation.name), policy, kit.clock, kit.metrics, kit.on_open),
            self._bulkhead,
            Retry(policy, kit.clock, kit.metrics),
        )

    def _chain(self, operation: Operation) -> GoOn:
        with self._lock:
            if operation.name not in self._chains:
                innermost: GoOn = _ask
                self._chains[operation.name] = reduce(_around, reversed(self._layers(operation)), innermost)
            return self._chains[operation.name]

    def _invoke(self, operation: str, arguments: dict[str, Any]) -> Any:
        method = getattr(self._adapter, operation, None)
        if method is None:
            raise UnsupportedError(f"{self.system}: there is no {operation}")
        kinds = operations_of(self._domain)[operation].signature.parameters
        by_name = {
            name: value for name, value in arguments.items() if kinds[name].kind is inspect.Parameter.KEYWORD_ONLY
        }
        return method(*(value for name, value in arguments.items() if name not in by_name), **by_name)


def _ask(call: Call) -> Any:
    return call.invoke(call.operation.name, call.arguments)


def _around(inner: GoOn, layer: Layer) -> GoOn:
    return partial(_enter, layer, inner)


def _enter(layer: Layer, inner: GoOn, call: Call) -> Any:
    return layer(call, inner)


def _check_cached_operations(settings: Resilience) -> None:
    for name, policy in {"defaults": settings.defaults, **settings.systems}.items():
        if strange := sorted(set(policy.cache) - known_reads()):
            raise SettingsError(
                f"resilience.{name}.cache: no port has a read {strange[0]!r}; known: {', '.join(sorted(known_reads()))}"
            )
