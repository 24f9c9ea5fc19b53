"""Keep one slow system from taking every thread: so many calls at once, and each may be left behind in its thread.

A blocking call cannot be stopped from outside. It runs in a worker, and its caller waits no longer than the deadline;
the slot stays taken until the worker is really done, so that threads never grow beyond the slots.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any

from bridge.errors import BusyError
from bridge.resilience.call import Call, GoOn
from bridge.resilience.clock import Clock
from bridge.resilience.metrics import GuardMetrics

COME_BACK_AFTER = 5.0
"""Seconds that a person is asked to wait when every slot was taken for the whole of their time."""

IDLE_SECONDS = 60.0
"""After which a worker without work ends."""


class Bulkhead:
    """Hold the slots and the workers of one system.

    The workers are daemons: a process may end while a system still hangs in one of them.
    """

    def __init__(self, system: str, size: int, clock: Clock, metrics: GuardMetrics) -> None:
        self._system = system
        self._size = size
        self._clock = clock
        self._in_use_gauge = metrics.bulkhead_in_use.labels(system)
        self._waiting_gauge = metrics.bulkhead_waiting.labels(system)
        self._condition = threading.Condition()
        self._taken = 0
        self._idle = 0
        self._threads = 0
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._in_use_gauge.set(0)

    def __call__(self, call: Call, go_on: GoOn) -> Any:
        """Run the rest of the call in a worker and wait for it until the deadline.

        Raises:
            BusyError: no slot came free in time; nothing was sent.
            UnavailableError: the time was over; a read, or a write that was not under way.
            OutcomeUnknownError: the time was over while a write was under way.
        """
        self._take_slot(call)
        context = copy_context()
        with call.condition:
            # Held until the wait releases it: the worker cannot begin before somebody waits for it.
            self._work.put(lambda: self._do(call, lambda: context.run(go_on, call)))
            try:
                in_time = self._clock.wait_for(call.condition, lambda: call.done, call.until - self._clock.monotonic())
            except BaseException:
                call.abandon()  # interrupted: the worker shall begin nothing more
                raise
            if not in_time:
                raise call.abandon()
        if call.error is not None:
            raise call.error
        return call.result

    @property
    def in_use(self) -> int:
        """Return how many slots are taken, also by calls nobody waits for any more."""
        with self._condition:
            return self._taken

    @property
    def threads(self) -> int:
        """Return how many workers there are."""
        with self._condition:
            return self._threads

    def _take_slot(self, call: Call) -> None:
        with self._condition:
            left = call.until - self._clock.monotonic()
            self._waiting_gauge.inc()
            try:
                came_free = self._clock.wait_for(self._condition, lambda: self._taken < self._size, left)
            finally:
                self._waiting_gauge.dec()
            if not came_free:
                raise BusyError(f"{call.name}: busy, all {self._size} slots were taken", COME_BACK_AFTER)
            self._taken += 1
            self._in_use_gauge.set(self._taken)
            if self._idle:
                self._idle -= 1
                return
            self._threads += 1
        self._start_worker()

    def _start_worker(self) -> None:
        try:
            threading.Thread(target=self._serve, name=f"guard-{self._system}", daemon=True).start()
        except RuntimeError:
            # The machine has no thread left. That is ours to say, and the slot goes back.
            with self._condition:
                self._threads -= 1
                self._idle -= 1
            self._give_back()
            raise BusyError(f"{self._system}: busy, no thread could be started", COME_BACK_AFTER) from None

    def _serve(self) -> None:
        while True:
            try:
                work = self._work.get(timeout=IDLE_SECONDS)
            except Empty:
                with self._condition:
                    if self._idle:  # otherwise work is on its way to the last one
                        self._idle -= 1
                        self._threads -= 1
                        return
            else:
                work()
                del work  # or what was asked and answered would stay in memory until the next call

    def _do(self, call: Call, work: Callable[[], Any]) -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as trouble:  # it belongs to the caller, whatever it is
            error = trouble
        self._give_back()
        call.finish(result, error)

    def _give_back(self) -> None:
        with self._condition:
            self._taken -= 1
            self._idle += 1
            self._in_use_gauge.set(self._taken)
            self._condition.notify()
