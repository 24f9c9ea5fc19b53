"""Returns: what can go back, asked for once and only by whoever is proven; what became of it, to whoever may know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from bridge.conversation.turns import Turn
from bridge.errors import BridgeError, ConflictError, InvalidError, OutcomeUnknownError
from bridge.events.entries import State
from bridge.model.commerce import NewReturn, Order, OrderItem, OrderStatus, ReturnLine, ReturnReason, ReturnStatus
from bridge.model.identity import Claim, Identity, Level
from bridge.model.money import Money
from bridge.model.outcome import BackendState, Outcome
from bridge.storage.business import order_returns
from bridge.storage.chat import drafts, watches
from bridge.storage.engine import writing
from bridge.testing.commerce_records import make_order, make_unshipped
from bridge.usecases.returnable import LONGEST_NOTE, Returnable, Wanted
from tests.adapters.embedded.worlds import CommerceWorld, rows
from tests.support.frontdesk import told
from tests.usecases.away import DOWN, EMAIL, Away, next_turn, states
from tests.usecases.conftest import ON_SQLITE

SHIRTS = OrderItem("BLUE-TEE-M", "Blue T-Shirt", 2, Money(1990, "USD"), {"size": "M"})
JEANS = OrderItem("BLACK-JEANS-32", "Black Jeans", 1, Money(5990, "USD"), {"size": "32"})
ANN = Identity(Level.VERIFIED, "ann", EMAIL)
TOLD = "The jeans are too small, I want to send them back"

Add = Callable[..., str]


@pytest.fixture
def ann(turn: Turn) -> Turn:
    """Return a turn of somebody who is proven to be Ann."""
    return replace(turn, identity=ANN)


@pytest.fixture
def add(shop: CommerceWorld) -> Add:
    """Return what puts an order of Ann's into the shop."""

    def put(make: Callable[..., Order] = make_order, **changes: Any) -> str:
        values = {"number": "1001", "items": (SHIRTS, JEANS), **changes}
        if "status" in values:
            values["status_label"] = values["status"].value
        return shop.add_order(make(values.pop("email", EMAIL), **values))

    return put


def found(away: Away, ann: Turn, number: str = "1001") -> Returnable:
    looked = away.returns.real.look(ann, number)
    assert isinstance(looked, Returnable)
    return looked


def refusal(away: Away, ann: Turn, number: str = "1001") -> Outcome:
    looked = away.returns.real.look(ann, number)
    assert isinstance(looked, Outcome)
    return looked


def jeans(order: Returnable) -> tuple[ReturnLine, ...]:
    return tuple(ReturnLine(item.id, 1) for item in order.items if item.name == JEANS.name)


def show(away: Away, ann: Turn, **changes: Any) -> Outcome:
    order = found(away, ann)
    wanted = Wanted(jeans(order), ReturnReason.TOO_SMALL, TOLD)
    outcome: Outcome = away.returns.real.draft(ann, order, replace(wanted, **changes))
    return outcome


def set_state(away: Away, **values: Any) -> None:
    with writing(away.frontdesk.engine) as connection:
        connection.execute(order_returns.update().values(**values))


# What can go back


def test_what_was_shipped_can_go_back(away: Away, ann: Turn, add: Add) -> None:
    add()
    order = found(away, ann)
    assert [(item.name, item.quantity) for item in order.items] == [("Blue T-Shirt", 2), ("Black Jeans", 1)]
    assert Returnable.from_json(order.to_json()) == order


@ON_SQLITE
@pytest.mark.parametrize(
    ("make", "changes", "response"),
    [
        (make_unshipped, {}, "utter_returns_not_shipped"),
        (make_unshipped, {"status": OrderStatus.ON_HOLD}, "utter_returns_not_shipped"),
        (make_unshipped, {"status": OrderStatus.CANCELLED}, "utter_returns_order_cancelled"),
        (make_order, {"email": "eve@example.test"}, "utter_returns_not_found"),
        (make_order, {"number": "1002"}, "utter_returns_not_found"),
    ],
)
def test_what_cannot_go_back_is_said(
    away: Away, ann: Turn, add: Add, make: Callable[..., Order], changes: dict[str, Any], response: str
) -> None:
    add(make, **changes)
    outcome = refusal(away, ann)
    assert outcome.response == response
    assert "1001" in told(outcome)


@ON_SQLITE
def test_an_order_that_is_partly_here_can_go_back_as_far_as_it_left(away: Away, ann: Turn, add: Add) -> None:
    add(status=OrderStatus.PARTLY_SHIPPED)
    assert found(away, ann).number == "1001"


@ON_SQLITE
def test_guessing_is_counted(away: Away, ann: Turn) -> None:
    for _ in range(5):
        assert refusal(away, ann).response == "utter_returns_not_found"
    assert refusal(away, ann).response == "utter_orders_locked"


@ON_SQLITE
def test_a_system_that_is_away_is_said(away: Away, ann: Turn, add: Add) -> None:
    add()
    for operation in ("find_order", "list_returns"):
        away.commerce.trouble, away.commerce.only = DOWN, operation
        outcome = refusal(away, ann)
        assert (outcome.response, outcome.state) == ("utter_dialog_backend_unavailable_contact", BackendState.FAILED)


# Asking for it


def test_what_was_shown_is_asked_for_once(away: Away, ann: Turn, add: Add) -> None:
    add()
    assert told(show(away, ann)) == (
        "I'll ask our returns team to take this back from order #1001: Black Jeans (32). Reason: too small. "
        "Is that right?"
    )
    assert rows(away.frontdesk.engine, order_returns) == []
    first, again = (away.returns.request(ann, confirmed=True) for _ in range(2))
    (made,) = rows(away.frontdesk.engine, order_returns)
    assert told(first).startswith(
        "Done, I've asked for your return from order #1001: Black Jeans (32). Its number is 1001-R1."
    )
    assert first == again
    assert (made["reason"], made["note"]) == ("too_small", TOLD)
    assert [line["quantity"] for line in made["lines"]] == [1]
    (draft,) = rows(away.frontdesk.engine, drafts)
    assert draft["result"] == {"return": "1001-R1"}


@ON_SQLITE
def test_an_exchange_is_noted_and_nothing_is_promised(away: Away, ann: Turn, add: Add) -> None:
    add()
    assert 'What you\'d like instead: "size 34"' in told(show(away, ann, instead="size 34"))
    done = told(away.returns.request(ann, confirmed=True))
    assert "Our team arranges the replacement" in done
    (made,) = rows(away.frontdesk.engine, order_returns)
    assert made["note"] == f"{TOLD}\n[exchange] size 34"


@ON_SQLITE
def test_a_return_that_is_but_a_note_comes_with_the_offer_of_a_ticket(
    away: Away, ann: Turn, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As at WooCommerce, which knows no returns."""
    add()
    show(away, ann)
    request = away.commerce.real.request_return
    monkeypatch.setattr(away.commerce.real, "request_return", lambda *given: replace(request(*given), number=""))
    assert "as a note on the order" in told(away.returns.request(ann, confirmed=True))


@ON_SQLITE
def test_a_long_story_is_cut(away: Away, ann: Turn, add: Add) -> None:
    add()
    show(away, ann, told="x" * 3000)
    away.returns.request(ann, confirmed=True)
    (made,) = rows(away.frontdesk.engine, order_returns)
    assert made["note"] == "x" * LONGEST_NOTE


@ON_SQLITE
def test_an_approved_return_is_told_as_one(away: Away, ann: Turn, add: Add) -> None:
    add()
    show(away, ann)
    away.returns.request(ann, confirmed=True)
    set_state(away, status=ReturnStatus.APPROVED.value)
    assert "is approved" in told(away.returns.request(ann, confirmed=True))


@ON_SQLITE
def test_no_asks_for_nothing(away: Away, ann: Turn, add: Add) -> None:
    add()
    show(away, ann)
    assert away.returns.request(ann, confirmed=False).response == "utter_returns_dropped"
    assert rows(away.frontdesk.engine, order_returns) == []


@ON_SQLITE
@pytest.mark.parametrize("identity", [Identity(), Identity(Level.VERIFIED, "eve", "eve@example.test")])
def test_a_yes_of_whoever_is_not_proven_any_more_asks_for_nothing(
    away: Away, ann: Turn, add: Add, identity: Identity
) -> None:
    add()
    show(away, ann)
    outcome = away.returns.request(replace(ann, identity=identity), confirmed=True)
    assert outcome.response == "utter_returns_nothing_to_confirm"
    assert rows(away.frontdesk.engine, order_returns) == []


@ON_SQLITE
def test_a_yes_to_nothing_asks_for_nothing(away: Away, ann: Turn) -> None:
    assert away.returns.request(ann, confirmed=True).response == "utter_returns_nothing_to_confirm"


@ON_SQLITE
def test_what_is_on_its_way_back_is_not_offered_again(away: Away, ann: Turn, add: Add) -> None:
    add()
    show(away, ann)
    away.returns.request(ann, confirmed=True)
    (shirts,) = found(away, ann).items
    assert (shirts.name, shirts.quantity) == ("Blue T-Shirt", 2)
    order = found(away, ann)
    away.returns.real.draft(ann, order, Wanted((ReturnLine(shirts.id, 2),), ReturnReason.UNWANTED))
    away.returns.request(ann, confirmed=True)
    assert told(refusal(away, ann)).startswith(
        "Everything in order #1001 is already on its way back, last with return 1001-R2: 2 \u00d7 Blue T-Shirt (M)."
    )
    set_state(away, status=ReturnStatus.DECLINED.value)
    assert [item.quantity for item in found(away, ann).items] == [2, 1]


@ON_SQLITE
def test_what_somebody_returned_meanwhile_is_told(away: Away, ann: Turn, add: Add) -> None:
    add()
    show(away, ann)
    order = found(away, ann)
    away.commerce.real.request_return(order.order_id, NewReturn(jeans(order), ReturnReason.OTHER), "somebody else's")
    outcome = away.returns.request(ann, confirmed=True)
    assert (outcome.response, outcome.again) == ("utter_returns_less_left", True)
    assert "Black Jeans" in told(outcome)


@ON_SQLITE
def test_an_order_that_takes_nothing_back_after_all_is_told(away: Away, ann: Turn, add: Add) -> None:
    add()
    show(away, ann)
    away.commerce.trouble, away.commerce.only = ConflictError("no"), "request_return"
    outcome = away.returns.request(ann, confirmed=True)
    assert (outcome.response, outcome.again) == ("utter_returns_cannot_go_back", False)
    assert states(away) == []


@ON_SQLITE
def test_a_refused_value_is_told_without_the_systems_words(away: Away, ann: Turn, add: Add) -> None:
    add()
    show(away, ann)
    away.commerce.trouble, away.commerce.only = InvalidError("reason", "SECRET"), "request_return"
    with capture_logs():
        outcome = away.returns.request(ann, confirmed=True)
    assert (outcome.response, outcome.again) == ("utter_returns_refused", True)
    assert "SECRET" not in told(outcome)


@pytest.mark.parametrize(
    ("trouble", "after", "response"),
    [
        (DOWN, False, "utter_returns_kept"),
        (OutcomeUnknownError("cut"), False, "utter_returns_kept_unsure"),
        (OutcomeUnknownError("cut"), True, "utter_returns_kept_unsure"),
    ],
)
def test_a_return_that_could_not_be_asked_for_is_kept_and_asked_for_once(
    away: Away, ann: Turn, add: Add, trouble: BridgeError, after: bool, response: str
) -> None:
    add()
    show(away, ann)
    away.commerce.trouble, away.commerce.after, away.commerce.only = trouble, after, "request_return"
    assert away.returns.request(ann, confirmed=True).response == response
    assert "already" not in told(away.returns.request(replace(next_turn(away, ann), identity=ANN), confirmed=True))
    away.commerce.trouble = None
    (said,) = away.relay()
    assert told(said).startswith("Good news: your return from order #1001, Black Jeans (32), has now been asked for.")
    assert len(rows(away.frontdesk.engine, order_returns)) == 1
    assert states(away) == [State.DONE]


@ON_SQLITE
def test_a_kept_return_that_is_refused_is_told(away: Away, ann: Turn, add: Add) -> None:
    add()
    show(away, ann)
    away.commerce.trouble = DOWN
    away.returns.request(ann, confirmed=True)
    away.commerce.trouble = ConflictError("no")
    assert [said.response for said in away.relay()] == ["utter_returns_cannot_go_back"]


# How it stands


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({}, "I see no return of order #1001. Would you like"),
        ({"refunded": Money(1990, "USD")}, "For order #1001, $19.90 of $64.90 was paid back."),
        ({"status": OrderStatus.CANCELLED}, "Order #1001 was cancelled. I can't see from here"),
        ({"status": OrderStatus.RETURNED}, "We have what you sent back from order #1001. I can't see from here"),
    ],
)
def test_what_became_of_the_money_is_told(
    away: Away, turn: Turn, add: Add, changes: dict[str, Any], beginning: str
) -> None:
    add(**changes)
    assert told(away.returns.status(turn, "1001", Claim(email=EMAIL))).startswith(beginning)
    (watch,) = rows(away.frontdesk.engine, watches)
    assert watch["identity_level"] == "claimed"


@ON_SQLITE
@pytest.mark.parametrize("status", ReturnStatus)
def test_every_state_of_a_return_has_words(away: Away, ann: Turn, add: Add, status: ReturnStatus) -> None:
    add()
    show(away, ann)
    away.returns.request(ann, confirmed=True)
    set_state(away, status="moonlit" if status is ReturnStatus.OTHER else status.value)
    said = told(away.returns.status(ann, "1001", Claim()))
    assert ("1001-R1" in said) == (status not in {ReturnStatus.CLOSED, ReturnStatus.CANCELLED})


@ON_SQLITE
def test_nothing_paid_back_is_said_only_where_the_shop_tells(away: Away, ann: Turn, add: Add) -> None:
    add(number="1001", status=OrderStatus.CANCELLED)
    add(number="1002", status=OrderStatus.CANCELLED, refunded=Money(0, "USD"))
    silent, nothing = (told(away.returns.status(ann, number, Claim())) for number in ("1001", "1002"))
    assert "Nothing has been paid back yet." not in silent
    assert "Nothing has been paid back yet." in nothing


@ON_SQLITE
def test_a_wrong_number_and_a_wrong_proof_are_told_alike(away: Away, turn: Turn, add: Add) -> None:
    add()
    wrong = [
        away.returns.status(turn, "1001", Claim(email="eve@example.test")),
        away.returns.status(turn, "1009", Claim(email=EMAIL)),
    ]
    assert wrong[0] == wrong[1]
    assert (wrong[0].response, wrong[0].again) == ("utter_orders_not_found", True)


@ON_SQLITE
def test_how_it_stands_cannot_be_told_while_the_system_is_away(away: Away, turn: Turn) -> None:
    away.commerce.trouble = DOWN
    outcome = away.returns.status(turn, "1001", Claim(email=EMAIL))
    assert outcome.response == "utter_dialog_backend_unavailable_contact"


@ON_SQLITE
def test_what_the_shop_cannot_do_is_known_before_anybody_is_asked(away: Away, ann: Turn) -> None:
    returns = away.returns.real
    assert returns.is_offered(ann)
    assert not returns.is_offered(replace(ann, identity=Identity(Level.VERIFIED, "ann")))
    away.commerce.real.capabilities -= {"request_return"}
    assert not returns.is_offered(ann)
    assert returns.elsewhere(True).response == "utter_returns_exchange_item"
    assert returns.elsewhere(False).response == "utter_returns_return_item"
