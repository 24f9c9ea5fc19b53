"""What a person hears while a system is away is chosen by operation in the deployment; an old answer has its age."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.errors import (
    BridgeError,
    BusyError,
    CredentialsError,
    OutcomeUnknownError,
    ProtocolError,
    Stale,
    UnavailableError,
)
from bridge.events.handlers import GIVEN_UP
from bridge.events.outbox import Outbox
from bridge.model.commerce import Order, OrderItem, OrderStatus, Product, Variant
from bridge.model.helpdesk import Priority, Ticket, TicketStatus
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.model.outcome import BackendState, Outcome
from bridge.settings.schema import WRITES
from bridge.storage.business import tickets
from bridge.storage.engine import open_engine
from tests.adapters.embedded.worlds import rows
from tests.support.frontdesk import Clock, make_settings, told
from tests.usecases.away import DOWN, EMAIL, MAIL, PHONE, UNTIL, Away, ask_for_ticket, next_turn, states
from tests.usecases.conftest import ON_SQLITE

AWAY_KINDS = [DOWN, BusyError("busy", 9), CredentialsError("401"), OutcomeUnknownError("cut"), ProtocolError("html")]
each_kind = pytest.mark.parametrize("trouble", AWAY_KINDS, ids=lambda error: type(error).__name__)


# Which ways a deployment allows


def allowing(frontdesk: Frontdesk, clock: Clock, **ways: list[str]) -> Away:
    """Return use cases of a deployment with these ways; "__" stands for the dot."""
    degradation = {name.replace("__", "."): value for name, value in ways.items()}
    settings = make_settings(frontdesk.settings.database_url, degradation=degradation)
    return Away(replace(frontdesk, settings=settings), clock)


@ON_SQLITE
@pytest.mark.parametrize(
    ("trouble", "response"),
    [
        (DOWN, "utter_dialog_backend_unavailable"),
        (CredentialsError("401"), "utter_dialog_backend_unavailable"),
        (OutcomeUnknownError("cut"), "utter_dialog_outcome_unknown"),
        (ProtocolError("html"), "utter_dialog_outcome_unknown"),
    ],
    ids=["down", "credentials", "unknown", "unreadable"],
)
@pytest.mark.parametrize("contact", [False, True])
def test_where_nothing_is_kept_that_is_said(
    frontdesk: Frontdesk, turn: Turn, clock: Clock, trouble: BridgeError, response: str, contact: bool
) -> None:
    away = allowing(frontdesk, clock, tickets__create=["contact"] if contact else [])
    away.helpdesk.trouble = trouble
    outcome = ask_for_ticket(away, turn)
    assert (outcome.response, outcome.state) == (response + "_contact" * contact, BackendState.FAILED)
    assert (PHONE in told(outcome), UNTIL in told(outcome)) == (contact, contact)
    assert outcome.forget == ("tickets_confirmed",)  # the rest is still good for another try
    assert states(away) == []
    away.helpdesk.trouble = None
    ask_for_ticket(away, next_turn(away, turn))
    assert len(rows(frontdesk.engine, tickets)) == 1


@ON_SQLITE
def test_nothing_is_promised_that_could_not_be_kept(frontdesk: Frontdesk, turn: Turn, clock: Clock) -> None:
    nowhere = open_engine("sqlite://")  # without tables
    away = Away(frontdesk, clock, Outbox(nowhere))
    outcome = ask_for_ticket(away, turn)
    nowhere.dispose()
    assert outcome.response == "utter_dialog_backend_unavailable_contact"
    assert away.helpdesk.called == []  # nor is anything done that nobody would know of


# Questions


@each_kind
def test_a_question_without_an_answer_is_answered_with_another_way(
    away: Away, turn: Turn, trouble: BridgeError
) -> None:
    away.commerce.trouble = away.helpdesk.trouble = trouble
    order = away.orders.track(turn, "1001", Claim(email=EMAIL))
    ticket = away.tickets.check(turn, "T-1", EMAIL)
    product = away.products.search("jacket")
    assert [outcome.response for outcome in (order, ticket, product)] == [
        "utter_dialog_backend_unavailable_contact",
        "utter_dialog_backend_unavailable_contact",
        "utter_dialog_backend_unavailable",
    ]
    assert {outcome.state for outcome in (order, ticket, product)} == {BackendState.FAILED}
    assert PHONE in told(order)
    assert states(away) == []


def stale(value: object, as_of: datetime) -> UnavailableError:
    error = UnavailableError("down")
    error.stale = Stale(value, as_of)
    return error


def said_before(outcome: Outcome) -> str:
    """Return what is said ahead of the answer."""
    return told(replace(outcome, response=outcome.before)).replace("\u202f", " ")


@ON_SQLITE
def test_an_old_order_is_told_with_its_age(away: Away, turn: Turn, clock: Clock) -> None:
    order = Order(
        "1", "1001", OrderStatus.SHIPPED, "shipped", EMAIL, clock.now, Money(1990, "USD"),
        (OrderItem("S", "Blue T-Shirt", 1, Money(1990, "USD")),),
    )  # fmt: skip
    away.commerce.trouble = stale(order, clock.now - timedelta(minutes=258))
    outcome = away.orders.track(turn, "1001", Claim(email=EMAIL))
    assert said_before(outcome) == "The system isn't answering right now. As of 10:42 AM:"
    assert told(outcome).startswith("Order #1001 from January 21: 1 item (Blue T-Shirt). Shipped")
    assert outcome.card is not None
    assert outcome.card["fields"][-1] == {"label": "As of", "value": "10:42\u202fAM"}
    assert outcome.state is BackendState.DONE


@ON_SQLITE
def test_an_old_ticket_and_an_old_search_have_their_age(away: Away, turn: Turn, clock: Clock) -> None:
    now = clock.now
    ticket = Ticket("1", "T-1", "Zip", "", TicketStatus.OPEN, "open", Priority.NORMAL, EMAIL, now, now)
    away.helpdesk.trouble = stale(ticket, now - timedelta(days=1))
    outcome = away.tickets.check(turn, "T-1", EMAIL)
    assert said_before(outcome).endswith("As of January 20, 3:00 PM:")
    assert "is being worked on" in told(outcome)
    shirt = Product("1", "Cotton T-Shirt", (Variant("TS", {"size": "L"}, Money(1990, "USD"), 5),))
    for found, response in (([shirt], "utter_products_found"), ([], "utter_products_none")):
        away.commerce.trouble = stale(found, now)
        outcome = away.products.search("t-shirt")
        assert (outcome.before, outcome.response) == ("utter_dialog_as_of", response)
        assert told(outcome)


@ON_SQLITE
def test_what_is_old_is_not_told_where_the_deployment_does_not_want_it(
    frontdesk: Frontdesk, turn: Turn, clock: Clock
) -> None:
    away = allowing(frontdesk, clock, products__search=["contact"])
    away.commerce.trouble = stale([], clock.now)
    assert away.products.search("t-shirt").response == "utter_dialog_backend_unavailable_contact"


@pytest.mark.parametrize("operation", WRITES)
def test_every_write_can_be_given_up_in_words(operation: str) -> None:
    values = {"phone": PHONE, "mail": MAIL, "hours": UNTIL, "why": ""}
    assert PHONE in told(Outcome(GIVEN_UP[operation], values))
