"""While a system is away: an honest answer now, the write once it is back, the person told; never twice, never lost."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from bridge.conversation.turns import Turn
from bridge.errors import (
    BridgeError,
    BusyError,
    CredentialsError,
    InvalidError,
    OutcomeUnknownError,
    ProtocolError,
    UnsupportedError,
)
from bridge.events.entries import State
from bridge.model.crm import NewLead
from bridge.model.helpdesk import NewTicket, Priority, Ticket, TicketStatus
from bridge.model.outcome import BackendState, Outcome
from bridge.storage.business import lead_notes, leads, ticket_comments, tickets
from bridge.storage.chat import drafts, handoffs, inbox, watches
from bridge.storage.engine import writing
from bridge.storage.jobs import jobs
from tests.adapters.embedded.worlds import HelpdeskWorld, rows
from tests.support.frontdesk import Clock, told, visit
from tests.usecases.away import DOWN, EMAIL, MAIL, PHONE, UNTIL, Away, ask_for_ticket, next_turn, states
from tests.usecases.conftest import ON_SQLITE

TICKET_KEPT = (
    "The ticket system isn't answering right now. I've kept your message and will open the ticket as soon as it's"
    " back; you'll see the number here."
)


# A ticket


def test_a_ticket_is_promised_and_opened_when_the_system_is_back(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = DOWN
    outcome = ask_for_ticket(away, turn)
    assert (told(outcome), outcome.state) == (TICKET_KEPT, BackendState.DONE)
    assert "tickets_confirmed" in outcome.forget
    (draft,) = rows(away.frontdesk.engine, drafts)
    assert draft["consumed_at"] is not None
    assert away.relay() == []  # still away
    away.helpdesk.trouble = None
    (said,) = away.relay()
    (ticket,) = rows(away.frontdesk.engine, tickets)
    assert (ticket["email"], ticket["order_number"], ticket["priority"]) == (EMAIL, "1001", "high")
    assert ticket["number"] in told(said)
    (job,) = rows(away.frontdesk.engine, jobs)
    assert (job["conversation_id"], job["outcome"]["values"]) == (turn.conversation_id, {"ticket": ticket["number"]})
    assert [row["kind"] for row in rows(away.frontdesk.engine, inbox)] == ["text", "system"]
    assert [watch["record"] for watch in rows(away.frontdesk.engine, watches)] == [f"ticket:{ticket['id']}"]
    assert away.relay() == []


def test_a_second_yes_meanwhile_changes_nothing_and_asks_nobody(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = DOWN
    first = ask_for_ticket(away, turn)
    away.helpdesk.trouble = None
    calls = len(away.helpdesk.called)
    again = away.tickets.create(next_turn(away, turn), confirmed=True)
    assert again == first
    assert len(away.helpdesk.called) == calls
    assert len(away.relay()) == 1
    assert len(rows(away.frontdesk.engine, tickets)) == 1


def test_a_yes_after_it_was_opened_tells_of_the_same_ticket(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = DOWN
    ask_for_ticket(away, turn)
    away.helpdesk.trouble = None
    away.relay()
    late = away.tickets.create(next_turn(away, turn), confirmed=True)
    (ticket,) = rows(away.frontdesk.engine, tickets)
    assert told(late).startswith(f"Done, your ticket is {ticket['number']}.")


@pytest.mark.parametrize("trouble", [OutcomeUnknownError("cut"), ProtocolError("html")], ids=["cut", "html"])
@pytest.mark.parametrize("happened", [True, False])
def test_of_an_unknown_outcome_the_truth_is_told_and_one_ticket_made(
    away: Away, turn: Turn, trouble: BridgeError, happened: bool
) -> None:
    away.helpdesk.trouble, away.helpdesk.after = trouble, happened
    outcome = ask_for_ticket(away, turn)
    assert "before it confirmed your ticket" in told(outcome)
    away.helpdesk.trouble = None
    away.helpdesk.called.clear()
    assert len(away.relay()) == 1
    assert len(rows(away.frontdesk.engine, tickets)) == 1
    # What is there already is read, and only what is not is written.
    assert away.helpdesk.called == ["find_ticket_by_key"] + ["create_ticket"] * (not happened)


def test_a_refusal_that_no_try_changes_is_told_with_another_way(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = DOWN
    ask_for_ticket(away, turn)
    away.helpdesk.trouble = InvalidError("email", f"the mailbox {EMAIL} bounces")
    (said,) = away.relay()
    assert PHONE in told(said)
    assert MAIL in told(said)
    assert UNTIL in told(said)
    (entry,) = away.outbox.entries(State.DEAD)
    assert entry.reason == "the system refused a value"  # and not whose
    away.helpdesk.trouble = None
    assert away.outbox.retry(entry.id)
    assert [said.response for said in away.relay()] == ["utter_tickets_kept_done"]


def test_after_a_day_somebody_who_waits_is_told_to_call(away: Away, turn: Turn, clock: Clock) -> None:
    away.helpdesk.trouble = CredentialsError("401")
    ask_for_ticket(away, turn)
    assert away.relay() == []
    clock.forward(hours=24)
    (said,) = away.relay()
    assert said.response == "utter_tickets_kept_failed"
    assert [entry.reason for entry in away.outbox.entries(State.DEAD)] == ["the system refused our credentials"]


def test_given_up_and_confirmed_once_more_it_is_kept_once_more(away: Away, turn: Turn, clock: Clock) -> None:
    away.helpdesk.trouble = DOWN
    ask_for_ticket(away, turn)
    clock.forward(hours=24)
    away.relay()
    assert states(away) == [State.DEAD]
    assert told(away.tickets.create(next_turn(away, turn), confirmed=True)) == TICKET_KEPT
    assert states(away) == [State.WAITING]


def test_a_system_that_asks_for_a_pause_gets_it(away: Away, turn: Turn, clock: Clock) -> None:
    away.helpdesk.trouble = DOWN
    ask_for_ticket(away, turn)
    away.helpdesk.trouble = BusyError("busy", 7200)
    away.relay()
    (entry,) = away.outbox.entries(State.WAITING)
    assert entry.due_at == clock.now + timedelta(hours=2)


# A comment


@pytest.fixture
def number(away: Away) -> str:
    """Return the number of Ann's ticket."""
    made: Ticket = away.helpdesk.real.create_ticket(NewTicket("The zip", "It is broken", EMAIL), "made before")
    return made.number


def comment(away: Away, turn: Turn, number: str, email: str = EMAIL) -> Outcome:
    away.tickets.draft_comment(turn, number, email, "It is the left zip")
    return away.tickets.add_comment(turn, confirmed=True)


def test_a_comment_is_promised_and_added(away: Away, turn: Turn, number: str) -> None:
    away.helpdesk.trouble = DOWN
    outcome = comment(away, turn, number)
    assert f"I've kept your message and will add it to {number}" in told(outcome)
    assert away.tickets.add_comment(next_turn(away, turn), confirmed=True) == outcome
    away.helpdesk.trouble = None
    assert [told(said) for said in away.relay()] == [f"The ticket system is back, and {number} has your message now."]
    assert [row["body"] for row in rows(away.frontdesk.engine, ticket_comments)] == ["It is the left zip"]


@pytest.mark.parametrize("happened", [True, False])
def test_a_comment_of_unknown_outcome_is_looked_for_and_there_once(
    away: Away, turn: Turn, number: str, happened: bool
) -> None:
    away.helpdesk.trouble, away.helpdesk.after = OutcomeUnknownError("cut"), happened
    away.helpdesk.only = "add_comment"
    assert f"{number} has it exactly once" in told(comment(away, turn, number))
    assert len(rows(away.frontdesk.engine, ticket_comments)) == happened
    away.helpdesk.trouble = None
    away.helpdesk.called.clear()
    assert [said.response for said in away.relay()] == ["utter_tickets_kept_comment_done"]
    assert len(rows(away.frontdesk.engine, ticket_comments)) == 1
    assert away.helpdesk.called == ["find_ticket", "find_comment_by_key"] + ["add_comment"] * (not happened)


def test_a_comment_that_arrived_before_its_ticket_was_closed_is_told_as_done(
    away: Away, turn: Turn, number: str
) -> None:
    away.helpdesk.trouble, away.helpdesk.after, away.helpdesk.only = OutcomeUnknownError("cut"), True, "add_comment"
    comment(away, turn, number)
    away.helpdesk.trouble = None
    close(away, number)
    assert [said.response for said in away.relay()] == ["utter_tickets_kept_comment_done"]


def close(away: Away, number: str) -> None:
    """Let an agent close a ticket."""
    with writing(away.frontdesk.engine) as connection:
        connection.execute(sa.update(tickets).where(tickets.c.number == number).values(status="closed"))


def test_a_ticket_closed_meanwhile_takes_no_comment_and_that_is_told(away: Away, turn: Turn) -> None:
    now = away.clock.now
    closed = Ticket("", "", "Zip", "", TicketStatus.CLOSED, "closed", Priority.NORMAL, EMAIL, now, now)
    closed = HelpdeskWorld(away.frontdesk.engine, away.frontdesk.engine).add_ticket(closed)
    away.helpdesk.trouble = DOWN
    comment(away, turn, closed.number)
    away.helpdesk.trouble = None
    assert [said.response for said in away.relay()] == ["utter_tickets_takes_no_comment"]
    assert states(away) == [State.DONE]


def test_another_persons_ticket_takes_nothing_and_guesses_count(away: Away, number: str, clock: Clock) -> None:
    away.helpdesk.trouble = DOWN
    for count in range(6):
        comment(away, visit(away.frontdesk, f"203.0.113.{count}"), number, "eve@example.test")
    away.helpdesk.trouble = None
    said = away.relay()
    assert [outcome.response for outcome in said] == ["utter_tickets_kept_comment_not_found"] * 5
    assert number not in told(said[0])
    # The sixth guess waits like one that is made by hand.
    (entry,) = away.outbox.entries(State.WAITING)
    assert entry.reason == "too many wrong guesses at this record"
    assert entry.due_at >= clock.now + timedelta(minutes=14)
    assert rows(away.frontdesk.engine, ticket_comments) == []


# A lead


def test_a_lead_is_promised_and_passed_on(away: Away, turn: Turn) -> None:
    away.crm.trouble = DOWN
    away.sales.draft(turn, "200 jackets", EMAIL)
    outcome = away.sales.create(turn, confirmed=True)
    assert "I've kept your message and will pass it on" in told(outcome)
    assert away.sales.create(next_turn(away, turn), confirmed=True) == outcome
    away.crm.trouble = None
    assert [told(said) for said in away.relay()] == ["Our sales team has your message now and will write to you."]
    assert [(lead["email"], lead["interest"]) for lead in rows(away.frontdesk.engine, leads)] == [
        (EMAIL, "200 jackets")
    ]


@pytest.mark.parametrize("happened", [True, False])
def test_a_lead_of_unknown_outcome_is_looked_for_and_there_once(away: Away, turn: Turn, happened: bool) -> None:
    away.crm.trouble, away.crm.after = OutcomeUnknownError("cut"), happened
    away.sales.draft(turn, "200 jackets", EMAIL)
    assert "arrives exactly once" in told(away.sales.create(turn, confirmed=True))
    away.crm.trouble = None
    away.crm.called.clear()
    assert [said.response for said in away.relay()] == ["utter_sales_kept_done"]
    assert len(rows(away.frontdesk.engine, leads)) == 1
    assert away.crm.called == ["find_lead_by_key"] + ["create_lead"] * (not happened)


@pytest.mark.parametrize("happened", [True, False])
def test_a_known_leads_interest_of_unknown_outcome_is_noted_once(away: Away, turn: Turn, happened: bool) -> None:
    away.frontdesk.systems.crm.create_lead(NewLead(EMAIL, "Ann", "20 hats"), "earlier")
    away.crm.trouble, away.crm.after = OutcomeUnknownError("cut"), happened
    away.sales.draft(turn, "200 jackets", EMAIL)
    away.sales.create(turn, confirmed=True)
    away.crm.trouble = None
    away.crm.called.clear()
    assert [said.response for said in away.relay()] == ["utter_sales_kept_done"]
    assert [note["interest"] for note in rows(away.frontdesk.engine, lead_notes)] == ["200 jackets"]
    assert [lead["interest"] for lead in rows(away.frontdesk.engine, leads)] == ["20 hats"]
    assert away.crm.called == ["find_lead_by_key"] + ["create_lead"] * (not happened)


def test_a_system_that_cannot_look_for_keys_gets_the_write_again_with_its_key(away: Away, turn: Turn) -> None:
    away.crm.trouble, away.crm.after = OutcomeUnknownError("cut"), True
    away.sales.draft(turn, "200 jackets", EMAIL)
    away.sales.create(turn, confirmed=True)
    away.crm.trouble, away.crm.after, away.crm.only = UnsupportedError("no search"), False, "find_lead_by_key"
    assert [said.response for said in away.relay()] == ["utter_sales_kept_done"]
    assert away.crm.called[-1] == "create_lead"
    assert len(rows(away.frontdesk.engine, leads)) == 1


# A person


def test_who_asks_for_a_person_gets_a_place_at_once_and_the_reference_later(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = DOWN
    outcome = away.handoff.open(turn, {"email": EMAIL, "problem": "The zip is broken"})
    assert "You are number 1 in the queue." in told(outcome)
    assert "your reference follows here" in told(outcome)
    (handoff,) = rows(away.frontdesk.engine, handoffs)
    assert (handoff["state"], handoff["ticket_number"]) == ("waiting", "")
    conversation = away.frontdesk.sessions.find(turn.conversation_id)
    assert conversation is not None
    assert conversation.mode == "waiting"
    later = next_turn(away, turn, "a person!")
    assert away.handoff.open(later, {}) == outcome
    away.helpdesk.trouble = None
    assert away.handoff.open(next_turn(away, later, "hello?"), {}) == outcome  # the relay opens it
    (said,) = away.relay()
    (ticket,) = rows(away.frontdesk.engine, tickets)
    (handoff,) = rows(away.frontdesk.engine, handoffs)
    assert told(said) == f"The reference for your request to talk to a person is {ticket['number']}."
    assert handoff["ticket_number"] == ticket["number"]
    (note,) = rows(away.frontdesk.engine, ticket_comments)
    assert "problem: The zip is broken" in note["body"]


@ON_SQLITE
def test_out_of_hours_the_reference_follows_too(away: Away, turn: Turn, clock: Clock) -> None:
    clock.now = datetime(2026, 1, 21, 23, tzinfo=timezone.utc)
    away.helpdesk.trouble = DOWN
    said = told(away.handoff.open(turn, {}))
    assert "I've left them our conversation; our ticket system isn't answering, so your reference follows here." in said


def test_a_turn_that_comes_twice_takes_one_place(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = DOWN
    assert away.handoff.open(turn, {}) == away.handoff.open(turn, {})
    assert len(rows(away.frontdesk.engine, handoffs)) == len(states(away)) == 1
