"""Handoff: pass the conversation to a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._run import answer


class ActionTalkToHuman(Action):
    """Ask for a person, with all that is known."""

    def name(self) -> str:
        return "action_talk_to_human"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        contact = tracker.get_slot("orders_contact") or ""
        known = {
            "email": tracker.get_slot("tickets_email") or (contact if "@" in contact else ""),
            "order": tracker.get_slot("orders_number") or "",
            "ticket": tracker.get_slot("tickets_number") or "",
            "problem": tracker.get_slot("tickets_description") or "",
        }
        return await answer(dispatcher, tracker, lambda frontdesk, turn: frontdesk.handoff.open(turn, known))
