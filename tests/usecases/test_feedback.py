"""What a rating is answered with, and which answers about a ticket lead to the question."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.model.helpdesk import TicketStatus
from bridge.model.outcome import Outcome
from bridge.storage.chat import surveys
from tests.adapters.embedded.worlds import HelpdeskWorld, rows
from tests.support.frontdesk import say, told
from tests.usecases.test_tickets import EMAIL, add

ENDED = {TicketStatus.SOLVED, TicketStatus.CLOSED}


def asked(frontdesk: Frontdesk, turn: Turn) -> int:
    """Ask about a talk, and return the number of the question."""
    frontdesk.surveys.want(turn.conversation_id, "talk", "1")
    assert frontdesk.surveys.ask(turn.conversation_id, lambda _: {"text": "How was it?", "buttons": []})
    return int(rows(frontdesk.engine, surveys)[0]["id"])


@pytest.mark.parametrize(
    ("rating", "words"),
    [(5, "Thank you for telling us."), (3, "Thank you for telling us."), (2, "sorry"), (1, "sorry")],
)
def test_a_rating_is_kept_and_thanked_for(frontdesk: Frontdesk, turn: Turn, rating: int, words: str) -> None:
    survey = asked(frontdesk, turn)
    assert words in told(frontdesk.feedback.rate(turn, survey, rating))
    assert "already" in told(frontdesk.feedback.rate(turn, survey, 6 - rating))
    assert [row["rating"] for row in rows(frontdesk.engine, surveys)] == [rating]


@pytest.mark.parametrize("rating", [0, 6, -1, "5", None, 4.5, [5]])
def test_what_is_no_rating_is_taken_as_a_remark(frontdesk: Frontdesk, turn: Turn, rating: Any) -> None:
    survey = asked(frontdesk, turn)
    assert frontdesk.feedback.rate(turn, survey, rating) == Outcome("utter_dialog_give_feedback")
    assert frontdesk.feedback.rate(turn, None, 5) == Outcome("utter_dialog_give_feedback")
    assert [row["rating"] for row in rows(frontdesk.engine, surveys)] == [None]


@pytest.mark.parametrize("status", list(TicketStatus))
def test_only_a_ticket_that_is_over_is_asked_about_and_once(
    frontdesk: Frontdesk, turn: Turn, desk: HelpdeskWorld, status: TicketStatus
) -> None:
    number = add(desk, status.value)
    for message in ("m2", "m3"):
        now = say(frontdesk, turn.conversation_id, "how is it", message)
        outcome = frontdesk.tickets.check(now, number, EMAIL)
        assert frontdesk.feedback.after_ticket(now, outcome) is outcome
    with frontdesk.engine.connect() as connection:
        wanted = connection.execute(sa.select(surveys.c.kind, surveys.c.subject)).all()
    assert wanted == ([("ticket", number)] if status in ENDED else [])


def test_a_wrong_guess_at_a_ticket_asks_nothing(frontdesk: Frontdesk, turn: Turn, desk: HelpdeskWorld) -> None:
    number = add(desk, "solved")
    frontdesk.feedback.after_ticket(turn, frontdesk.tickets.check(turn, number, "eve@example.test"))
    assert rows(frontdesk.engine, surveys) == []
