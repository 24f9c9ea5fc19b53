"""Backend: waiting for a slow use case, and telling what came when nobody waited any more."""

from __future__ import annotations

from functools import partial
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._job import OUTCOME_AFTER, UseCaseAction, timed
from actions._run import current_turn, in_thread, over, rendered, utter
from actions._work import UNAVAILABLE
from bridge.bootstrap import shared
from bridge.model.outcome import BackendState, Outcome


class ActionAwait(Action):
    """Wait for the job that this message started; by 15 seconds there is an outcome, or an apology."""

    def name(self) -> str:
        return "action_await"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = await current_turn(tracker)
        job = await in_thread(partial(shared().jobs.newest, turn))
        if job is None:
            return rendered(UNAVAILABLE, dispatcher)
        action = next(each for each in use_case_actions() if each.name() == job.name)
        outcome = await action.outcome_of(job, timed(turn, job), tracker, OUTCOME_AFTER)
        outcome = outcome or await in_thread(partial(shared().jobs.give_up, job.id))
        return over(outcome or UNAVAILABLE, dispatcher, tracker, action.form)


class ActionTellResult(Action):
    """Tell what came late: after an apology, or from the outbox."""

    def name(self) -> str:
        return "action_tell_result"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        turn = await current_turn(tracker)
        outcomes: list[Outcome] = await in_thread(partial(shared().jobs.late_outcomes, turn))
        for outcome in outcomes:
            utter(outcome, dispatcher)
        forgotten = {slot for outcome in outcomes for slot in outcome.forget}
        return [SlotSet("backend_state", BackendState.DONE.value), *(SlotSet(slot, None) for slot in forgotten)]


def use_case_actions() -> list[UseCaseAction]:
    """Return one of each action that answers through a use case."""
    return [kind() for kind in UseCaseAction.__subclasses__()]
