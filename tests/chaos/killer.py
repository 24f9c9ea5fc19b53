"""Do the harm of a plan as the promised writes count up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tests.chaos.plan import Flap, Plan
from tests.chaos.world import World

STALLED = 60.0
"""Seconds without a new promise after which the harm goes on all the same."""


class Killer:
    """Watch the progress; kill, break and mend when it is time."""

    def __init__(self, plan: Plan, world: World, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._world = world
        self._say = say
        self._progress = 0
        self._changed = threading.Condition()
        self._over = False

    def promised(self) -> int:
        """Count one more promised write."""
        with self._changed:
            self._progress += 1
            self._changed.notify_all()
            return self._progress

    def run(self) -> None:
        """Work through the plan until its end or the last promise."""
        threads = [threading.Thread(target=self._kill_all), threading.Thread(target=self._flap_all)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._world.stack.break_systems("")

    def stop(self) -> None:
        """Let the rest of the plan go: everybody has what they wanted."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _kill_all(self) -> None:
        for kill in self._plan.kills:
            if not self._reached(kill.after):
                return
            time.sleep(kill.seconds)
            done = self._world.kill(kill.target)
            self._say(f"{kill.after} promised: {'killed' if done else 'already down:'} {kill.target}")

    def _flap_all(self) -> None:
        for flap in self._plan.flaps:
            if not self._reached(flap.after):
                return
            self._break(flap)

    def _break(self, flap: Flap) -> None:
        self._world.stack.break_systems(flap.faults)
        self._say(f"{flap.after} promised: systems {'fail: ' + flap.faults if flap.faults else 'are well again'}")

    def _reached(self, count: int) -> bool:
        with self._changed:
            while self._progress < count and not self._over:
                before = self._progress
                self._changed.wait(STALLED)
                if self._progress == before and not self._over:
                    return True  # nobody gets on: whatever holds them, more of the plan may free them
            return not self._over
