"""Watch how full the outbox is: as numbers for Prometheus, and as alerts when it ages or an entry is given up."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bridge.events.board import Alert, Board
from bridge.events.entries import State
from bridge.events.outbox import Outbox, Standing
from bridge.storage.types import Clock, utc_now

_AGED, _DEAD = "outbox_aged", "outbox_dead"
EVERY = 15.0
"""Seconds between two looks."""

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


class Bell(Protocol):
    """Tell operators what is on the board."""

    def announce(self, alert: Alert) -> None:
        """Log it and have it posted."""

    def catch_up(self) -> None:
        """Post what another process left behind."""


class OutboxWatch:
    """Look at the outbox now and then, and tell what changed; any number of processes may, and one of them tells."""

    def __init__(self, outbox: Outbox, board: Board, bell: Bell, minutes: int, clock: Clock = utc_now) -> None:
        self._outbox = outbox
        self._board = board
        self._bell = bell
        self._limit = timedelta(minutes=minutes)
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            try:
                self.look()
            except Exception as error:
                log.warning("the outbox cannot be watched", error=type(error).__name__)
            stop.wait(EVERY)

    def look(self) -> None:
        """Compare the outbox with what was told of it last, by whichever process."""
        # Read before the outbox is counted: a count that is older than what another process told moves nothing.
        was_aged, were_dead = self._board.level(_AGED), self._board.level(_DEAD)
        standing = self._outbox.standing()
        self._look_at_age(was_aged, standing)
        self._look_at_dead(were_dead, standing.counts.get(State.DEAD, 0))
        self._bell.catch_up()

    def _look_at_age(self, was: int, standing: Standing) -> None:
        aged = standing.oldest is not None and self._clock() - standing.oldest > self._limit
        if aged > was:
            minutes = self._limit // timedelta(minutes=1)
            said = f"the oldest open entry has waited for more than {minutes} minutes"
            self._tell(_AGED, was, 1, Alert("outbox_aged", "outbox", said, self._clock()))
        elif aged < was:
            said = "no open entry is old any more"
            self._tell(_AGED, was, 0, Alert("outbox_settled", "outbox", said, self._clock()))

    def _look_at_dead(self, were: int, dead: int) -> None:
        if dead > were:
            said = f"{dead} given up; see `python -m bridge outbox list --state dead`"
            self._tell(_DEAD, were, dead, Alert("outbox_dead", "outbox", said, self._clock()))
        elif dead < were:
            self._board.move(_DEAD, were, dead)

    def _tell(self, condition: str, known: int, level: int, alert: Alert) -> None:
        if self._board.move(condition, known, level, alert):
            self._bell.announce(alert)
