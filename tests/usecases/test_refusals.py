"""A system that refuses a write: nothing is done or kept, and the person hears why and what to do now."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bridge.conversation.turns import Turn
from bridge.errors import BridgeError, ConflictError, InvalidError, NotFoundError, UnsupportedError
from bridge.events.entries import State
from bridge.model.helpdesk import NewTicket
from bridge.model.outcome import BackendState, Outcome
from bridge.storage.business import leads, ticket_comments, tickets
from bridge.storage.chat import handoffs
from tests.adapters.embedded.worlds import rows
from tests.support.frontdesk import told
from tests.usecases.away import DOWN, EMAIL, MAIL, PHONE, UNTIL, Away, ask_for_ticket, next_turn, states
from tests.usecases.conftest import ON_SQLITE

SECRET = "the mailbox ann@example.test bounces"
NO_SUCH, CLASH, NEVER = NotFoundError(SECRET), ConflictError(SECRET), UnsupportedError(SECRET)
STRANGE = InvalidError("custom_field_17", SECRET)

GONE = ", because something it belongs to isn't there any more"
CHANGED = ", because something about it was changed meanwhile"
SOMETHING = ", because the system doesn't accept something in it"
CANNOT = ", because the system can't take that"
ANY = [(NO_SUCH, GONE), (CLASH, CHANGED), (STRANGE, SOMETHING), (NEVER, CANNOT)]
NEXT = ". You can change it and send it again, or a team member can help you."

pytestmark = ON_SQLITE


def ids(value: object) -> str | None:
    return type(value).__name__ + getattr(value, "field", "") if isinstance(value, BridgeError) else None


def accepts(field: str) -> str:
    return f", because the system doesn't accept {field} as it is"


def field_of(field: str) -> InvalidError:
    return InvalidError(field, SECRET)


def assert_refused(away: Away, outcome: Outcome, sentence: str, *forgotten: str) -> None:
    """Check that nothing was promised, that the form comes back, and that nothing of the system's own words is told."""
    assert told(outcome) == sentence
    assert (outcome.state, outcome.again) == (BackendState.DONE, True)
    assert set(outcome.forget) == set(forgotten)
    assert states(away) == []


# At once


@pytest.mark.parametrize(
    ("error", "reason", "asked_anew"),
    [
        *((error, reason, ()) for error, reason in ANY),
        (field_of("email"), accepts("the e-mail address"), ("tickets_email", "orders_contact")),
        (field_of("subject"), accepts("your description"), ("tickets_description",)),
        (field_of("description"), accepts("your description"), ("tickets_description",)),
        (field_of("order_number"), accepts("the order number"), ("tickets_order_number",)),
        (field_of("priority"), accepts("the priority"), ("tickets_priority",)),
    ],
    ids=ids,
)
def test_a_refused_ticket_can_be_changed(
    away: Away, turn: Turn, error: BridgeError, reason: str, asked_anew: tuple[str, ...]
) -> None:
    away.helpdesk.trouble = error
    with capture_logs() as logs:
        outcome = ask_for_ticket(away, turn)
    assert_refused(away, outcome, f"I couldn't open the ticket{reason}{NEXT}", "tickets_confirmed", *asked_anew)
    assert [entry["error"] for entry in logs] == [type(error).__name__]
    assert SECRET not in str(logs)
    assert rows(away.frontdesk.engine, tickets) == []
    away.helpdesk.trouble = None
    assert ask_for_ticket(away, next_turn(away, turn)).response == "utter_tickets_created"
    assert len(rows(away.frontdesk.engine, tickets)) == 1


@pytest.fixture
def number(away: Away) -> str:
    """Return the number of Ann's ticket."""
    made = away.helpdesk.real.create_ticket(NewTicket("The zip", "It is broken", EMAIL), "made before")
    return str(made.number)


def comment(away: Away, turn: Turn, number: str) -> Outcome:
    away.tickets.draft_comment(turn, number, EMAIL, "It is the left zip")
    return away.tickets.add_comment(turn, confirmed=True)


@pytest.mark.parametrize(
    ("error", "reason", "asked_anew"),
    [
        (STRANGE, SOMETHING, ()),
        (NEVER, CANNOT, ()),
        (field_of("body"), accepts("your message"), ("tickets_comment",)),
    ],
    ids=ids,
)
def test_a_refused_comment_can_be_changed(
    away: Away, turn: Turn, number: str, error: BridgeError, reason: str, asked_anew: tuple[str, ...]
) -> None:
    away.helpdesk.trouble, away.helpdesk.only = error, "add_comment"
    said = f"I couldn't add your message to {number}{reason}{NEXT}"
    assert_refused(away, comment(away, turn, number), said, "tickets_confirmed", *asked_anew)
    assert rows(away.frontdesk.engine, ticket_comments) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NO_SUCH, "{} isn't there any more, so I couldn't add your message. I can open a new ticket for you."),
        (CLASH, "{} is closed and takes nothing more. I can open a new ticket for you."),
    ],
    ids=ids,
)
def test_a_ticket_that_takes_no_comment_any_more_is_done_with(
    away: Away, turn: Turn, number: str, error: BridgeError, sentence: str
) -> None:
    away.helpdesk.trouble, away.helpdesk.only = error, "add_comment"
    outcome = comment(away, turn, number)
    assert told(outcome) == sentence.format(number)
    assert {"tickets_number", "tickets_comment", "tickets_confirmed"} <= set(outcome.forget)
    assert states(away) == []


@pytest.mark.parametrize(
    ("error", "reason", "asked_anew"),
    [
        *((error, reason, ()) for error, reason in ANY),
        (field_of("email"), accepts("the e-mail address"), ("sales_email",)),
        (field_of("interest"), accepts("your message"), ("sales_interest",)),
    ],
    ids=ids,
)
def test_a_refused_lead_can_be_changed(
    away: Away, turn: Turn, error: BridgeError, reason: str, asked_anew: tuple[str, ...]
) -> None:
    away.crm.trouble = error
    away.sales.draft(turn, "200 jackets", EMAIL)
    said = f"I couldn't pass your message on to our sales team{reason}{NEXT}"
    assert_refused(away, away.sales.create(turn, confirmed=True), said, "sales_confirmed", *asked_anew)
    assert rows(away.frontdesk.engine, leads) == []


@pytest.mark.parametrize("error", [NO_SUCH, CLASH, STRANGE, NEVER], ids=ids)
def test_who_asks_for_a_person_gets_one_whatever_the_ticket_system_refuses(
    away: Away, turn: Turn, error: BridgeError
) -> None:
    away.helpdesk.trouble = error
    outcome = away.handoff.open(turn, {"email": EMAIL})
    assert "I've asked a team member to take over. You are number 1 in the queue. Write" in told(outcome)
    assert [row["state"] for row in rows(away.frontdesk.engine, handoffs)] == ["waiting"]
    assert states(away) == []
    assert away.handoff.open(next_turn(away, turn, "a person!"), {}) == outcome


# When it comes to it


LATER = [(NO_SUCH, GONE), (CLASH, CHANGED), (field_of("email"), accepts("the e-mail address")), (NEVER, CANNOT)]
REACH = f" Please call {PHONE} or write to {MAIL}.{UNTIL}"


@pytest.mark.parametrize(("error", "reason"), LATER, ids=ids)
def test_a_kept_ticket_that_is_refused_is_given_up_and_told_why(
    away: Away, turn: Turn, error: BridgeError, reason: str
) -> None:
    away.helpdesk.trouble = DOWN
    ask_for_ticket(away, turn)
    away.helpdesk.trouble = error
    assert [told(said) for said in away.relay()] == [
        f"I'm sorry, I couldn't open the ticket I promised you{reason}.{REACH}"
    ]
    assert states(away) == [State.DEAD]
    assert away.relay() == []


@pytest.mark.parametrize(("error", "reason"), LATER, ids=ids)
def test_a_kept_lead_that_is_refused_is_given_up_and_told_why(
    away: Away, turn: Turn, error: BridgeError, reason: str
) -> None:
    away.crm.trouble = DOWN
    away.sales.draft(turn, "200 jackets", EMAIL)
    away.sales.create(turn, confirmed=True)
    away.crm.trouble = error
    assert [told(said) for said in away.relay()] == [
        f"I'm sorry, I couldn't pass the message I kept for you on to our sales team{reason}.{REACH}"
    ]
    assert states(away) == [State.DEAD]


@pytest.mark.parametrize(
    ("error", "state", "sentence"),
    [
        (
            NO_SUCH,
            State.DONE,
            "{} isn't there any more, so I couldn't add your message. I can open a new ticket for you.",
        ),
        (CLASH, State.DONE, "{} is closed and takes nothing more. I can open a new ticket for you."),
        (
            field_of("body"),
            State.DEAD,
            f"I'm sorry, I couldn't add the message I kept for you to its ticket{accepts('your message')}.{REACH}",
        ),
        (NEVER, State.DEAD, f"I'm sorry, I couldn't add the message I kept for you to its ticket{CANNOT}.{REACH}"),
    ],
    ids=ids,
)
def test_a_kept_comment_that_is_refused_is_told_why(
    away: Away, turn: Turn, number: str, error: BridgeError, state: State, sentence: str
) -> None:
    away.helpdesk.trouble = DOWN
    comment(away, turn, number)
    away.helpdesk.trouble, away.helpdesk.only = error, "add_comment"
    assert [told(said) for said in away.relay()] == [sentence.format(number)]
    assert states(away) == [state]


def test_a_kept_comment_on_nobodys_ticket_asks_to_check_number_and_address(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = DOWN
    comment(away, turn, "T-99999")
    away.helpdesk.trouble = None
    (said,) = away.relay()
    assert "there's no ticket with that number and that e-mail. Please check both and send it again" in told(said)
    assert states(away) == [State.DEAD]


@pytest.mark.parametrize("error", [NO_SUCH, CLASH, STRANGE, NEVER], ids=ids)
def test_a_kept_handoff_that_is_refused_keeps_its_place(away: Away, turn: Turn, error: BridgeError) -> None:
    away.helpdesk.trouble = DOWN
    first = away.handoff.open(turn, {"email": EMAIL})
    assert "your reference follows here" in told(first)
    away.helpdesk.trouble = error
    (said,) = away.relay()
    assert "you keep your place" in told(said)
    assert states(away) == [State.DEAD]
    assert [row["state"] for row in rows(away.frontdesk.engine, handoffs)] == ["waiting"]
    again = away.handoff.open(next_turn(away, turn, "a person!"), {})
    assert "reference" not in told(again), "nothing is promised any more"
