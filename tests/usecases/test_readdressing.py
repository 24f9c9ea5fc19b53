"""Sending an order elsewhere: who may, what is shown, what is done, and every way in which it can end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.conversation.turns import Turn
from bridge.errors import ConflictError, InvalidError, OutcomeUnknownError, UnavailableError, UnsupportedError
from bridge.events.entries import State
from bridge.model.commerce import Address, OrderStatus
from bridge.model.identity import Claim, Identity
from bridge.model.outcome import BackendState, Outcome
from bridge.testing.commerce_records import make_order, make_unshipped
from bridge.usecases.readdressing import CONFIRM
from tests.adapters.embedded.worlds import CommerceWorld
from tests.support.frontdesk import sign_in, told
from tests.usecases.away import DOWN, EMAIL, Away, next_turn, states
from tests.usecases.conftest import ON_SQLITE

OLD = Address("Ann Miller", "1 Old Road", "Portland", "97201", "US", region="OR")
NEW = {"line1": "12 Elm Street", "city": "Springfield", "postcode": "62704", "region": "IL"}
CHANGED = Address("Ann Miller", "12 Elm Street", "Springfield", "62704", "US", region="IL")


@pytest.fixture
def known(away: Away, turn: Turn) -> Turn:
    """Return a turn of a person who is proven to be EMAIL."""
    sign_in(away.frontdesk.identities, turn.conversation_id, "ann", EMAIL)
    return away.frontdesk.turns.current(turn.conversation_id, "of the tracker")


@pytest.fixture
def number(shop: CommerceWorld) -> str:
    """Return the number of an order of EMAIL that has not left yet."""
    return shop.add_order(make_unshipped(EMAIL, address=OLD))


def goes_to(away: Away, number: str) -> Address | None:
    address: Address | None = away.commerce.real.find_order(number, Claim(email=EMAIL)).address
    return address


def change(away: Away, turn: Turn, number: str) -> Outcome:
    """Show an address and confirm it."""
    assert away.readdressing.show(turn, number, NEW).response == CONFIRM
    outcome: Outcome = away.readdressing.change(turn, number, NEW, True)
    return outcome


def test_it_is_shown_line_by_line_and_then_done(away: Away, known: Turn, number: str) -> None:
    shown = away.readdressing.show(known, number, NEW)
    assert told(shown) == (
        f"Order #{number} would go to:\nAnn Miller\n12 Elm Street\nSpringfield, IL 62704\nUnited States\n"
        "Shall I change it?"
    )
    assert goes_to(away, number) == OLD
    done = away.readdressing.change(known, number, NEW, True)
    assert told(done) == f"Done, order #{number} goes to the new address."
    assert {"orders_number", "orders_address", "orders_address_told", "orders_confirmed"} <= set(done.forget)
    assert (goes_to(away, number), states(away)) == (CHANGED, [])


def test_a_name_or_a_country_that_is_told_counts(away: Away, known: Turn, number: str) -> None:
    away.readdressing.show(known, number, {**NEW, "name": "Bo Li", "country": "CA"})
    away.readdressing.change(known, number, NEW, True)
    assert goes_to(away, number) == replace(CHANGED, name="Bo Li", country="CA")


@ON_SQLITE
@pytest.mark.parametrize("field", ["name", "country"])
def test_what_the_order_does_not_tell_either_is_asked_for(
    field: str, away: Away, known: Turn, shop: CommerceWorld
) -> None:
    number = shop.add_order(make_unshipped(EMAIL, address=replace(OLD, **{field: ""})))
    asked = away.readdressing.show(known, number, NEW)
    assert (asked.response, asked.again) == (f"utter_orders_address_missing_{field}", True)
    assert asked.forget == ("orders_address",)


def test_a_no_changes_nothing(away: Away, known: Turn, number: str) -> None:
    away.readdressing.show(known, number, NEW)
    assert "I've changed nothing" in told(away.readdressing.change(known, number, NEW, False))
    assert goes_to(away, number) == OLD


def test_a_second_yes_changes_nothing_more(away: Away, known: Turn, number: str) -> None:
    first = change(away, known, number)
    again = away.readdressing.change(next_turn(away, known), number, NEW, True)
    assert (again.response, states(away)) == (first.response, [])


@pytest.mark.parametrize("shown", ["nothing", "another order", "to somebody else"])
def test_a_yes_to_what_was_not_shown_to_this_person_changes_nothing(
    shown: str, away: Away, known: Turn, number: str, shop: CommerceWorld
) -> None:
    if shown == "another order":
        away.readdressing.show(known, shop.add_order(make_unshipped(EMAIL, address=OLD)), NEW)
    elif shown == "to somebody else":
        away.readdressing.show(known, number, NEW)
        known = replace(known, identity=replace(known.identity, email="bob@example.test"))
    assert away.readdressing.change(known, number, NEW, True).response == "utter_orders_change_lapsed"
    assert goes_to(away, number) == OLD


def test_a_wrong_number_and_somebody_elses_are_told_alike_and_counted(
    away: Away, known: Turn, shop: CommerceWorld
) -> None:
    theirs = shop.add_order(make_unshipped("bob@example.test", address=OLD))
    foreign, missing = (away.readdressing.show(known, one, NEW) for one in (theirs, "NONE-1"))
    assert told(foreign).replace(theirs, "NONE-1") == told(missing)
    assert "Portland" not in str(foreign)
    for _ in range(3):
        away.readdressing.show(known, theirs, NEW)
    assert away.readdressing.show(known, theirs, NEW).response == "utter_orders_locked"


@ON_SQLITE
@pytest.mark.parametrize("lacking", ["operation", "proof"])
def test_what_cannot_be_done_here_is_offered_as_a_ticket_before_anything_is_asked(
    lacking: str, away: Away, known: Turn, number: str
) -> None:
    if lacking == "operation":
        away.commerce.real.capabilities -= {"change_address"}
    else:
        known = replace(known, identity=Identity())
    outcome = away.readdressing.change(known, number, {}, None)
    assert (outcome.response, away.commerce.called) == ("utter_orders_change_shipping_address", [])


@ON_SQLITE
@pytest.mark.parametrize(
    ("standing", "response"),
    [
        (OrderStatus.SHIPPED, "utter_orders_address_on_its_way"),
        (OrderStatus.PARTLY_SHIPPED, "utter_orders_address_on_its_way"),
        (OrderStatus.DELIVERED, "utter_orders_address_delivered"),
        (OrderStatus.RETURNED, "utter_orders_address_delivered"),
        (OrderStatus.CANCELLED, "utter_orders_address_cancelled"),
    ],
)
def test_what_is_too_late_is_told_without_asking_for_a_yes(
    standing: OrderStatus, response: str, away: Away, known: Turn, shop: CommerceWorld
) -> None:
    number = shop.add_order(make_order(EMAIL, status=standing, status_label=standing.value))
    outcome = away.readdressing.show(known, number, NEW)
    assert outcome.response == response
    assert number in told(outcome)


@ON_SQLITE
@pytest.mark.parametrize(
    ("trouble", "response", "forgotten"),
    [
        (ConflictError("left"), "utter_orders_address_on_its_way", "orders_number"),
        (InvalidError("postcode", "no"), "utter_orders_address_refused", "orders_address_told"),
        (UnsupportedError("no"), "utter_orders_address_refused", "orders_confirmed"),
    ],
)
def test_what_the_shop_refuses_is_told_and_not_kept(
    trouble: Exception, response: str, forgotten: str, away: Away, known: Turn, number: str
) -> None:
    away.commerce.trouble, away.commerce.only = trouble, "change_address"
    outcome = change(away, known, number)
    assert (outcome.response, states(away)) == (response, [])
    assert forgotten in outcome.forget
    assert number in told(outcome)


class TestWhileTheShopIsAway:
    def test_nothing_is_shown_that_nobody_has_seen(self, away: Away, known: Turn, number: str) -> None:
        away.commerce.trouble = DOWN
        outcome = away.readdressing.show(known, number, NEW)
        assert (outcome.response, outcome.state) == ("utter_dialog_backend_unavailable_contact", BackendState.FAILED)

    @pytest.mark.parametrize("happened", [True, False])
    @pytest.mark.parametrize("trouble", [DOWN, OutcomeUnknownError("cut")])
    def test_it_is_kept_done_once_and_told(
        self, away: Away, known: Turn, number: str, trouble: UnavailableError, happened: bool
    ) -> None:
        away.commerce.trouble, away.commerce.only, away.commerce.after = trouble, "change_address", happened
        kept = change(away, known, number)
        assert kept.response == "utter_orders_address_kept" + ("" if trouble is DOWN else "_unsure")
        assert "15 minutes" in told(kept)
        away.commerce.trouble = None
        assert [one.response for one in away.relay()] == ["utter_orders_address_done"]
        assert (goes_to(away, number), states(away)) == (CHANGED, [State.DONE])

    def test_after_a_quarter_of_an_hour_nothing_is_changed_any_more(self, away: Away, known: Turn, number: str) -> None:
        away.commerce.trouble, away.commerce.only = DOWN, "change_address"
        change(away, known, number)
        assert away.relay() == []
        away.clock.forward(minutes=15)
        away.commerce.trouble = None
        assert [one.response for one in away.relay()] == ["utter_orders_address_kept_late"]
        assert goes_to(away, number) == OLD

    def test_what_happened_all_the_same_is_told_as_done_however_late(
        self, away: Away, known: Turn, number: str
    ) -> None:
        away.commerce.trouble, away.commerce.only, away.commerce.after = (
            OutcomeUnknownError("cut"),
            "change_address",
            True,
        )
        change(away, known, number)
        away.commerce.trouble = None
        away.clock.forward(minutes=15)
        assert [one.response for one in away.relay()] == ["utter_orders_address_done"]

    def test_when_nobody_can_tell_in_time_that_is_said(self, away: Away, known: Turn, number: str) -> None:
        away.commerce.trouble, away.commerce.only = OutcomeUnknownError("cut"), "change_address"
        change(away, known, number)
        away.commerce.trouble, away.commerce.only = DOWN, ""
        assert away.relay() == []
        away.clock.forward(minutes=15)
        assert [one.response for one in away.relay()] == ["utter_orders_address_kept_unknown"]

    def test_a_parcel_that_left_meanwhile_stays_on_its_way(self, away: Away, known: Turn, number: str) -> None:
        away.commerce.trouble, away.commerce.only = DOWN, "change_address"
        change(away, known, number)
        away.commerce.trouble = ConflictError("it has left")
        assert [one.response for one in away.relay()] == ["utter_orders_address_on_its_way"]
