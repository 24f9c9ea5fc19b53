"""Who is proven sees what will be cancelled, and a yes cancels it once, whatever the shop does meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.conversation.turns import Turn
from bridge.errors import ConflictError, InvalidError, OutcomeUnknownError
from bridge.events.entries import State
from bridge.model.commerce import OrderStatus
from bridge.model.identity import Claim
from bridge.model.outcome import BackendState, Outcome
from bridge.testing.commerce_records import make_order, make_unshipped
from bridge.usecases.order_changes import CONFIRM
from bridge.usecases.orders import OPEN
from tests.adapters.embedded.worlds import CommerceWorld
from tests.support.frontdesk import sign_in, told
from tests.usecases.away import DOWN, EMAIL, Away, next_turn, states

OTHER = "somebody.else@example.test"


@pytest.fixture
def known(away: Away, turn: Turn) -> Turn:
    """Return a turn of a person who is proven to be EMAIL."""
    sign_in(away.frontdesk.identities, turn.conversation_id, "ann", EMAIL)
    return away.frontdesk.turns.current(turn.conversation_id, "of the tracker")


@pytest.fixture
def number(shop: CommerceWorld) -> str:
    """Return the number of an order of EMAIL that has not left yet."""
    return shop.add_order(make_unshipped(EMAIL))


def status(away: Away, number: str) -> OrderStatus:
    return away.commerce.real.find_order(number, Claim(email=EMAIL)).status


def cancel(away: Away, turn: Turn, number: str) -> Outcome:
    """Show a cancellation and confirm it."""
    assert away.order_changes.show_cancellation(turn, number).response in CONFIRM
    return away.order_changes.cancel(turn, number, confirmed=True)


def test_it_is_shown_and_then_done(away: Away, known: Turn, number: str) -> None:
    shown = away.order_changes.show_cancellation(known, number)
    assert f"Shall I cancel order #{number} from January" in told(shown)
    assert "$" in told(shown)
    assert status(away, number) is OrderStatus.PENDING_SHIPMENT
    done = away.order_changes.cancel(known, number, confirmed=True)
    assert told(done).startswith(f"Order #{number} is cancelled; nothing will be sent.")
    assert {"orders_number", "orders_confirmed"} <= set(done.forget)
    assert status(away, number) is OrderStatus.CANCELLED


def test_a_no_cancels_nothing(away: Away, known: Turn, number: str) -> None:
    away.order_changes.show_cancellation(known, number)
    assert told(away.order_changes.cancel(known, number, confirmed=False)).startswith(
        "All right, I've cancelled nothing"
    )
    assert status(away, number) is OrderStatus.PENDING_SHIPMENT


def test_a_second_yes_tells_of_the_same_cancellation(away: Away, known: Turn, number: str) -> None:
    first = cancel(away, known, number)
    asked = away.commerce.called.count("cancel_order")
    again = away.order_changes.cancel(next_turn(away, known), number, confirmed=True)
    assert (again.response, away.commerce.called.count("cancel_order")) == (first.response, asked + 1)
    assert states(away) == []


@pytest.mark.parametrize("level", ["anonymous", "another"])
def test_nobody_else_sees_or_cancels_it(away: Away, turn: Turn, number: str, level: str) -> None:
    if level == "another":
        sign_in(away.frontdesk.identities, turn.conversation_id, "bob", OTHER)
        turn = away.frontdesk.turns.current(turn.conversation_id, "of the tracker")
    shown = away.order_changes.show_cancellation(turn, number)
    assert shown.response not in CONFIRM
    assert "items" not in shown.values
    assert away.order_changes.cancel(turn, number, confirmed=None).response == shown.response
    away.order_changes.cancel(turn, number, confirmed=True)
    assert status(away, number) is OrderStatus.PENDING_SHIPMENT


def test_an_order_of_somebody_else_and_one_that_is_not_there_are_told_alike(
    away: Away, known: Turn, shop: CommerceWorld
) -> None:
    theirs = shop.add_order(make_unshipped(OTHER))
    said = [away.order_changes.cancel(known, one, confirmed=None) for one in (theirs, "NONE-1")]
    assert {one.response for one in said} == {"utter_orders_change_not_found"}
    assert all(one.again for one in said)


def test_guesses_at_numbers_are_counted_and_locked(away: Away, known: Turn, number: str) -> None:
    said = [away.order_changes.cancel(known, "NONE-1", confirmed=None) for _ in range(6)]
    assert {one.response for one in said[:5]} == {"utter_orders_change_not_found"}
    assert (said[5].response, said[5].values) == ("utter_orders_locked", {"minutes": "15"})
    assert away.order_changes.show_cancellation(known, number).response == "utter_orders_locked"


def test_a_wrong_number_is_not_what_it_means_from_then_on(away: Away, known: Turn) -> None:
    assert "order" not in away.order_changes.cancel(known, "NONE-1", confirmed=None).values


def test_what_is_said_of_money_is_no_promise(away: Away, known: Turn, number: str) -> None:
    assert "what you've paid is for the shop to pay back" in told(cancel(away, known, number))


def test_a_proof_that_lapsed_before_the_yes_cancels_nothing(away: Away, known: Turn, number: str) -> None:
    away.order_changes.show_cancellation(known, number)
    later = replace(known, identity=replace(known.identity, level=type(known.identity.level).ANONYMOUS, email=None))
    assert away.order_changes.cancel(later, number, confirmed=True).response == "utter_orders_change_lapsed"
    assert status(away, number) is OrderStatus.PENDING_SHIPMENT


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (OrderStatus.SHIPPED, "has left already"),
        (OrderStatus.PARTLY_SHIPPED, "has left already"),
        (OrderStatus.DELIVERED, "has arrived already"),
        (OrderStatus.RETURNED, "has arrived already"),
        (OrderStatus.CANCELLED, "is cancelled already"),
    ],
)
def test_what_is_too_late_is_told_without_asking_for_a_yes(
    away: Away, known: Turn, shop: CommerceWorld, standing: OrderStatus, said: str
) -> None:
    number = shop.add_order(make_order(EMAIL, status=standing, status_label=standing.value))
    for outcome in (
        away.order_changes.show_cancellation(known, number),
        away.order_changes.cancel(known, number, confirmed=None),
    ):
        assert said in told(outcome)
    assert "cancel_order" not in away.commerce.called


def test_an_order_that_leaves_before_the_yes_is_told_as_it_stands_then(
    away: Away, known: Turn, number: str, shop: CommerceWorld
) -> None:
    away.order_changes.show_cancellation(known, number)
    away.commerce.trouble, away.commerce.only = ConflictError("it has left"), "cancel_order"
    outcome = away.order_changes.cancel(known, number, confirmed=True)
    assert "has left already" in told(outcome)
    assert states(away) == []


def test_a_refusal_says_so_and_changes_nothing(away: Away, known: Turn, number: str) -> None:
    away.order_changes.show_cancellation(known, number)
    away.commerce.trouble, away.commerce.only = InvalidError("order_number", "no"), "cancel_order"
    assert "Nothing was changed" in told(away.order_changes.cancel(known, number, confirmed=True))


def test_a_shop_that_takes_its_time_is_told_so(away: Away, known: Turn, number: str) -> None:
    away.order_changes.show_cancellation(known, number)
    order = away.commerce.real.find_order(number, Claim(email=EMAIL))
    away.commerce.real.cancel_order = lambda _order, _key: order  # as Shopify, which begins a job
    assert "The shop is cancelling order" in told(away.order_changes.cancel(known, number, confirmed=True))


class TestWhileTheShopIsAway:
    def test_it_is_asked_for_unseen_kept_and_done_when_the_shop_is_back(
        self, away: Away, known: Turn, number: str
    ) -> None:
        away.commerce.trouble = DOWN
        shown = away.order_changes.show_cancellation(known, number)
        assert "The shop is slow" in told(shown)
        kept = away.order_changes.cancel(known, number, confirmed=True)
        assert (kept.response, kept.state) == ("utter_orders_cancel_kept", BackendState.DONE)
        assert away.relay() == []
        away.commerce.trouble = None
        assert [told(one) for one in away.relay()] == [told(Outcome("utter_orders_cancel_done", {"order": number}))]
        assert status(away, number) is OrderStatus.CANCELLED
        assert states(away) == [State.DONE]

    @pytest.mark.parametrize("happened", [True, False])
    def test_an_unknown_outcome_is_settled_once(self, away: Away, known: Turn, number: str, happened: bool) -> None:
        away.order_changes.show_cancellation(known, number)
        away.commerce.trouble, away.commerce.after = OutcomeUnknownError("cut"), happened
        away.commerce.only = "cancel_order"
        outcome = away.order_changes.cancel(known, number, confirmed=True)
        assert outcome.response == "utter_orders_cancel_kept_unsure"
        away.commerce.trouble = None
        tried = away.commerce.called.count("cancel_order")
        assert [one.response for one in away.relay()] == ["utter_orders_cancel_done"]
        assert away.commerce.called.count("cancel_order") == tried + (not happened)
        assert status(away, number) is OrderStatus.CANCELLED

    def test_a_parcel_that_left_meanwhile_stays_on_its_way_and_that_is_told(
        self, away: Away, known: Turn, number: str
    ) -> None:
        away.commerce.trouble = DOWN
        cancel(away, known, number)
        away.commerce.trouble, away.commerce.only = ConflictError("it has left"), "cancel_order"
        assert [one.response for one in away.relay()] == ["utter_orders_cancel_on_its_way"]

    def test_a_number_of_nobody_is_told_when_the_shop_is_back(self, away: Away, known: Turn) -> None:
        away.commerce.trouble = DOWN
        cancel(away, known, "NONE-1")
        away.commerce.trouble = None
        assert [one.response for one in away.relay()] == ["utter_orders_cancel_kept_not_found"]

    def test_after_a_quarter_of_an_hour_nothing_is_cancelled_any_more_and_that_is_told(
        self, away: Away, known: Turn, number: str
    ) -> None:
        away.commerce.trouble = DOWN
        assert "For 15 minutes" in told(cancel(away, known, number))
        assert away.relay() == []
        away.clock.forward(minutes=15)
        away.commerce.trouble = None
        assert [one.response for one in away.relay()] == ["utter_orders_cancel_kept_late"]
        assert status(away, number) is OrderStatus.PENDING_SHIPMENT

    @pytest.mark.parametrize(
        ("happened", "is_back", "said"),
        [(True, True, "done"), (False, True, "kept_late"), (False, False, "kept_unknown")],
    )
    def test_an_unknown_outcome_is_told_as_it_is_when_the_time_is_over(
        self, away: Away, known: Turn, number: str, happened: bool, is_back: bool, said: str
    ) -> None:
        away.order_changes.show_cancellation(known, number)
        away.commerce.trouble, away.commerce.after = OutcomeUnknownError("cut"), happened
        away.commerce.only = "cancel_order"
        away.order_changes.cancel(known, number, confirmed=True)
        away.commerce.trouble, away.commerce.only, away.commerce.after = (None if is_back else DOWN), "", False
        tried = away.commerce.called.count("cancel_order")
        away.clock.forward(minutes=15)
        assert [one.response for one in away.relay()] == [f"utter_orders_cancel_{said}"]
        assert away.commerce.called.count("cancel_order") == tried


class TestWhichOrder:
    def test_those_that_can_still_be_cancelled_are_shown_with_a_button_each(
        self, away: Away, known: Turn, number: str, shop: CommerceWorld, clock: object
    ) -> None:
        shop.add_order(make_order(EMAIL, status=OrderStatus.DELIVERED, status_label="delivered"))
        shop.add_order(make_unshipped(OTHER))
        asked = away.order_changes.which(known, OPEN)
        assert told(asked).startswith(f"I see these orders of yours:\n- #{number} from January")
        assert asked.card is not None
        (item,) = asked.card["items"]
        assert item["buttons"] == [{"title": f"Order #{number}", "payload": f'/inform{{"order_number": "{number}"}}'}]

    def test_somebody_unknown_and_a_shop_that_is_away_leave_the_plain_question(
        self, away: Away, turn: Turn, known: Turn, number: str
    ) -> None:
        assert away.order_changes.which(turn, OPEN).response == "utter_ask_orders_number"
        away.commerce.trouble = DOWN
        assert away.order_changes.which(known, OPEN).response == "utter_ask_orders_number"

    def test_none_that_fits_is_said(self, away: Away, known: Turn) -> None:
        assert away.order_changes.which(known, OPEN).response == "utter_orders_none_open"
        assert away.order_changes.which(known).response == "utter_orders_none"


def test_old_drafts_are_not_confirmed_by_a_yes_to_another(
    away: Away, known: Turn, number: str, shop: CommerceWorld
) -> None:
    second = shop.add_order(make_unshipped(EMAIL, placed_at=away.clock() - timedelta(days=1)))
    away.order_changes.show_cancellation(known, number)
    away.order_changes.show_cancellation(known, second)
    away.order_changes.cancel(known, second, confirmed=True)
    assert (status(away, number), status(away, second)) == (OrderStatus.PENDING_SHIPMENT, OrderStatus.CANCELLED)
