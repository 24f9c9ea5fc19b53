"""Take what systems tell by their webhooks: each delivery once, and durably before its sender hears that it arrived.

A delivery says that a record was changed, and nothing that it says else is kept. Who watches the record gets an entry
of the outbox in the same transaction, so that reading the record again and telling of it is leased, tried again and
seen by operators as everything else is that happens later (bridge/usecases/notices.py does it).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from uuid import uuid4

import sqlalchemy as sa
import structlog
from prometheus_client import CollectorRegistry, Counter

from bridge.connections.webhooks import Delivery, Headers, Webhook
from bridge.conversation.watches import Look, Watches
from bridge.errors import ProtocolError
from bridge.events.outbox import NewEntry, Outbox
from bridge.storage.engine import insert_if_new, writing
from bridge.storage.events import NOTICE, deliveries
from bridge.storage.types import Clock, utc_now

KEPT_FOR = timedelta(days=7)
"""The longest that a vendor of ours repeats a delivery is two days."""
ALERTED_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Taken(str, Enum):
    """Name what became of a delivery."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    """About something that is of no interest to us."""
    UNREADABLE = "unreadable"
    """The system's own, but not as its documents say; to send it again would change nothing."""
    FORGED = "forged"


class Hooks:
    """Hear the systems that the deployment has a webhook secret for.

    Args:
        look: has the record of a watch read again.
        report: tells an operator that somebody sends what the named system has not signed.
    """

    def __init__(
        self,
        engine: sa.engine.Engine,
        look: Look,
        watches: Watches,
        webhooks: Mapping[str, Webhook],
        report: Callable[[str], None],
        registry: CollectorRegistry,
        clock: Clock = utc_now,
    ) -> None:
        self._engine = engine
        self._look = look
        self._watches = watches
        self._webhooks = webhooks
        self._report = report
        self._clock = clock
        self._reported: dict[str, datetime] = {}
        self._count = Counter(
            "frontdesk_webhooks", "Deliveries of webhooks, by outcome", ["system", "outcome"], registry=registry
        )

    @property
    def systems(self) -> frozenset[str]:
        """Return which systems may send."""
        return frozenset(self._webhooks)

    def take(self, system: str, headers: Headers, body: bytes) -> Taken:
        """Take a delivery of one of the systems."""
        taken = self._taken(system, headers, body)
        self._count.labels(system, taken.value).inc()
        if taken is Taken.FORGED:
            self._refused(system)
        return taken

    def _taken(self, system: str, headers: Headers, body: bytes) -> Taken:
        try:
            delivery = self._webhooks[system].receive(headers, body)
        except ProtocolError as error:
            # Its text names a place, and never what was there.
            log.warning("a webhook cannot be read", system=system, reason=str(error))
            return Taken.UNREADABLE
        if delivery is None:
            return Taken.FORGED
        return Taken.IGNORED if delivery.change is None else self._store(system, delivery, delivery.change.record)

    def _store(self, system: str, delivery: Delivery, record: str) -> Taken:
        now = self._clock()
        row = {"system": system, "delivery": delivery.id, "record": record, "received_at": now}
        with writing(self._engine) as connection:
            connection.execute(sa.delete(deliveries).where(deliveries.c.received_at < now - KEPT_FOR))
            if not insert_if_new(connection, deliveries, row):
                return Taken.DUPLICATE
            for watch, conversation_id in self._watches.of(connection, system, record):
                self._look(connection, watch, conversation_id)
        return Taken.STORED

    def _refused(self, system: str) -> None:
        now = self._clock()
        if now - self._reported.get(system, now - ALERTED_EVERY) >= ALERTED_EVERY:
            self._reported[system] = now
            self._report(system)


def looks(outbox: Outbox) -> Look:
    """Return what has the record of a watch read again: an entry of the outbox, as part of the caller's transaction."""

    def look(connection: sa.engine.Connection, watch: int, conversation_id: str) -> None:
        key = f"{NOTICE}:{watch}:"
        # One that has not begun yet sees the newest change as well.
        if not outbox.hasten(connection, conversation_id, key):
            content = {"watch": watch}
            outbox.put(connection, NewEntry(f"{key}{uuid4().hex}", conversation_id, NOTICE, content, at_once=True))

    return look
