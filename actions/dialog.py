"""Dialog: asides inside a form, the offer that a "yes" takes, forgetting a task that was stopped."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._form import calming
from actions._heard import missed_before
from actions._message import asks_back, entity, gives_nothing, intent_of, requested
from actions._offer import offered

# Kept when a task is stopped: who is talking does not change with the subject.
_STAYS = {"orders_contact", "tickets_email", "sales_email"}
_TASKS = ("orders_", "cart_", "tickets_", "sales_", "account_", "dialog_")
_AN_OFFER = 2
"""A message that shows more ways on than this is a menu: "yes" picks nothing from it."""


class ActionAnswerAside(Action):
    """Answer what is no answer to the open question; the form then asks it again, in fewer words."""

    def name(self) -> str:
        return "action_answer_aside"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        dispatcher.utter_message(response=_aside(tracker, domain["responses"]))
        return [SlotSet("dialog_again", True)] if requested(tracker) else []


def _aside(tracker: Tracker, responses: dict[str, Any]) -> str:
    """Return the response: about the open question, to the mood, or the one whose name ends with the intent."""
    intent, slot = intent_of(tracker), requested(tracker)
    if intent in {"out_of_scope", "nlu_fallback"} and (entity(tracker, "language") or missed_before(tracker)):
        return "utter_dialog_other_language" if entity(tracker, "language") else "utter_dialog_unclear_twice"
    if slot and asks_back(tracker) and f"utter_{slot}_explained" in responses:
        return f"utter_{slot}_explained"
    if slot and gives_nothing(tracker) and f"utter_{slot}_unknown" in responses:
        return "utter_dialog_stuck" if tracker.get_slot("dialog_again") else f"utter_{slot}_unknown"
    if (slot or intent == "complain") and (calm := calming(tracker)):
        return calm if slot or calm == "utter_dialog_calm_person" else "utter_tickets_complain"
    inside = f"utter_dialog_aside_{intent}"
    if slot and inside in responses:
        return inside
    return next(name for name in responses if name.endswith(f"_{intent}") and "_aside_" not in name)


class ActionTakeOffer(Action):
    """Find out what a "yes" says yes to: the first way on that the last offer showed."""

    def name(self) -> str:
        return "action_take_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        payloads, _ = offered(tracker)
        first = payloads[0].lstrip("/") if 0 < len(payloads) <= _AN_OFFER else ""
        known = domain["slots"]["dialog_offer"]["values"]
        return [SlotSet("dialog_offer", first if first in known else "nothing")]


class ActionForgetTask(Action):
    """Empty the slots of a task that was stopped, so that the next one starts clean."""

    def name(self) -> str:
        return "action_forget_task"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return [SlotSet(slot, None) for slot in tracker.slots if slot.startswith(_TASKS) and slot not in _STAYS]
