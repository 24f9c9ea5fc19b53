"""Tracking an order: what is told, to whom, and how often one may guess."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.model.commerce import Fulfilment, OrderItem, OrderStatus
from bridge.model.identity import Claim
from bridge.model.money import Money
from bridge.model.outcome import Outcome
from bridge.storage.chat import watches
from bridge.testing.commerce_records import make_order
from tests.adapters.embedded.worlds import CommerceWorld, rows
from tests.support.frontdesk import NOW, Clock, say, sign_in, told, visit
from tests.usecases.conftest import ON_SQLITE

EMAIL = "ann@example.test"
ANN = Claim(email=EMAIL)
UPS, DHL = "1Z999AA10123456784", "JD014600003SE"


def item(name: str, quantity: int = 1) -> OrderItem:
    return OrderItem(name.lower(), name, quantity, Money(1990, "USD"))


def parcel(carrier: str = "UPS", tracking: str = UPS, **times: datetime) -> Fulfilment:
    return Fulfilment(carrier, tracking, **times)


Track = Callable[..., Outcome]


@pytest.fixture
def track(frontdesk: Frontdesk, shop: CommerceWorld, turn: Turn) -> Track:
    """Put an order into the shop and track it as its owner."""

    def put_and_track(**changes: Any) -> Outcome:
        values: dict[str, Any] = {
            "number": "1001",
            "placed_at": datetime(2026, 1, 20, 12, tzinfo=timezone.utc),
            "items": (item("Blue T-Shirt"), item("Black Jeans")),
            "expected_by": None,
            "fulfilments": (),
            **changes,
        }
        shop.add_order(make_order(EMAIL, **values, status_label=values["status"].value))
        return frontdesk.orders.track(turn, "1001", ANN)

    return put_and_track


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=timezone.utc)


def test_a_shipped_order_is_told_as_a_person_would(track: Track) -> None:
    shipped = track(status=OrderStatus.SHIPPED, fulfilments=(parcel(estimated_delivery=at(25)),))
    assert told(shipped) == (
        "Order #1001 from January 20: 2 items (Blue T-Shirt, Black Jeans). Shipped with UPS, "
        "tracking 1Z999AA10123456784, expected by January 25."
    )


@ON_SQLITE
@pytest.mark.parametrize(
    ("status", "changes", "ending"),
    [
        ("pending_shipment", {}, "It's pending shipment."),
        ("pending_shipment", {"expected_by": at(23)}, "It's pending shipment and should leave us by January 23."),
        (
            "pending_shipment",
            {"expected_by": at(19)},
            "It's pending shipment; it should have left us by January 19, sorry for the wait.",
        ),
        ("shipped", {}, "Shipped."),
        ("shipped", {"fulfilments": (parcel(),)}, f"Shipped with UPS, tracking {UPS}."),
        ("shipped", {"fulfilments": (parcel(tracking=""),)}, "Shipped with UPS."),
        (
            "shipped",
            {"fulfilments": (parcel(estimated_delivery=at(18)),)},
            f"Shipped with UPS, tracking {UPS}, and was expected by January 18.",
        ),
        (
            "shipped",
            {"fulfilments": (parcel(estimated_delivery=at(21)),)},
            f"Shipped with UPS, tracking {UPS}, expected by January 21.",
        ),
        (
            "shipped",
            {"fulfilments": (parcel(), parcel("DHL", DHL, estimated_delivery=at(25)))},
            f"Shipped with UPS, tracking {UPS} and DHL, tracking {DHL}, expected by January 25.",
        ),
        (
            "partly_shipped",
            {"fulfilments": (parcel(estimated_delivery=at(25)),), "expected_by": at(29)},
            f"Part of it is on its way with UPS, tracking {UPS}, expected by January 25. "
            "The rest follows by January 29.",
        ),
        ("partly_shipped", {}, "Part of it is on its way. The rest follows."),
        ("delayed", {}, "I'm sorry, it's delayed. We do not have a new date yet."),
        ("delayed", {"expected_by": at(29)}, "I'm sorry, it's delayed. We now expect it by January 29."),
        ("delayed", {"expected_by": at(19)}, "I'm sorry, it's delayed. We do not have a new date yet."),
        (
            "delivered",
            {"fulfilments": (parcel(delivered_at=at(20)), parcel("DHL", DHL, delivered_at=at(21)))},
            f"Delivered on January 21 with UPS, tracking {UPS} and DHL, tracking {DHL}.",
        ),
        ("delivered", {}, "Delivered."),
        ("cancelled", {}, "It was cancelled, so nothing will be sent."),
        ("returned", {}, "We have your return."),
    ],
)
def test_each_state_has_its_own_sentence(track: Track, status: str, changes: dict[str, Any], ending: str) -> None:
    opening = "Order #1001 from January 20: 2 items (Blue T-Shirt, Black Jeans). "
    assert told(track(status=OrderStatus(status), **changes)) == opening + ending


@ON_SQLITE
@pytest.mark.parametrize("status", list(OrderStatus))
def test_no_state_is_left_without_a_response(track: Track, status: OrderStatus) -> None:
    outcome = track(status=status)
    assert outcome.response == f"utter_orders_{status.value}"
    assert "#1001" in told(outcome)


def test_what_was_due_for_the_rest_is_no_promise_once_it_is_past(track: Track) -> None:
    outcome = track(status=OrderStatus.PARTLY_SHIPPED, expected_by=at(19))
    assert told(outcome).endswith("The rest follows.")


def test_a_delivered_parcel_does_not_date_the_one_on_its_way(track: Track) -> None:
    parcels = (
        parcel(estimated_delivery=at(30), delivered_at=at(20)),
        parcel("DHL", DHL, estimated_delivery=at(25)),
    )
    assert told(track(status=OrderStatus.PARTLY_SHIPPED, fulfilments=parcels)).count("expected by January 25") == 1


def test_wrong_number_and_wrong_proof_cannot_be_told_apart(
    frontdesk: Frontdesk, turn: Turn, shop: CommerceWorld
) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    answers = [
        frontdesk.orders.track(turn, number, claim)
        for number, claim in [
            ("1002", ANN),
            ("1001", Claim(email="bob@example.test")),
            ("1001", Claim(postcode="00000")),
            ("1001", Claim()),
        ]
    ]
    assert answers == [Outcome("utter_orders_not_found", forget=("orders_contact",), again=True)] * 4
    assert "1001" not in told(answers[0])
    assert rows(frontdesk.engine, watches) == []


@ON_SQLITE
@pytest.mark.parametrize("typed", ["SW1A 1AA", "sw1a1aa", "SW1A-1AA"])
def test_a_postcode_proves_however_its_parts_are_joined(
    frontdesk: Frontdesk, turn: Turn, shop: CommerceWorld, typed: str
) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    assert frontdesk.orders.track(turn, "1001", Claim(postcode=typed)).response == "utter_orders_shipped"


def guess(frontdesk: Frontdesk, turn: Turn, number: str, times: int) -> list[str]:
    wrong = Claim(email="nobody@example.test")
    return [frontdesk.orders.track(turn, number, wrong).response for _ in range(times)]


def test_the_sixth_try_is_locked_even_if_it_is_right(
    frontdesk: Frontdesk, turn: Turn, shop: CommerceWorld, clock: Clock
) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    assert guess(frontdesk, turn, "1001", 5) == ["utter_orders_not_found"] * 5

    locked = frontdesk.orders.track(turn, "1001", ANN)
    assert (locked.response, locked.values) == ("utter_orders_locked", {"minutes": "15"})
    assert "15 minutes" in told(locked)

    clock.forward(minutes=14, seconds=1)
    assert frontdesk.orders.track(turn, "1001", ANN).values == {"minutes": "1"}
    clock.forward(seconds=59)
    assert frontdesk.orders.track(turn, "1001", ANN).response != "utter_orders_locked"


def test_a_record_is_locked_for_every_address(frontdesk: Frontdesk, shop: CommerceWorld) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    for last in range(5):
        guess(frontdesk, visit(frontdesk, f"203.0.113.{last}"), "1001", 1)
    somebody_new = visit(frontdesk, "198.51.100.1")
    assert frontdesk.orders.track(somebody_new, "1001", ANN).response == "utter_orders_locked"
    assert guess(frontdesk, somebody_new, "1002", 1) == ["utter_orders_not_found"]


def test_an_address_is_locked_for_every_record_and_conversation(frontdesk: Frontdesk, shop: CommerceWorld) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    for number in range(2000, 2005):
        guess(frontdesk, visit(frontdesk), str(number), 1)
    assert frontdesk.orders.track(visit(frontdesk), "1001", ANN).response == "utter_orders_locked"
    elsewhere = visit(frontdesk, "198.51.100.1")
    assert frontdesk.orders.track(elsewhere, "1001", ANN).response != "utter_orders_locked"


def test_an_address_stays_counted_after_its_message_is_done(frontdesk: Frontdesk, turn: Turn) -> None:
    guess(frontdesk, turn, "2000", 5)
    frontdesk.inbox.finish(turn.inbox_id)
    late = frontdesk.turns.current(turn.conversation_id, "of an action that took too long")
    assert guess(frontdesk, late, "2001", 1) == ["utter_orders_locked"]


def test_a_right_answer_clears_nothing(frontdesk: Frontdesk, turn: Turn, shop: CommerceWorld) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    guess(frontdesk, turn, "2000", 4)
    assert frontdesk.orders.track(turn, "1001", ANN).response != "utter_orders_not_found"
    assert guess(frontdesk, turn, "2001", 2) == ["utter_orders_not_found", "utter_orders_locked"]


def test_old_guesses_are_forgotten(frontdesk: Frontdesk, turn: Turn, clock: Clock) -> None:
    guess(frontdesk, turn, "2000", 4)
    clock.forward(minutes=15)
    assert guess(frontdesk, turn, "2000", 5) == ["utter_orders_not_found"] * 5


def test_nothing_that_was_typed_stands_in_the_counters(frontdesk: Frontdesk, turn: Turn) -> None:
    guess(frontdesk, turn, "2000", 1)
    with frontdesk.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT subject FROM guesses").scalars().all()
    assert len(kept) == 2
    assert not any("2000" in subject or "203.0.113.7" in subject or ":" in subject for subject in kept)


def test_a_look_at_an_order_leaves_one_watch(
    frontdesk: Frontdesk, turn: Turn, shop: CommerceWorld, clock: Clock
) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    frontdesk.orders.track(turn, "1001", ANN)
    clock.forward(days=1)
    frontdesk.orders.track(turn, "1001", ANN)
    (watch,) = rows(frontdesk.engine, watches)
    assert (watch["conversation_id"], watch["system"], watch["identity_level"]) == (
        turn.conversation_id,
        "embedded",
        "claimed",
    )
    assert watch["record"].startswith("order:")
    assert watch["expires_at"] == NOW + timedelta(days=15)


def verified(frontdesk: Frontdesk, clock: Clock, email: str | None) -> Turn:
    clock.now = datetime.now(timezone.utc)  # sessions keep real time
    conversation = frontdesk.sessions.open("en", "203.0.113.7")
    sign_in(frontdesk.identities, conversation, "customer-1", email)
    return say(frontdesk, conversation)


def test_a_verified_person_needs_no_proof(frontdesk: Frontdesk, shop: CommerceWorld, clock: Clock) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    outcome = frontdesk.orders.track(verified(frontdesk, clock, "Ann@Example.test"), "1001", Claim())
    assert outcome.response != "utter_orders_not_found"
    (watch,) = rows(frontdesk.engine, watches)
    assert watch["identity_level"] == "verified"


def test_a_verified_person_without_a_known_address_proves_like_others(
    frontdesk: Frontdesk, shop: CommerceWorld, clock: Clock
) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    outcome = frontdesk.orders.track(verified(frontdesk, clock, None), "1001", ANN)
    assert outcome.response != "utter_orders_not_found"
    (watch,) = rows(frontdesk.engine, watches)
    assert watch["identity_level"] == "claimed"


def test_a_verified_person_sees_only_their_own_orders(frontdesk: Frontdesk, shop: CommerceWorld, clock: Clock) -> None:
    shop.add_order(make_order(EMAIL, number="1001"))
    outcome = frontdesk.orders.track(verified(frontdesk, clock, "bob@example.test"), "1001", ANN)
    assert outcome.response == "utter_orders_not_found"
