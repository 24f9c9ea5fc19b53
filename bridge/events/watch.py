"""Watch how full the outbox is: as numbers for Prometheus, and as alerts when it ages or an entry is given up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bridge.events.entries import State
from bridge.events.outbox import Outbox, Standing
from bridge.storage.types import Clock, utc_now

EVERY = 15.0
"""Seconds between two looks."""

Tell = Callable[[str, str, str], None]
"""Told an alert's name, its subject and what is the matter."""

log = structlog.get_logger(__name__)


class OutboxNumbers(Collector):
    """Count the outbox anew at every scrape: it is a table that several processes write to."""

    def __init__(self, outbox: Outbox, clock: Clock = utc_now) -> None:
        self._outbox = outbox
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Return what there is, without asking the database."""
        return list(self._families().values())

    def collect(self) -> Iterable[Metric]:
        """Return the numbers of now; where the database cannot be read, none but that."""
        families = self._families()
        try:
            standing = self._outbox.standing()
        except Exception as error:
            log.warning("the outbox cannot be counted", error=type(error).__name__)
            families["readable"].add_metric([], 0)
            return [families["readable"]]
        families["readable"].add_metric([], 1)
        for state in (State.WAITING, State.LEASED, State.DEAD):
            families["entries"].add_metric([state.value], standing.counts.get(state, 0))
        waited = (self._clock() - standing.oldest).total_seconds() if standing.oldest else 0.0
        families["oldest"].add_metric([], max(0.0, waited))
        return list(families.values())

    def _families(self) -> dict[str, GaugeMetricFamily]:
        return {
            "entries": GaugeMetricFamily(
                "frontdesk_outbox_entries", "Writes kept for later: waiting, leased or dead", labels=["state"]
            ),
            "oldest": GaugeMetricFamily("frontdesk_outbox_oldest_seconds", "Age of the oldest open write"),
            "readable": GaugeMetricFamily("frontdesk_outbox_readable", "1 if the outbox could be counted"),
        }


class OutboxWatch:
    """Look at the outbox now and then, and tell what changed."""

    def __init__(self, outbox: Outbox, tell: Tell, minutes: int, clock: Clock = utc_now) -> None:
        self._outbox = outbox
        self._tell = tell
        self._limit = timedelta(minutes=minutes)
        self._clock = clock
        self._aged = False
        self._dead = 0

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            try:
                self.look()
            except Exception as error:
                log.warning("the outbox cannot be watched", error=type(error).__name__)
            stop.wait(EVERY)

    def look(self) -> None:
        """Compare the outbox with the last look."""
        standing = self._outbox.standing()
        self._look_at_age(standing)
        dead = standing.counts.get(State.DEAD, 0)
        if dead > self._dead:
            said = f"{dead} given up; see `python -m bridge outbox list --state dead`"
            self._tell("outbox_dead", "outbox", said)
        self._dead = dead

    def _look_at_age(self, standing: Standing) -> None:
        aged = standing.oldest is not None and self._clock() - standing.oldest > self._limit
        if aged and not self._aged:
            minutes = self._limit // timedelta(minutes=1)
            self._tell("outbox_aged", "outbox", f"the oldest open entry has waited for more than {minutes} minutes")
        elif self._aged and not aged:
            self._tell("outbox_settled", "outbox", "no open entry is old any more")
        self._aged = aged
