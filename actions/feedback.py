"""Feedback: keep what a button says about how somebody was helped."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._message import requested
from actions._run import answer


class ActionKeepRating(Action):
    """Keep a rating; the open question of a form is asked again, in fewer words."""

    def name(self) -> str:
        return "action_keep_rating"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        survey = next(tracker.get_latest_entity_values("survey"), None)
        rating = next(tracker.get_latest_entity_values("rating"), None)
        kept = await answer(dispatcher, tracker, lambda frontdesk, turn: frontdesk.feedback.rate(turn, survey, rating))
        return [*kept, SlotSet("dialog_again", True)] if requested(tracker) else kept
