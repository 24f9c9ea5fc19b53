"""A slow use case becomes a job that is waited for.

The job is a row, not a thread: whichever replica of the action server Rasa asks next finds its outcome.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from datetime import datetime, timezone
from functools import partial
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._run import Call, current_turn, in_thread, in_use_case_thread, rendered, within
from bridge.bootstrap import shared
from bridge.conversation.jobs import RENEWED_EVERY, Job
from bridge.conversation.turns import Turn
from bridge.errors import BridgeError
from bridge.model.outcome import BackendState, Outcome

NOTICE_AFTER = 5.0
OUTCOME_AFTER = 14.5
"""Seconds after the message was dispatched: what is later than 15 is the gateway's to say."""
POLLED_EVERY = 0.25
"""Seconds between looks at a job that another process runs."""
UNAVAILABLE = Outcome("utter_dialog_backend_unavailable", state=BackendState.FAILED)
STILL_CHECKING = "utter_dialog_still_checking"

log = structlog.get_logger(__name__)
_running: set[asyncio.Task[None]] = set()


class UseCaseAction(Action, ABC):
    """Answer through a use case; a subclass says which one, and how the slots become its arguments.

    `form` takes up the next bare value after a miss or a failure.
    """

    form: str | None = None

    @abstractmethod
    def name(self) -> str:
        """Return the name in domain.yml."""

    @abstractmethod
    def call(self, tracker: Tracker) -> Call:
        """Return the use case with its arguments."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Begin the job and tell its outcome, or after 5 seconds that it takes a bit longer."""
        turn = await current_turn(tracker)
        job = await in_thread(partial(shared().jobs.begin, turn, self.name()))
        outcome = await self.outcome_of(job, turn, tracker, NOTICE_AFTER)
        if outcome is None:
            dispatcher.utter_message(response=STILL_CHECKING)
            return [SlotSet("backend_state", BackendState.PENDING.value)]
        return rendered(outcome, dispatcher, self.form)

    async def outcome_of(self, job: Job, turn: Turn, tracker: Tracker, seconds: float) -> Outcome | None:
        """Return the outcome of a job, run here if nobody else does, by `seconds` after its message was dispatched."""
        if job.mine:
            task = asyncio.create_task(_work(job, turn, self.call(tracker)))
            _running.add(task)  # the loop itself keeps no reference
            task.add_done_callback(_running.discard)
            await asyncio.wait({task}, timeout=_left(turn, seconds))
        while job.outcome is None:
            outcome: Outcome | None = await in_thread(partial(shared().jobs.outcome, job.id))
            if outcome is not None or _left(turn, seconds) <= 0:
                return outcome
            await asyncio.sleep(POLLED_EVERY)
        return job.outcome


async def _work(job: Job, turn: Turn, call: Call) -> None:
    """Run a use case to its end and keep what comes of it, however long that takes."""
    running = asyncio.ensure_future(in_use_case_thread(partial(_outcome, call, turn)))
    while not running.done():
        await asyncio.wait({running}, timeout=RENEWED_EVERY)
        if not running.done():
            await in_thread(partial(shared().jobs.renew, job.id))
    await in_thread(partial(shared().jobs.finish, job.id, running.result()))


def _outcome(call: Call, turn: Turn) -> Outcome:
    names = {"correlation": turn.correlation_id, "conversation": turn.conversation_id}
    began = time.monotonic()
    try:
        return within(turn, call)
    except BridgeError as error:
        log.warning("a use case failed", error=type(error).__name__, **names)
    except Exception as error:
        # Whatever it was, somebody waits for an answer; the log has the rest.
        log.error("a use case broke", exc_info=error, **names)
    finally:
        log.info("use case over", seconds=round(time.monotonic() - began, 3), **names)
    return UNAVAILABLE


def _left(turn: Turn, seconds: float) -> float:
    return max(0.0, seconds - (datetime.now(timezone.utc) - turn.dispatched_at).total_seconds())
