"""A cart holds what was wished and nothing else, and its link is made once, told once, and written down nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.errors import (
    BridgeError,
    BusyError,
    CredentialsError,
    InvalidError,
    OutcomeUnknownError,
    ProtocolError,
    Stale,
    UnavailableError,
    UnsupportedError,
)
from bridge.model.commerce import Product, Variant
from bridge.model.identity import Identity, Level
from bridge.model.money import Money
from bridge.model.outcome import BackendState, Outcome
from bridge.storage.business import checkouts
from bridge.storage.chat import drafts
from bridge.usecases.basket import Basket, Line
from bridge.usecases.cart import MOST_LINES, Cart, Filled
from tests.adapters.embedded.worlds import CHECKOUT_URL, CommerceWorld, rows
from tests.support.frontdesk import Clock, make_settings, told
from tests.usecases.away import DOWN, PHONE, Away, states
from tests.usecases.conftest import ON_SQLITE

pytestmark = ON_SQLITE
TEE, JEANS, JUMPER, MUG = "Blue T-Shirt", "Black Jeans", "Crew Neck Jumper", "Enamel Mug"


def made_of(name: str, *variants: tuple[dict[str, str], int | None]) -> Product:
    """Return a product at 19.90 with these options and stocks."""
    code = "".join(filter(str.isalnum, name)).upper()
    each = [
        Variant("-".join([code, *options.values()]), options, Money(1990, "USD"), stock) for options, stock in variants
    ]
    return Product("", name, tuple(each))


@pytest.fixture(autouse=True)
def goods(shop: CommerceWorld) -> None:
    """Fill the shop."""
    shop.add_product(made_of(TEE, *[({"size": size}, 9) for size in "ML"], ({"size": "S"}, 0)))
    shop.add_product(made_of("White T-Shirt", ({"size": "M"}, None), ({"size": "L"}, None)))
    shop.add_product(made_of(JEANS, ({"size": "32"}, None), ({"size": "34"}, 3)))
    colours, sizes = ("Navy", "Oat"), ("M", "L")
    shop.add_product(made_of(JUMPER, *[({"colour": c, "size": s}, None) for c in colours for s in sizes]))
    shop.add_product(made_of(MUG, ({}, None)))
    shop.add_product(made_of("Steel Bottle", ({}, 0)))


def lines(filled: Filled) -> list[tuple[int, str]]:
    return [(line.quantity, line.name) for line in filled.basket.lines]


def said(filled: Filled) -> list[str]:
    return [outcome.response for outcome in filled.said]


def add(frontdesk: Frontdesk, *wishes: str, to: Basket | None = None) -> Filled:
    return frontdesk.cart.add(to or Basket(), wishes)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("two blue t-shirts in L please", (2, f"{TEE} L")),
        ("I'd like to buy the crew neck jumper, navy, medium", (1, f"{JUMPER} Navy M")),
        ("an enamel mug", (1, MUG)),
        ("3x enamel mug", (3, MUG)),
        ("a dozen enamel mugs", (12, MUG)),
        ("black jeans 32", (1, f"{JEANS} 32")),
        ("32 black jeans", (1, f"{JEANS} 32")),
        ("two pairs of black jeans in 34", (2, f"{JEANS} 34")),
        ("purple mugs", (1, MUG)),
        ("do you have blue t-shirts in m\ni'll take two of those in L", (2, f"{TEE} L")),
    ],
)
def test_a_plain_wish_is_put_in(frontdesk: Frontdesk, wish: str, expected: tuple[int, str]) -> None:
    filled = add(frontdesk, wish)
    assert (lines(filled), said(filled), filled.basket.wishes) == ([expected], [], ())


def test_what_is_open_is_asked_one_by_one(frontdesk: Frontdesk) -> None:
    first = add(frontdesk, "two jumpers", "an enamel mug")
    assert (lines(first), first.basket.question and first.basket.question.labels) == ([], ("Navy", "Oat"))
    second = frontdesk.cart.answer(first.basket, "oat")
    assert second.basket.question is not None
    assert (second.basket.question.option, second.basket.question.labels) == ("size", ("M", "L"))
    third = frontdesk.cart.answer(second.basket, "L")
    assert (lines(third), third.basket.question) == ([(2, f"{JUMPER} Oat L"), (1, MUG)], None)


def test_several_products_are_asked_by_name(frontdesk: Frontdesk) -> None:
    asked = add(frontdesk, "2 t-shirts in M")
    assert asked.basket.question is not None
    assert (asked.basket.question.product, set(asked.basket.question.labels)) == ("", {TEE, "White T-Shirt"})
    assert lines(frontdesk.cart.answer(asked.basket, TEE)) == [(2, f"{TEE} M")]


def test_an_answer_that_is_none_is_asked_again(frontdesk: Frontdesk) -> None:
    asked = add(frontdesk, "a jumper")
    again = frontdesk.cart.answer(asked.basket, "the usual")
    assert (again.basket, said(again)) == (asked.basket, ["utter_cart_wanted_unclear"])


def test_what_is_sold_out_is_said_and_not_put_in(frontdesk: Frontdesk) -> None:
    gone = add(frontdesk, "a steel bottle")
    assert (lines(gone), told(gone.said[0])) == ([], "I'm sorry, Steel Bottle is sold out, so I haven't put it in.")
    other = add(frontdesk, "blue t-shirt in small")
    assert other.basket.question is not None
    assert (lines(other), other.basket.question.labels, other.basket.question.gone) == ([], ("M", "L"), ("S",))
    assert lines(frontdesk.cart.answer(other.basket, "then M")) == [(1, f"{TEE} M")]


@pytest.mark.parametrize("wish", ["purple elephants", "\U0001f455", "", "5"])
def test_what_nobody_sells_is_said(frontdesk: Frontdesk, wish: str) -> None:
    filled = add(frontdesk, wish, "an enamel mug")
    assert (lines(filled), said(filled)) == ([(1, MUG)], ["utter_cart_not_found"])


def test_there_is_a_limit_and_the_stock(frontdesk: Frontdesk) -> None:
    few = add(frontdesk, "5 black jeans in 34")
    assert (lines(few), said(few)) == ([(3, f"{JEANS} 34")], ["utter_cart_few"])
    most = add(frontdesk, "500 enamel mugs")
    assert (lines(most), said(most)) == ([(20, MUG)], ["utter_cart_most"])
    again = add(frontdesk, "another enamel mug", to=most.basket)
    assert (lines(again), said(again)) == ([(20, MUG)], ["utter_cart_most"])


def test_the_same_once_more_is_one_line(frontdesk: Frontdesk) -> None:
    assert lines(add(frontdesk, "a mug", "two blue t-shirts in L", "3 mugs")) == [(2, f"{TEE} L"), (4, MUG)]


def test_a_cart_holds_only_so_many_different_things(frontdesk: Frontdesk) -> None:
    full = Basket(tuple(Line(f"v{at}", f"Thing {at}", {}, 1, Money(1, "USD")) for at in range(MOST_LINES)))
    filled = add(frontdesk, "a mug", to=full)
    assert (filled.basket, said(filled)) == (full, ["utter_cart_full"])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("make it three", (3, f"{JUMPER} Navy L")),
        ("no, in oat", (2, f"{JUMPER} Oat L")),
        ("1 in M", (1, f"{JUMPER} Navy M")),
        ("just one", (1, f"{JUMPER} Navy L")),
    ],
)
def test_the_last_line_can_be_changed(frontdesk: Frontdesk, change: str, expected: tuple[int, str]) -> None:
    basket = add(frontdesk, "a mug", "two navy jumpers in L").basket
    changed = frontdesk.cart.change(basket, change)
    assert (lines(changed), said(changed)) == ([(1, MUG), expected], [])


def test_a_change_to_what_is_not_there_changes_nothing(frontdesk: Frontdesk) -> None:
    basket = add(frontdesk, "two blue t-shirts in L").basket
    for change, response in (("in S", "utter_cart_sold_out"), ("in purple", "utter_cart_change_unclear")):
        changed = frontdesk.cart.change(basket, change)
        assert (changed.basket, said(changed)) == (basket, [response])


def test_a_line_can_be_taken_out(frontdesk: Frontdesk) -> None:
    basket = add(frontdesk, "a mug", "two blue t-shirts in L", "black jeans 32").basket
    assert lines(frontdesk.cart.remove(basket, "remove the t-shirts")) == [(1, MUG), (1, f"{JEANS} 32")]
    assert lines(frontdesk.cart.remove(basket, "drop it")) == [(1, MUG), (2, f"{TEE} L")]
    assert said(frontdesk.cart.remove(basket, "without the tent")) == ["utter_cart_not_in_it"]


words = st.sampled_from(["a", "2", "20000", "-1", "blue", "t-shirt", "S", "L", "34", "jeans", "and", "one", "it", "\n"])


@given(st.lists(st.lists(words, max_size=6).map(" ".join), min_size=1, max_size=4))
def test_whatever_is_wished_a_line_is_whole_in_stock_and_within_the_limit(wishes: list[str]) -> None:
    shelf = (made_of(TEE, ({"size": "S"}, 0), ({"size": "L"}, 9)), made_of(JEANS, ({"size": "34"}, None)))
    shelf = tuple(replace(each, variants=tuple(replace(one, id=one.sku) for one in each.variants)) for each in shelf)
    cart, basket = _cart_on(shelf), Basket()
    stock = {variant.id: variant.stock for product in shelf for variant in product.variants}
    for wish in wishes:
        filled = cart.answer(basket, wish) if basket.question else cart.add(basket, (wish,))
        basket = Basket.from_json(filled.basket.to_json())
        assert basket == filled.basket
        for line in basket.lines:
            assert 1 <= line.quantity <= min(20, 20 if stock[line.variant] is None else stock[line.variant] or 0)
        assert basket.question is None or len(basket.question.labels) > 0


def _cart_on(shelf: tuple[Product, ...]) -> Cart:
    """Return a cart of a shop that finds what has any of the words."""

    class Shop:
        capabilities = frozenset({"search_products", "create_checkout"})

        def search_products(self, text: str, limit: int) -> list[Product]:
            return [each for each in shelf if any(word in each.name.casefold() for word in text.split())]

    settings = make_settings("sqlite://").deployment
    missing: Any = None
    return Cart(Shop(), missing, missing, missing, settings.shop)  # type: ignore[arg-type]  # only what is asked here


class TestCheckOut:
    @pytest.fixture
    def basket(self, frontdesk: Frontdesk) -> Basket:
        return add(frontdesk, "two blue t-shirts in L", "a mug").basket

    @staticmethod
    def ask(cart: Any, turn: Turn, basket: Basket) -> Outcome:
        cart.show(turn, basket)
        outcome: Outcome = cart.check_out(turn, basket, confirmed=True)
        return outcome

    def test_the_cart_is_shown_and_then_paid_at_the_shop(
        self, frontdesk: Frontdesk, turn: Turn, basket: Basket
    ) -> None:
        shown = told(frontdesk.cart.show(turn, basket))
        assert shown.startswith(f"In your cart:\n2 \u00d7 {TEE} L, $19.90 each\n1 \u00d7 {MUG}, $19.90 each\nTogether")
        assert "$59.70" in shown
        assert rows(frontdesk.engine, checkouts) == []
        outcome = frontdesk.cart.check_out(turn, basket, confirmed=True)
        (made,) = rows(frontdesk.engine, checkouts)
        assert made["email"] == ""
        assert told(outcome) == (
            "Your cart is waiting at the shop. It comes to $59.70, before delivery. You pay there; I never see your"
            f" card. The link is for you only: {CHECKOUT_URL}{made['token']}"
        )
        assert outcome.card is not None
        assert (outcome.card["url"], outcome.card["subtitle"]) == (f"{CHECKOUT_URL}{made['token']}", "$59.70")

    def test_a_second_yes_tells_of_the_same_checkout(self, frontdesk: Frontdesk, turn: Turn, basket: Basket) -> None:
        first = self.ask(frontdesk.cart, turn, basket)
        assert frontdesk.cart.check_out(turn, basket, confirmed=True) == first
        assert len(rows(frontdesk.engine, checkouts)) == 1

    def test_the_next_cart_is_another_checkout(self, frontdesk: Frontdesk, turn: Turn, basket: Basket) -> None:
        assert self.ask(frontdesk.cart, turn, basket) != self.ask(frontdesk.cart, turn, basket)
        assert len(rows(frontdesk.engine, checkouts)) == 2

    def test_the_address_of_the_cart_is_kept_in_no_draft(
        self, frontdesk: Frontdesk, turn: Turn, basket: Basket, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.ask(frontdesk.cart, turn, basket)
        (made,) = rows(frontdesk.engine, checkouts)
        kept = repr(rows(frontdesk.engine, drafts)) + "".join(capsys.readouterr())
        assert made["token"] not in kept
        assert rows(frontdesk.engine, drafts)[0]["result"] == {"checkout": str(made["id"])}

    def test_only_a_proven_address_goes_to_the_shop(self, frontdesk: Frontdesk, turn: Turn, basket: Basket) -> None:
        known = replace(turn, identity=Identity(Level.VERIFIED, "u1", "ann@example.test"))
        self.ask(frontdesk.cart, known, basket)
        self.ask(frontdesk.cart, replace(turn, identity=Identity(Level.CLAIMED, None, "ann@example.test")), basket)
        assert [row["email"] for row in rows(frontdesk.engine, checkouts)] == ["ann@example.test", ""]

    def test_no_makes_nothing(self, frontdesk: Frontdesk, turn: Turn, basket: Basket) -> None:
        frontdesk.cart.show(turn, basket)
        outcome = frontdesk.cart.check_out(turn, basket, confirmed=False)
        assert (told(outcome), rows(frontdesk.engine, checkouts)) == (
            "All right, I've emptied the cart. Nothing was ordered.",
            [],
        )

    def test_what_is_gone_since_is_said(self, away: Away, turn: Turn, basket: Basket) -> None:
        away.commerce.trouble, away.commerce.only = InvalidError("lines", "sold out"), "create_checkout"
        outcome = self.ask(away.cart, turn, basket)
        assert (outcome.response, outcome.again, outcome.state) == ("utter_cart_refused", True, BackendState.DONE)
        assert set(outcome.forget) == {"cart_wanted", "cart_content", "cart_confirmed"}

    @pytest.mark.parametrize(
        ("trouble", "response"),
        [
            (DOWN, "utter_dialog_backend_unavailable_contact"),
            (BusyError("busy", 9), "utter_dialog_backend_unavailable_contact"),
            (CredentialsError("401"), "utter_dialog_backend_unavailable_contact"),
            (OutcomeUnknownError("cut"), "utter_dialog_outcome_unknown_contact"),
            (ProtocolError("html"), "utter_dialog_outcome_unknown_contact"),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, BridgeError) else "",
    )
    def test_a_shop_that_is_away_is_said_and_nothing_is_kept_for_later(
        self, away: Away, turn: Turn, basket: Basket, trouble: BridgeError, response: str
    ) -> None:
        away.commerce.trouble, away.commerce.only = trouble, "create_checkout"
        outcome = self.ask(away.cart, turn, basket)
        assert (outcome.response, outcome.state, outcome.forget) == (
            response,
            BackendState.FAILED,
            ("cart_confirmed",),
        )
        assert PHONE in told(outcome)
        assert states(away) == []

    def test_trying_again_after_an_unknown_outcome_finds_the_same_checkout(
        self, away: Away, turn: Turn, basket: Basket
    ) -> None:
        away.commerce.trouble, away.commerce.only, away.commerce.after = (
            OutcomeUnknownError("cut"),
            "create_checkout",
            True,
        )
        assert self.ask(away.cart, turn, basket).state is BackendState.FAILED
        away.commerce.trouble = None
        outcome = self.ask(away.cart, turn, basket)
        (made,) = rows(away.frontdesk.engine, checkouts)
        assert outcome.values["link"] == f"{CHECKOUT_URL}{made['token']}"


class TestWhereNothingIsCheckedOut:
    @staticmethod
    def closed(frontdesk: Frontdesk, clock: Clock, **shop: str) -> Cart:
        settings = make_settings(frontdesk.settings.database_url, shop=shop)
        return Away(replace(frontdesk, settings=settings), clock).cart

    def test_people_hear_where_to_buy(self, frontdesk: Frontdesk, turn: Turn, clock: Clock) -> None:
        cart = self.closed(frontdesk, clock, url="https://shop.example.test")
        assert not cart.is_open
        assert "https://shop.example.test " in told(cart.check_out(turn, Basket(), confirmed=False))

    def test_or_that_it_is_done_in_the_shop(self, frontdesk: Frontdesk, turn: Turn, clock: Clock) -> None:
        outcome = self.closed(frontdesk, clock).check_out(turn, Basket(), confirmed=False)
        assert outcome.response == "utter_orders_place_order"

    def test_a_shop_that_says_so_only_when_asked_is_taken_at_its_word(self, away: Away, turn: Turn) -> None:
        basket = away.cart.add(Basket(), ("a mug",)).basket
        away.commerce.trouble, away.commerce.only = UnsupportedError("no"), "create_checkout"
        assert TestCheckOut.ask(away.cart, turn, basket).response == "utter_orders_place_order"


class TestWhileTheShopIsAway:
    def test_a_wish_is_answered_and_the_cart_stays(self, away: Away) -> None:
        before = away.cart.add(Basket(), ("a mug",)).basket
        away.commerce.trouble = DOWN
        filled = away.cart.add(before, ("black jeans 32",))
        assert (filled.basket, said(filled)) == (before, ["utter_dialog_backend_unavailable"])
        changed = away.cart.change(before, "make it two")
        assert (changed.basket, said(changed)) == (before, ["utter_dialog_backend_unavailable"])

    def test_what_the_shop_said_last_is_good_enough(self, away: Away, clock: Clock) -> None:
        trouble = UnavailableError("down")
        trouble.stale = Stale([replace(made_of(MUG, ({}, 5)))], clock.now)
        away.commerce.trouble = trouble
        assert lines(away.cart.add(Basket(), ("two mugs",))) == [(2, MUG)]
