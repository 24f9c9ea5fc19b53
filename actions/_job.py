"""A slow use case becomes a job that is waited for.

The job is a row, not a thread: whichever replica of the action server Rasa asks next finds its outcome.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._run import Call, current_turn, in_thread, over
from actions._work import running, start
from bridge.bootstrap import shared
from bridge.conversation.jobs import Job
from bridge.conversation.turns import Turn
from bridge.model.outcome import BackendState, Outcome

NOTICE_AFTER = 5.0
OUTCOME_AFTER = 14.5
"""Seconds after the message was dispatched: what is later than 15 is the gateway's to say."""
POLLED_EVERY = 0.25
"""Seconds between looks at a job that another process runs."""
STILL_CHECKING = "utter_dialog_still_checking"


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
        outcome = await self.outcome_of(job, timed(turn, job), tracker, NOTICE_AFTER)
        if outcome is None:
            dispatcher.utter_message(response=STILL_CHECKING)
            return [SlotSet("backend_state", BackendState.PENDING.value)]
        return over(outcome, dispatcher, tracker, self.form)

    async def outcome_of(self, job: Job, turn: Turn, tracker: Tracker, seconds: float) -> Outcome | None:
        """Return the outcome of a job, run here if nobody else does, by `seconds` after its message was dispatched."""
        if job.mine:
            start(job, turn, self.call(tracker))
        if job.id in running:
            # Nearly always: only what another process runs has to be looked for in the database.
            await asyncio.wait({running[job.id]}, timeout=_left(turn, seconds))
        while job.outcome is None:
            outcome: Outcome | None = await in_thread(partial(shared().jobs.outcome, job.id))
            if outcome is not None or _left(turn, seconds) <= 0:
                return outcome
            await asyncio.sleep(POLLED_EVERY)
        return job.outcome


def timed(turn: Turn, job: Job) -> Turn:
    """Return the turn with the time that its job has.

    A job that began when the time was over (Rasa or this process was frozen) gets it anew: the gateway has apologised
    already, and after that an answer, however late, is worth more than another apology.
    """
    overdue = (job.started_at - turn.dispatched_at).total_seconds() >= OUTCOME_AFTER
    return replace(turn, dispatched_at=job.started_at) if overdue else turn


def _left(turn: Turn, seconds: float) -> float:
    return max(0.0, seconds - (datetime.now(timezone.utc) - turn.dispatched_at).total_seconds())
