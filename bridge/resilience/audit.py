"""Write down who asked which system for what.

The record of a write is in the database before its caller goes on: whoever heard of a write finds it in the audit, even
if the process is killed. The record of a read is queued and written by a thread of its own, many in one transaction;
a process that is killed loses those of the last moment. What cannot be written is counted, never silently dropped.
"""

from __future__ import annotations

import atexit
import hashlib
import hmac
import threading
import weakref
from collections import deque
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bridge.resilience.call import Call, GoOn, outcome_of
from bridge.resilience.clock import Clock
from bridge.resilience.metrics import GuardMetrics
from bridge.storage.engine import writing
from bridge.storage.resilience import audit

Row = dict[str, Any]

_QUEUED_AT_MOST = 10_000
_WRITTEN_AT_ONCE = 500
_GATHERED_FOR = 0.2
"""Seconds: with SQLite a transaction keeps all other writers waiting, so there are five a second at most."""
IDLE_SECONDS = 30.0
"""After which the thread without work ends."""
FLUSHED_FOR = 3.0
"""Seconds that a process takes for it when it ends."""
_PURGED_EVERY = timedelta(hours=24)
_LONGEST: dict[str, int] = {
    column.name: column.type.length for column in audit.c if isinstance(column.type, sa.String) and column.type.length
}
_log = structlog.get_logger(__name__)


class AuditTrail:
    """Queue records and write them; one for a process."""

    def __init__(self, engine: sa.engine.Engine, keep_days: int, clock: Clock, metrics: GuardMetrics) -> None:
        self._engine = engine
        self._keep = timedelta(days=keep_days)
        self._clock = clock
        self._metrics = metrics
        self._condition = threading.Condition()
        self._queue: deque[Row] = deque()
        self._writing = False
        self._hurry = False
        self._thread: threading.Thread | None = None
        self._purged_at: datetime | None = None
        atexit.register(_flush_at_exit, weakref.ref(self))

    def add(self, row: Row) -> None:
        """Queue one record; returns at once and never raises."""
        with self._condition:
            if len(self._queue) >= _QUEUED_AT_MOST or not self._is_running():
                self._metrics.audit_lost.labels("queue").inc()
                return
            self._queue.append(row)
            waiting = len(self._queue)
            self._metrics.audit_queued.set(waiting)
            if waiting in (1, _WRITTEN_AT_ONCE):
                # It begins to gather, or has enough; woken for every record, it would take turns with the calls.
                self._condition.notify_all()

    def write(self, row: Row) -> None:
        """Write one record before going on; never raises: what the database refuses is queued for another try."""
        try:
            self._write([row])
        except Exception as error:
            _log.warning("audit_delayed", error=type(error).__name__)
            self.add(row)

    def flush(self, seconds: float = FLUSHED_FOR) -> bool:
        """Wait until everything queued is written or lost, and tell whether it was in time."""
        with self._condition:
            self._hurry = True
            self._condition.notify_all()
            done = self._condition.wait_for(lambda: not self._queue and not self._writing, seconds)
            self._hurry = False
            return done

    def _is_running(self) -> bool:
        # The thread is started when there is something to write, and ends when there was nothing for a while.
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="audit", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return False
            self._thread = thread
        return True

    def _run(self) -> None:
        while True:
            with self._condition:
                if not self._condition.wait_for(lambda: bool(self._queue), IDLE_SECONDS):
                    self._thread = None
                    return
                self._condition.wait_for(lambda: self._hurry or len(self._queue) >= _WRITTEN_AT_ONCE, _GATHERED_FOR)
                rows = [self._queue.popleft() for _ in range(min(len(self._queue), _WRITTEN_AT_ONCE))]
                self._writing = True
            try:
                self._write(rows)
            except Exception as error:
                self._metrics.audit_lost.labels("database").inc(len(rows))
                _log.error("audit_not_written", records=len(rows), error=type(error).__name__)
            with self._condition:
                self._writing = False
                self._metrics.audit_queued.set(len(self._queue))
                self._condition.notify_all()

    def _write(self, rows: list[Row]) -> None:
        now = self._clock.utc()
        with writing(self._engine) as connection:
            connection.execute(sa.insert(audit), rows)
            if self._purged_at is None or now - self._purged_at >= _PURGED_EVERY:
                purge(connection, now - self._keep)
                self._purged_at = now


def _flush_at_exit(trail: weakref.ref[AuditTrail]) -> None:
    if (left := trail()) is not None:
        left.flush()


def purge(connection: sa.engine.Connection, before: datetime) -> int:
    """Delete the records that are older, and return how many there were."""
    return int(connection.execute(sa.delete(audit).where(audit.c.at < before)).rowcount)


class Audit:
    """Make a record of every call."""

    def __init__(self, trail: AuditTrail, secret: str, clock: Clock) -> None:
        self._trail = trail
        self._secret = secret.encode()
        self._clock = clock

    def __call__(self, call: Call, go_on: GoOn) -> Any:
        """Pass the call through and write down how it ended."""
        at, began = self._clock.utc(), self._clock.monotonic()
        try:
            result = go_on(call)
        except BaseException as error:
            self._record(call, at, began, "paused" if call.paused else outcome_of(error), None)
            raise
        self._record(call, at, began, "ok", result)
        return result

    def _record(self, call: Call, at: datetime, began: float, outcome: str, result: Any) -> None:
        values = {
            "conversation_id": call.context.conversation_id,
            "identity_level": call.context.identity_level.value,
            "domain": call.domain,
            "system": call.system,
            "operation": call.operation.name,
            "record": self._reference(call, result),
            "outcome": outcome,
            "correlation_id": call.context.correlation_id,
        }
        row: Row = {name: value.replace("\0", "")[: _LONGEST[name]] for name, value in values.items()}
        duration = round((self._clock.monotonic() - began) * 1000)
        # A write that never left us (paused, busy, no time) is not worth a transaction of its own.
        keep = self._trail.write if call.is_write and call.attempts else self._trail.add
        keep({**row, "at": at, "duration_ms": duration, "attempts": call.attempts})

    def _reference(self, call: Call, result: Any) -> str:
        """Name the record: by its system's own id, or by a keyed hash of what was asked for."""
        vendor_id = result if call.is_write and isinstance(result, str) else getattr(result, "id", None)
        if isinstance(vendor_id, str) and vendor_id and "@" not in vendor_id:
            return f"id:{vendor_id}"
        asked = call.key or next((value for value in call.arguments.values() if isinstance(value, str)), "")
        if not asked:
            return ""
        # A name of its own, so that the same secret gives other hashes elsewhere.
        text = f"audit:{call.system}:{asked}".encode(errors="replace")
        return f"hash:{hmac.new(self._secret, text, hashlib.sha256).hexdigest()[:32]}"
