"""Keep what was read: to answer at once while it is fresh, and with its age when its system is down.

Values stay in this process's memory, because they are personal: nothing of them may reach a disk in clear. A restart
or another replica begins empty, which costs a lookup and never a wrong answer.
"""

from __future__ import annotations

import copy
import threading
from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.errors import NotFoundError, OutcomeUnknownError, Stale, UnavailableError
from bridge.resilience.call import Call, GoOn
from bridge.resilience.clock import Clock
from bridge.resilience.metrics import GuardMetrics
from bridge.settings.resilience import CachePolicy, SystemPolicy

Key = tuple[str, str, str, Hashable]


@dataclass(frozen=True)
class _Entry:
    value: Any
    asked_at: float
    as_of: datetime
    conversation_id: str
    writes: int
    """How many writes the domain had seen when this was asked."""


class Store:
    """Keep the newest answers of all systems, up to a number of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._writes: Counter[tuple[str, str]] = Counter()

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._entries)

    def find(self, key: Key) -> _Entry | None:
        """Return the answer to a question."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def keep(self, key: Key, entry: _Entry) -> None:
        """Keep an answer, and forget the one that was not asked for longest where there are too many.

        An answer that was under way during a write, or longer than a newer one, is not kept.
        """
        with self._lock:
            kept = self._entries.get(key)
            if entry.writes != self._writes[key[:2]] or (kept is not None and kept.asked_at > entry.asked_at):
                return
            self._entries[key] = entry
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def drop(self, key: Key) -> None:
        """Forget one answer."""
        with self._lock:
            self._entries.pop(key, None)

    def written(self, system: str, domain: str, conversation_id: str) -> None:
        """Take note of a write: nothing asked before it is fresh, and its own conversation sees nothing older."""
        with self._lock:
            self._writes[system, domain] += 1
            for key, entry in list(self._entries.items()):
                if key[:2] == (system, domain) and entry.conversation_id == conversation_id:
                    del self._entries[key]

    def writes(self, system: str, domain: str) -> int:
        """Return how many writes to a domain of a system are over."""
        with self._lock:
            return self._writes[system, domain]


class Cache:
    """Answer reads of one domain from the store where the policy allows it."""

    def __init__(self, policy: SystemPolicy, store: Store, clock: Clock, metrics: GuardMetrics) -> None:
        self._policy = policy
        self._store = store
        self._clock = clock
        self._metrics = metrics

    def __call__(self, call: Call, go_on: GoOn) -> Any:
        """Return a fresh answer, or ask; attach what is kept to the error that says the system is down."""
        if call.is_write:
            return self._write(call, go_on)
        policy, key = self._policy.cache.get(call.operation.name), _key(call)
        if policy is None or key is None:
            return go_on(call)
        return self._read(call, go_on, policy, key)

    def _write(self, call: Call, go_on: GoOn) -> Any:
        try:
            return go_on(call)
        finally:  # also when it failed: it may have happened
            self._store.written(call.system, call.domain, call.context.conversation_id)

    def _read(self, call: Call, go_on: GoOn, policy: CachePolicy, key: Key) -> Any:
        asked_at, as_of, writes = self._clock.monotonic(), self._clock.utc(), self._store.writes(*key[:2])
        kept = self._store.find(key)
        recent = kept is not None and kept.writes == writes and asked_at - kept.asked_at < policy.fresh_seconds
        if kept is not None and recent and not call.context.fresh:
            self._count(call, "fresh")
            return copy.deepcopy(kept.value)
        try:
            value = go_on(call)
        except NotFoundError:
            self._store.drop(key)  # gone, or no longer this person's
            raise
        except UnavailableError as error:
            error.stale = self._stale(kept, policy) if not isinstance(error, OutcomeUnknownError) else None
            self._count(call, "stale" if error.stale else "miss")
            raise
        self._count(call, "miss")
        self._store.keep(key, _Entry(copy.deepcopy(value), asked_at, as_of, call.context.conversation_id, writes))
        return value

    def _stale(self, kept: _Entry | None, policy: CachePolicy) -> Stale | None:
        if kept is None or self._clock.monotonic() - kept.asked_at > policy.stale_hours * 3600:
            return None
        return Stale(copy.deepcopy(kept.value), kept.as_of)

    def _count(self, call: Call, kind: str) -> None:
        self._metrics.cache.labels(call.system, call.operation.name, kind).inc()


def _key(call: Call) -> Key | None:
    """Return what makes two questions the same: every argument counts, so the claim does too."""
    arguments = tuple(call.arguments.items())
    try:
        hash(arguments)
    except TypeError:
        return None
    return call.system, call.domain, call.operation.name, arguments
