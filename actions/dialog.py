"""Dialog: answering an aside inside a form, and forgetting a task that was stopped."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._form import entity, intent_of
from actions._heard import missed_before

# Kept when a task is stopped: who is talking does not change with the subject.
_STAYS = {"orders_contact", "tickets_email", "sales_email"}
_TASKS = ("orders_", "tickets_", "sales_", "dialog_")


class ActionAnswerAside(Action):
    """Answer an unrelated message in the middle of a form: the response whose name ends with its intent."""

    def name(self) -> str:
        return "action_answer_aside"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        intent = intent_of(tracker)
        foreign = intent in {"out_of_scope", "nlu_fallback"} and entity(tracker, "language")
        ending = "_other_language" if foreign else f"_{intent}"
        if intent in {"out_of_scope", "nlu_fallback"} and not foreign and missed_before(tracker):
            ending = "_unclear_twice"
        dispatcher.utter_message(response=next(name for name in domain["responses"] if name.endswith(ending)))
        return []


class ActionForgetTask(Action):
    """Empty the slots of a task that was stopped, so that the next one starts clean."""

    def name(self) -> str:
        return "action_forget_task"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return [SlotSet(slot, None) for slot in tracker.slots if slot.startswith(_TASKS) and slot not in _STAYS]
