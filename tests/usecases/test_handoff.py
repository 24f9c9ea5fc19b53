"""Asking for a person: a ticket with all that is known, a place in the queue, and the hours."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bridge.bootstrap import Frontdesk, build
from bridge.conversation.turns import Turn
from bridge.errors import InvalidError, OutcomeUnknownError
from bridge.model.identity import Claim
from bridge.storage.business import ticket_comments, tickets
from bridge.storage.chat import handoffs
from gateway.texts import load_texts
from tests.adapters.embedded.worlds import rows
from tests.support.frontdesk import Clock, make_settings, say, told, visit
from tests.usecases.away import Away, states
from tests.usecases.conftest import ON_SQLITE

KNOWN = {"email": "ann@example.test", "order": "1001", "ticket": "", "problem": "The zip is broken"}


def test_the_agent_gets_all_that_is_known(frontdesk: Frontdesk, turn: Turn) -> None:
    outcome = frontdesk.handoff.open(turn, KNOWN)
    (ticket,) = rows(frontdesk.engine, tickets)
    (handoff,) = rows(frontdesk.engine, handoffs)
    assert (ticket["email"], ticket["order_number"], ticket["priority"]) == ("ann@example.test", "1001", "high")
    assert ticket["verified"] is False
    (note,) = rows(frontdesk.engine, ticket_comments)
    assert note["public"] is False
    facts, transcript = note["body"].split("\n\n")
    assert facts.splitlines() == [
        f"Conversation: {turn.conversation_id}",
        "Identity: anonymous",
        "email: ann@example.test",
        "order: 1001",
        "problem: The zip is broken",
    ]
    assert transcript.endswith(" user: hello")
    assert (handoff["state"], handoff["ticket_number"]) == ("waiting", ticket["number"])
    assert ticket["number"] in told(outcome)
    assert "You are number 1 in the queue." in told(outcome)
    conversation = frontdesk.sessions.find(turn.conversation_id)
    assert conversation is not None
    assert conversation.mode == "waiting"


def test_what_was_said_is_not_shown_to_whoever_gave_an_address(frontdesk: Frontdesk, turn: Turn) -> None:
    outcome = frontdesk.handoff.open(turn, KNOWN)
    (row,) = rows(frontdesk.engine, tickets)
    ticket = frontdesk.systems.helpdesk.find_ticket(row["number"], Claim(email="ann@example.test"))
    shown = f"{ticket.subject} {ticket.description} {ticket.comments}"
    assert not any(word in shown for word in ("hello", "1001", "The zip is broken", "anonymous"))
    assert ticket.number in told(outcome)


@pytest.mark.parametrize("after", [False, True])
def test_a_note_that_got_lost_follows_and_is_there_once(away: Away, turn: Turn, after: bool) -> None:
    away.helpdesk.trouble, away.helpdesk.only, away.helpdesk.after = OutcomeUnknownError("slow"), "add_comment", after
    away.handoff.open(turn, KNOWN)
    away.helpdesk.trouble = None
    (said,) = away.relay()
    (ticket,) = rows(away.frontdesk.engine, tickets)
    (note,) = rows(away.frontdesk.engine, ticket_comments)
    assert (note["ticket_id"], note["public"]) == (ticket["id"], False)
    assert ticket["number"] in told(said)


def test_a_helpdesk_that_refuses_the_note_has_the_ticket(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble, away.helpdesk.only = InvalidError("body", "is too long"), "add_comment"
    outcome = away.handoff.open(turn, KNOWN)
    (ticket,) = rows(away.frontdesk.engine, tickets)
    assert ticket["number"] in told(outcome)


def test_the_same_turn_twice_opens_one(frontdesk: Frontdesk, turn: Turn) -> None:
    first, second = (frontdesk.handoff.open(turn, KNOWN) for _ in range(2))
    assert first == second
    tables = (tickets, ticket_comments, handoffs)
    assert [len(rows(frontdesk.engine, table)) for table in tables] == [1, 1, 1]


def test_asking_again_while_waiting_opens_no_second_one(frontdesk: Frontdesk, turn: Turn) -> None:
    first = frontdesk.handoff.open(turn, KNOWN)
    frontdesk.inbox.finish(turn.inbox_id)
    again = frontdesk.handoff.open(say(frontdesk, turn.conversation_id, "a person!", "m2"), KNOWN)
    assert again == first
    assert len(rows(frontdesk.engine, tickets)) == len(rows(frontdesk.engine, handoffs)) == 1


def test_after_it_was_closed_a_new_one_opens(frontdesk: Frontdesk, turn: Turn) -> None:
    frontdesk.handoff.open(turn, KNOWN)
    assert frontdesk.handoffs.close(turn.conversation_id)
    frontdesk.inbox.finish(turn.inbox_id)
    frontdesk.handoff.open(say(frontdesk, turn.conversation_id, "a person!", "m2"), KNOWN)
    assert [handoff["state"] for handoff in rows(frontdesk.engine, handoffs)] == ["closed", "waiting"]
    assert len(rows(frontdesk.engine, tickets)) == 2


def test_later_conversations_wait_behind_earlier_ones(frontdesk: Frontdesk) -> None:
    turns = [visit(frontdesk) for _ in range(3)]
    outcomes = [frontdesk.handoff.open(turn, {}) for turn in turns]
    assert [outcome.values["queue"].split()[3] for outcome in outcomes] == ["1", "2", "3"]
    frontdesk.handoffs.close(turns[0].conversation_id)
    assert "number 1 " in frontdesk.handoff.open(turns[1], {}).values["queue"]


@ON_SQLITE
def test_a_person_who_gave_no_address_is_passed_on_too(frontdesk: Frontdesk, turn: Turn) -> None:
    frontdesk.handoff.open(turn, {})
    (ticket,) = rows(frontdesk.engine, tickets)
    assert ticket["email"] == ""


@ON_SQLITE
def test_where_nobody_ever_comes_no_opening_is_promised(database_url: str) -> None:
    contact = {"phone": "+1 202-555-0143", "email": "help@example.test", "hours": {"days": []}}
    frontdesk = build(make_settings(database_url, contact=contact), Clock())
    outcome = frontdesk.handoff.open(visit(frontdesk), {})
    frontdesk.engine.dispose()
    assert outcome.response == "utter_handoff_closed"
    assert outcome.values["back"] == ""


@ON_SQLITE
@pytest.mark.parametrize(
    ("now", "response", "back"),
    [
        (datetime(2026, 1, 21, 15, tzinfo=timezone.utc), "utter_handoff_open", None),
        (datetime(2026, 1, 21, 18, tzinfo=timezone.utc), "utter_handoff_closed", "Thursday at 9:00\u202fAM UTC"),
        (datetime(2026, 1, 23, 18, tzinfo=timezone.utc), "utter_handoff_closed", "Monday at 9:00\u202fAM UTC"),
    ],
)
def test_office_hours_are_told_when_nobody_is_there(
    frontdesk: Frontdesk, turn: Turn, clock: Clock, now: datetime, response: str, back: str | None
) -> None:
    clock.now = now
    outcome = frontdesk.handoff.open(turn, {})
    assert outcome.response == response
    assert "+1 202-555-0143" in told(outcome) or "help@example.test" in told(outcome)
    assert (f"They are back {back}." in told(outcome)) is (back is not None)


@pytest.mark.parametrize("hour", [15, 23])
def test_the_gateway_asks_for_a_person_without_any_system(away: Away, turn: Turn, clock: Clock, hour: int) -> None:
    clock.now = clock.now.replace(hour=hour)
    outcome = away.handoff.keep(away.frontdesk.turns.of(turn.inbox_id), {})
    body = load_texts("en").handed_over(outcome)
    assert body is not None
    assert "help@example.test" in body["text"]
    assert "system" not in body["text"], "nothing is known of it"
    assert away.helpdesk.called == []
    # Rasa is back and brings the same message: nothing is done twice.
    assert away.handoff.open(turn, {}).values["queue"] == outcome.values["queue"]
    (said,) = away.relay()
    (ticket,) = rows(away.frontdesk.engine, tickets)
    assert ticket["number"] in told(said)
    assert away.handoff.keep(away.frontdesk.turns.of(turn.inbox_id), {}).response == outcome.response
    assert len(rows(away.frontdesk.engine, handoffs)) == len(states(away)) == 1
