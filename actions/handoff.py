"""Handoff: pass the conversation to a person."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions._job import UseCaseAction
from actions._run import Call


class ActionTalkToHuman(UseCaseAction):
    """Ask for a person, with all that is known."""

    def name(self) -> str:
        return "action_talk_to_human"

    def call(self, tracker: Tracker) -> Call:
        contact = tracker.get_slot("orders_contact") or ""
        known = {
            "email": tracker.get_slot("tickets_email") or (contact if "@" in contact else ""),
            "order": tracker.get_slot("orders_number") or "",
            "ticket": tracker.get_slot("tickets_number") or "",
            "problem": tracker.get_slot("tickets_description") or "",
        }
        return lambda frontdesk, turn: frontdesk.handoff.open(turn, known)
