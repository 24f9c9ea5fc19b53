"""Feedback: keep how somebody was helped, as a button says it."""

from __future__ import annotations

from typing import Any

from bridge.conversation.surveys import BEST, TICKET, WORST, Surveys
from bridge.conversation.turns import Turn
from bridge.model.helpdesk import TicketStatus
from bridge.model.outcome import Outcome

_POOR = 2
"""Whoever was helped this badly is shown a way to a person."""
_ENDED = frozenset(f"utter_tickets_{status.value}" for status in (TicketStatus.SOLVED, TicketStatus.CLOSED))


class Feedback:
    """Have people asked, and keep what they say."""

    def __init__(self, surveys: Surveys) -> None:
        self._surveys = surveys

    def after_ticket(self, turn: Turn, told: Outcome) -> Outcome:
        """Have the person asked about a ticket that they were told is over; return what they were told, as it is."""
        if told.response in _ENDED:
            self._surveys.want(turn.conversation_id, TICKET, told.values["ticket"])
        return told

    def rate(self, turn: Turn, survey: Any, rating: Any) -> Outcome:
        """Keep the first rating of a question; a later one changes nothing.

        Args:
            survey: the number of the question, as the button carries it.
            rating: 1 (very bad) to 5 (very good), as the button carries it.
        """
        numbers = [value for value in (survey, rating) if isinstance(value, int)]
        if len(numbers) < 2 or not WORST <= rating <= BEST:
            return Outcome("utter_dialog_give_feedback")
        if not self._surveys.rate(turn.conversation_id, survey, rating):
            return Outcome("utter_dialog_rated_before")
        return Outcome("utter_dialog_rated_poor" if rating <= _POOR else "utter_dialog_rated")
