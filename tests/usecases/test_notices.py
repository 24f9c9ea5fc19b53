"""Notices: what a person hears by itself when a record that they asked about has changed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.conversation.watches import WATCHED_FOR
from bridge.errors import CredentialsError, ProtocolError, UnavailableError
from bridge.events.entries import State
from bridge.events.hooks import KEPT_FOR, Taken
from bridge.model.commerce import OrderStatus
from bridge.model.helpdesk import Priority, TicketStatus
from bridge.model.identity import Claim, Level
from bridge.storage import business as tables
from bridge.storage.chat import conversations, inbox, watches
from bridge.storage.engine import writing
from bridge.storage.events import NOTICE, outbox
from bridge.testing.commerce_records import make_order
from bridge.testing.helpdesk_records import make_ticket
from bridge.usecases.notices import Notices
from tests.adapters.embedded.worlds import CommerceWorld, HelpdeskWorld, rows
from tests.support.frontdesk import NOW, Clock, sign_in, told, visit
from tests.usecases.away import DOWN, Away
from tests.usecases.heard import News, change, comment, ship

ANN = "ann@example.test"
ORDER_NEWS, TICKET_NEWS = "utter_notices_order", "utter_notices_ticket"


@pytest.fixture
def news(frontdesk: Frontdesk, away: Away, clock: Clock) -> News:
    """Return a system that tells of its changes."""
    return News(frontdesk, away, clock)


@pytest.fixture
def order(news: News, shop: CommerceWorld, turn: Turn) -> str:
    """Put an order into the shop that waits to be shipped, show it, and return its id."""
    status = OrderStatus.PENDING_SHIPMENT
    shop.add_order(make_order(ANN, number="1001", status=status, status_label=status.value, fulfilments=()))
    assert news.away.orders.track(turn, "1001", Claim(email=ANN)).response == "utter_orders_pending_shipment"
    return str(rows(news.frontdesk.engine, tables.orders)[0]["id"])


@pytest.fixture
def ticket(news: News, desk: HelpdeskWorld, turn: Turn) -> str:
    """Put a ticket into the helpdesk, show it, and return its id."""
    made = desk.add_ticket(make_ticket(ANN, status=TicketStatus.NEW, status_label="new", name="Ann"))
    assert news.away.tickets.check(turn, made.number, ANN).response == "utter_tickets_new"
    return made.id


def test_a_shipped_order_is_told_as_a_look_up_would_tell_it(news: News, order: str, turn: Turn) -> None:
    ship(news, order)
    (heard,) = news.hear(f"order {order}")
    looked_up = news.away.orders.track(turn, "1001", Claim(email=ANN))
    assert "Shipped with UPS, tracking 1Z999AA10123456784, expected by January 25" in told(heard)
    assert (heard.response, heard.values, heard.card) == (looked_up.response, looked_up.values, looked_up.card)
    assert heard.before == ORDER_NEWS
    assert heard.forget == (), "what the person is in the middle of goes on"
    queued = [row for row in rows(news.frontdesk.engine, inbox) if row["kind"] == "system"]
    assert [row["conversation_id"] for row in queued] == [turn.conversation_id]


def test_one_state_is_told_once_however_often_and_late_it_is_delivered(news: News, order: str) -> None:
    ship(news, order)
    assert len(news.hear(f"order {order}")) == 1
    for _ in range(3):
        assert news.hear(f"order {order}") == []
    change(news, tables.orders, order, status="cancelled")
    assert [heard.response for heard in news.hear(f"order {order}")] == ["utter_orders_cancelled"]
    assert news.hear(f"order {order}") == []


def test_the_same_delivery_twice_is_one(news: News, order: str) -> None:
    assert news.tell(f"order {order}", "again") is Taken.STORED
    news.work()
    ship(news, order)
    assert news.tell(f"order {order}", "again") is Taken.DUPLICATE
    assert news.work() == []
    assert news.deliveries() == ["again"]


def test_events_that_come_together_are_one_look(news: News, order: str) -> None:
    for _ in range(5):
        assert news.tell(f"order {order}") is Taken.STORED
    assert len(news.open()) == 1
    ship(news, order)
    assert len(news.work()) == 1
    assert news.away.commerce.called == ["find_order", "find_order"], "the look-up, and one for all five"


def test_many_deliveries_and_relays_at_once_tell_once(news: News, order: str) -> None:
    ship(news, order)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: news.tell(f"order {order}", f"d{number % 4}"), range(8)))
        assert sorted(taken) == [Taken.DUPLICATE] * 4 + [Taken.STORED] * 4
        list(pool.map(lambda _: news.work(), range(4)))
    assert len(news.told) == 1
    assert news.open() == []


def test_two_who_read_the_same_news_tell_them_once(news: News, order: str) -> None:
    """Two deliveries of one change can be in the hands of two relays: both have read before either tells."""
    ship(news, order)
    news.tell(f"order {order}", "one")
    first = news.outbox.claim()
    news.tell(f"order {order}", "two")
    second = news.outbox.claim()
    assert first is not None
    assert second is not None
    readers = {"order": news.away.orders.again}
    look = Notices(news.watches, cast(Any, readers), news.keep).look
    for entry, done in [(first, look(first)), (second, look(second))]:
        assert news.outbox.finish(entry, done.result, done.also)
    assert len(news.told) == 1


def test_a_process_that_dies_between_storing_and_telling_loses_nothing(news: News, order: str) -> None:
    ship(news, order)
    news.tell(f"order {order}")
    assert news.outbox.claim() is not None, "and then it is killed"
    assert news.work() == []
    news.clock.forward(seconds=61)
    assert len(news.work()) == 1


@pytest.mark.parametrize("trouble", [DOWN, CredentialsError("no"), ProtocolError("html"), UnavailableError("slow")])
def test_what_cannot_be_read_now_is_read_later(news: News, order: str, trouble: Exception) -> None:
    ship(news, order)
    news.away.commerce.trouble = trouble
    assert news.hear(f"order {order}") == []
    (entry,) = news.outbox.entries(State.WAITING)
    assert entry.due_at > news.clock()
    assert entry.reason
    news.away.commerce.trouble = None
    news.clock.forward(seconds=400)
    assert [heard.response for heard in news.work()] == ["utter_orders_shipped"]


def test_a_new_delivery_brings_a_look_that_waits_forward(news: News, order: str) -> None:
    ship(news, order)
    news.away.commerce.trouble = DOWN
    news.hear(f"order {order}")
    news.away.commerce.trouble = None
    assert len(news.hear(f"order {order}")) == 1


def test_what_can_never_be_read_is_given_up_without_a_word_and_seen_by_operators(news: News, order: str) -> None:
    news.away.commerce.trouble = DOWN
    news.hear(f"order {order}")
    news.clock.forward(hours=25)
    assert news.work() == []
    assert [entry.operation for entry in news.outbox.entries(State.DEAD)] == [NOTICE]


def test_what_changed_during_a_look_up_is_told_after_it(news: News, order: str, turn: Turn) -> None:
    before = news.away.commerce.find_order("1001", Claim(email=ANN))
    with writing(news.frontdesk.engine) as connection:
        connection.execute(sa.delete(watches))  # as if nobody had asked yet
    ship(news, order)
    news.tell(f"order {order}")
    news.watches.add(turn.conversation_id, "embedded", before, Level.CLAIMED, Claim(email=ANN))
    assert [heard.response for heard in news.work()] == ["utter_orders_shipped"]
    news.away.orders.track(turn, "1001", Claim(email=ANN))
    assert news.work() == []


def test_nobody_hears_of_what_nobody_asked_about(news: News, order: str) -> None:
    assert news.tell("order 4711") is Taken.STORED
    assert news.tell(f"ticket {order}") is Taken.STORED
    assert news.open() == []


def test_everybody_who_asked_hears_it(news: News, order: str, frontdesk: Frontdesk) -> None:
    other = visit(frontdesk, "203.0.113.8")
    news.away.orders.track(other, "1001", Claim(email=ANN))
    ship(news, order)
    assert len(news.hear(f"order {order}")) == 2
    assert other.conversation_id in {conversation for conversation, _ in news.told}


def test_who_proved_it_by_the_postcode_hears_it(news: News, shop: CommerceWorld, turn: Turn) -> None:
    made = make_order(ANN, number="1002", status=OrderStatus.PENDING_SHIPMENT, status_label="pending_shipment")
    shop.add_order(made)
    assert made.address is not None
    news.away.orders.track(turn, "1002", Claim(postcode=made.address.postcode))
    order = str(rows(news.frontdesk.engine, tables.orders)[0]["id"])
    change(news, tables.orders, order, status="delivered")
    assert [heard.response for heard in news.hear(f"order {order}")] == ["utter_orders_delivered"]


def test_a_new_owner_of_the_record_is_not_betrayed(news: News, order: str) -> None:
    ship(news, order)
    change(news, tables.orders, order, email="ben@example.test")
    assert news.hear(f"order {order}") == []


def test_a_number_that_is_another_record_by_now_tells_nothing(news: News, order: str) -> None:
    ship(news, order)
    change(news, watches, str(rows(news.frontdesk.engine, watches)[0]["id"]), record="order:999")
    assert news.hear("order 999") == []


def test_a_watch_ends(news: News, order: str) -> None:
    ship(news, order)
    news.tell(f"order {order}")
    news.clock.now += WATCHED_FOR
    assert news.work() == [], "it ended before the look"
    assert news.tell(f"order {order}") is Taken.STORED
    assert news.open() == [], "and afterwards there is none"


def test_after_a_deletion_nothing_is_told_or_left(news: News, order: str, turn: Turn, frontdesk: Frontdesk) -> None:
    ship(news, order)
    news.tell(f"order {order}")
    assert frontdesk.erasures.erase(turn.conversation_id) == 0, "nothing was promised"
    assert news.work() == []
    assert rows(frontdesk.engine, watches) == []
    assert news.tell(f"order {order}") is Taken.STORED
    assert news.open() == []


@pytest.fixture
def verified(news: News, order: str, turn: Turn, frontdesk: Frontdesk) -> str:
    """Show the order to somebody who is verified, and return its id."""
    sign_in(frontdesk.identities, turn.conversation_id, "ann", ANN)
    again = frontdesk.turns.of(turn.inbox_id)
    assert news.away.orders.track(again, "1001", Claim()).response == "utter_orders_pending_shipment"
    return order


def test_who_is_verified_hears_it_while_that_lasts(news: News, verified: str) -> None:
    ship(news, verified)
    news.clock.forward(minutes=29)
    assert [heard.response for heard in news.hear(f"order {verified}")] == ["utter_orders_shipped"]


def test_whose_identity_has_lapsed_hears_that_there_is_news_and_no_more(news: News, verified: str) -> None:
    news.clock.forward(minutes=31)
    assert news.hear(f"order {verified}") == [], "there is none"
    ship(news, verified)
    (heard,) = news.hear(f"order {verified}")
    assert (heard.response, heard.values, heard.card) == ("utter_notices_order_lapsed", {"order": "1001"}, None)
    assert news.hear(f"order {verified}") == []


def test_who_is_verified_as_somebody_else_by_now_hears_nothing(
    news: News, verified: str, turn: Turn, frontdesk: Frontdesk
) -> None:
    change_identity = sa.update(conversations).values(identity_email="ben@example.test", identity_subject="ben")
    with writing(frontdesk.engine) as connection:
        connection.execute(change_identity.where(conversations.c.id == turn.conversation_id))
    ship(news, verified)
    assert news.hear(f"order {verified}") == []


def test_an_order_that_the_person_cancelled_here_is_no_news(
    news: News, verified: str, turn: Turn, frontdesk: Frontdesk
) -> None:
    again = frontdesk.turns.of(turn.inbox_id)
    assert frontdesk.order_changes.show_cancellation(again, "1001").response == "utter_orders_cancel_confirm"
    assert frontdesk.order_changes.cancel(again, "1001", True).response == "utter_orders_cancel_done"
    with writing(frontdesk.engine) as connection:
        connection.execute(sa.delete(outbox))  # the turn's own entry, which its job would settle
    assert news.hear(f"order {verified}") == []


INTERNAL: dict[str, Callable[[News, str], None]] = {
    "a private comment": lambda news, id_: comment(news, id_, "He is rude.", public=False),
    "the requester's own comment": lambda news, id_: comment(news, id_, "Hello?", author="Ann"),
    "the team works on it": lambda news, id_: change(news, tables.tickets, id_, status="open"),
    "another priority": lambda news, id_: change(news, tables.tickets, id_, priority=Priority.HIGH.value),
    "another team": lambda news, id_: change(news, tables.tickets, id_, team="Billing"),
    "the time of the last change": lambda news, id_: change(
        news, tables.tickets, id_, updated_at=NOW + timedelta(days=3)
    ),
}


@pytest.mark.parametrize("what", INTERNAL)
def test_what_concerns_nobody_is_not_told(news: News, ticket: str, what: str) -> None:
    INTERNAL[what](news, ticket)
    assert news.hear(f"ticket {ticket}") == []
    change(news, tables.tickets, ticket, status="solved")
    assert [heard.response for heard in news.hear(f"ticket {ticket}")] == ["utter_tickets_solved"]


def test_an_answer_of_the_team_is_told_with_its_words(news: News, ticket: str) -> None:
    change(news, tables.tickets, ticket, status="open")
    comment(news, ticket, "We send you a new one.")
    (heard,) = news.hear(f"ticket {ticket}")
    assert "We send you a new one." in told(heard)
    assert heard.before == TICKET_NEWS
    comment(news, ticket, "Only for us.", public=False)
    assert news.hear(f"ticket {ticket}") == []
    comment(news, ticket, "It is on its way.")
    (heard,) = news.hear(f"ticket {ticket}")
    assert "It is on its way." in told(heard)


def test_a_ticket_opened_in_the_chat_is_watched_too(news: News, turn: Turn) -> None:
    news.away.tickets.draft(turn, "The zip is broken.", ANN, "", Priority.NORMAL)
    assert news.away.tickets.create(turn, True).response == "utter_tickets_created"
    (made,) = rows(news.frontdesk.engine, tables.tickets)
    comment(news, str(made["id"]), "We look at it.")
    assert len(news.hear(f"ticket {made['id']}")) == 1


def test_what_the_system_did_not_sign_changes_nothing_and_is_reported_once_a_minute(news: News, order: str) -> None:
    ship(news, order)
    for _ in range(3):
        assert news.tell(f"order {order}", signature="wrong") is Taken.FORGED
    assert news.reported == ["embedded"]
    news.clock.forward(seconds=60)
    news.tell(f"order {order}", signature="wrong")
    assert news.reported == ["embedded"] * 2
    assert news.deliveries() == []
    assert news.work() == []


def test_what_is_of_no_interest_is_not_kept(news: News) -> None:
    assert news.tell("product 1") is Taken.IGNORED
    assert news.deliveries() == []


def test_deliveries_are_forgotten_when_nobody_repeats_them_any_more(news: News, order: str) -> None:
    news.tell("order 1", "old")
    news.clock.now += KEPT_FOR + timedelta(seconds=1)
    news.tell("order 2", "new")
    assert news.deliveries() == ["new"]
