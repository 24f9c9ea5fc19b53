"""Cards show what their text may tell, in the words of a person, and link to nothing that is not safe."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.formatting.cards import Card, as_of, order_card, products_card, ticket_card
from bridge.formatting.outbound import Speech, tracking_link
from bridge.model.commerce import (
    Address,
    Fulfilment,
    Order,
    OrderItem,
    OrderStatus,
    Payment,
    PaymentKind,
    Product,
    Variant,
)
from bridge.model.helpdesk import Priority, Ticket, TicketStatus
from bridge.model.money import Money
from gateway.chat.cards import card_of

SPEECH = Speech("en_US", "UTC")
NOW = datetime(2026, 1, 21, 15, tzinfo=timezone.utc)
LINK = "https://parcels.example.test/1Z9"
USD = Money(3980, "USD")


def order(status: OrderStatus = OrderStatus.SHIPPED, **changes: Any) -> Order:
    """Return an order that knows everything about its buyer."""
    parcel = Fulfilment("UPS", "1Z9", estimated_delivery=NOW + timedelta(days=4), tracking_url=LINK)
    fields: dict[str, Any] = {
        "items": (OrderItem("S", "Blue T-Shirt", 2, USD),),
        "address": Address("Ann Smith", "1 Secret Street", "Town", "94107", "US"),
        "payments": (Payment(PaymentKind.CREDIT_CARD, USD, "VISA", "4242"),),
        "fulfilments": (parcel,),
        **changes,
    }
    return Order("1", "1001", status, "in_transit", "ann@example.test", NOW - timedelta(days=1), USD, **fields)


def ticket(status: TicketStatus = TicketStatus.OPEN, **changes: Any) -> Ticket:
    """Return a ticket whose answer is due tomorrow."""
    fields = {"team": "Shipping", "due_at": NOW + timedelta(days=1), **changes}
    return Ticket("1", "T-7", "No zip", "secret", status, "x", Priority.LOW, "ann@example.test", NOW, NOW, **fields)


def fields(card: Card) -> dict[str, str]:
    """Return the fields of a card by their labels."""
    return {field["label"]: field["value"] for field in card["fields"]}


def test_an_order_is_shown_in_friendly_words() -> None:
    card = order_card(order(), SPEECH, NOW)
    assert (card["title"], card["subtitle"]) == ("Order #1001", "Shipped")
    assert fields(card) == {
        "Ordered": "January 20",
        "Items": "2 items (2 \u00d7 Blue T-Shirt)",
        "Total": "$39.80",
        "Expected by": "January 25",
        "Parcel": "UPS, tracking 1Z9",
    }
    assert (card["url"], card["link"]) == (LINK, "Track the parcel")


@pytest.mark.parametrize("status", list(OrderStatus))
def test_no_card_shows_who_bought_where_it_goes_or_how_it_was_paid(status: OrderStatus) -> None:
    card = order_card(order(status), SPEECH, NOW)
    for secret in ("Ann", "ann@", "Secret", "94107", "4242", "VISA", "in_transit"):
        assert secret not in str(card)
    assert ("Track the parcel" in str(card)) == (
        status in (OrderStatus.SHIPPED, OrderStatus.PARTLY_SHIPPED, OrderStatus.DELAYED, OrderStatus.DELIVERED)
    )
    assert card_of(card) == card


def test_a_promise_whose_day_is_over_is_not_shown_as_one() -> None:
    late = order(OrderStatus.DELAYED, fulfilments=(), expected_by=NOW - timedelta(days=2))
    assert "Expected by" not in fields(order_card(late, SPEECH, NOW))
    waits = order(OrderStatus.PENDING_SHIPMENT, fulfilments=(), expected_by=NOW + timedelta(days=2))
    assert fields(order_card(waits, SPEECH, NOW))["Leaves us by"] == "January 23"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://parcels.example.test/1",
        "javascript:alert(1)",
        "https://bank.example.test@elsewhere.example.test/",
        "https:///1",
        "https://[",
        "https://parcels.example.test/\n1",
        "https://parcels.example.test/\u202e1",
        "//parcels.example.test/1",
        "data:text/html,x",
    ],
)
def test_an_address_that_is_not_safe_is_no_link(address: str) -> None:
    parcel = Fulfilment("UPS", "1Z9", tracking_url=address)
    assert tracking_link(parcel) == ""
    assert "url" not in order_card(order(fulfilments=(parcel,)), SPEECH, NOW)
    assert SPEECH.parcels([parcel], links=True) == "UPS, tracking 1Z9"


def test_the_text_has_the_link_too() -> None:
    assert SPEECH.parcels(order().fulfilments, links=True) == f"UPS, tracking 1Z9 ({LINK})"


def products(*names: str, description: str = "") -> Card:
    """Return the card of products that come in two sizes."""
    sizes = [Variant("A", {"size": "S"}, USD, 3), Variant("B", {"size": "L"}, USD, 0)]
    return products_card([(Product(n, n, tuple(sizes), description), sizes, "$39.80") for n in names], SPEECH)


def test_products_are_a_row_whose_buttons_ask_for_one_of_them() -> None:
    card = products("Cap", 'The "{Best}" @ Cap\\')
    assert [item["title"] for item in card["items"]] == ["Cap", 'The "{Best}" @ Cap\\']
    assert fields(card["items"][0]) == {"In stock": "S", "Sold out": "L"}
    (button,) = card["items"][1]["buttons"]
    assert button == {"title": "Tell me more", "payload": r'/check_stock{"said": "The \"{Best}\" @ Cap\\"}'}
    assert card_of(card) == card


def test_one_product_is_shown_with_its_description() -> None:
    card = products("Cap", description="Warm. " * 200)
    assert "items" not in card
    assert fields(card)["Details"].endswith("…")
    assert len(fields(card)["Details"]) <= 300


def test_a_ticket_is_shown_with_team_and_due_date_while_the_team_is_to_answer() -> None:
    card = ticket_card(ticket(), SPEECH, NOW)
    assert (card["title"], card["subtitle"]) == ("Ticket T-7", "Being worked on")
    assert fields(card) == {"About": "No zip", "Team": "Shipping", "Opened": "January 21", "Answer by": "January 22"}
    for other in (ticket(TicketStatus.SOLVED), ticket(due_at=NOW - timedelta(days=1))):
        assert "Answer by" not in fields(ticket_card(other, SPEECH, NOW))


def test_every_card_of_a_row_says_of_what_time_it_is() -> None:
    row = as_of(products("Cap", "Hat"), "10:42 AM", SPEECH)
    assert row is not None
    assert [fields(item)["As of"] for item in row["items"]] == ["10:42 AM"] * 2
    assert as_of(None, "10:42 AM", SPEECH) is None


KEYS = st.sampled_from(["title", "items", "fields", "label", "value", "buttons", "payload", "url", "image"]) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)


@given(JSON)
def test_whatever_an_action_sends_as_a_card_is_taken_the_same_twice(content: Any) -> None:
    card = card_of(content)
    assert card is None or (card and card_of(card) == card)


def test_a_card_is_cut_to_what_a_log_should_hold() -> None:
    button = {"title": "b", "payload": "/a"}
    one = {
        "title": "t" * 9000,
        "url": "https://x.test/" + "u" * 90_000,
        "fields": [{"label": "l", "value": "v" * 9000}, {"label": "l", "value": ["no"]}, "odd"] * 50,
        "buttons": [button, {"title": "b", "payload": "/" + "p" * 3000}, {"title": 1, "payload": "/a"}] * 50,
        "nested": {"not": "shown"},
    }
    card = card_of({"items": [{**one, "items": [one]}] * 50})
    assert card is not None
    assert len(card["items"]) == 10
    item = card["items"][0]
    assert set(item) == {"title", "fields", "buttons"}
    assert item["buttons"] == [button, button]
    assert len(item["title"]) == len(item["fields"][0]["value"]) == 500
    assert len(str(card)) < 200_000
