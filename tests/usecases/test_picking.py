"""Which items of an order a message means, how many of each, and why they go back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.commerce import OrderItem, ReturnReason
from bridge.model.money import Money
from bridge.usecases.picking import Picked, everything, pick, reason_in

PRICE = Money(1990, "USD")
BLUE = OrderItem("BLUE-TEE-M", "Blue T-Shirt", 2, PRICE, {"size": "M"}, "blue")
WHITE = OrderItem("WHITE-TEE-L", "White T-Shirt", 1, PRICE, {"size": "L"}, "white")
JEANS = OrderItem("BLACK-JEANS-32", "Black Jeans", 1, PRICE, {"size": "32"}, "jeans")
SHORTS = OrderItem("SHORTS-30", "Canvas Shorts", 1, PRICE, {"size": "30"}, "shorts")
ORDER = (BLUE, WHITE, JEANS, SHORTS)


def chosen(picked: Picked) -> dict[str, int]:
    return {line.item_id: line.quantity for line in picked.lines}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("the jeans are too small, I want to send them back", {"jeans": 1}),
        ("one of the blue shirts", {"blue": 1}),
        ("2x Blue T-Shirt", {"blue": 2}),
        ("both blue T-shirts please", {"blue": 2}),
        ("1 of the 2 blue shirts", {"blue": 1}),
        ("the white one", {"white": 1}),
        ("the L", {"white": 1}),
        ("the 32", {"jeans": 1}),
        ("WHITE-TEE-L", {"white": 1}),
        ("jeans and the white tshirt", {"jeans": 1, "white": 1}),
        ("jeans, shorts & two blue shirts", {"jeans": 1, "shorts": 1, "blue": 2}),
        ("jeans shorts", {"jeans": 1, "shorts": 1}),
        ("all three shirts", {"blue": 2, "white": 1}),
        ("the jeans are too short", {"jeans": 1}),
        ("all", {"blue": 2, "white": 1, "jeans": 1, "shorts": 1}),
        ("the whole order", {"blue": 2, "white": 1, "jeans": 1, "shorts": 1}),
        ("everything except the blue shirts and the shorts", {"white": 1, "jeans": 1}),
        ("all but the jeans", {"blue": 2, "white": 1, "shorts": 1}),
        ("keep the shorts, return the jeans", {"jeans": 1}),
        ("keep the blue shirts and the white one and return the jeans", {"jeans": 1}),
        ("not the jeans, the shorts", {"shorts": 1}),
        ("I don\u2019t want to keep the jeans", {"jeans": 1}),
        ("the jeans from order 1001", {"jeans": 1}),
        ("i want the shorts in 31 instead", {"shorts": 1}),
    ],
)
def test_what_is_named_is_chosen(text: str, lines: dict[str, int]) -> None:
    picked = pick(text, ORDER)
    assert (chosen(picked), picked.unsure, picked.too_many) == (lines, (), ())


@pytest.mark.parametrize(
    ("text", "lines", "unsure"),
    [
        ("the shirt", {}, (BLUE, WHITE)),
        ("both shirts", {}, (BLUE, WHITE)),
        ("the blue shirt", {}, (BLUE,)),
        ("the jeans and a shirt", {"jeans": 1}, (BLUE, WHITE)),
        ("both", {}, ()),
        ("hello", {}, ()),
        ("", {}, ()),
        ("the kettle", {}, ()),
        ("two", {}, ()),
    ],
)
def test_what_leaves_something_open_is_not_guessed(
    text: str, lines: dict[str, int], unsure: tuple[OrderItem, ...]
) -> None:
    picked = pick(text, ORDER)
    assert (chosen(picked), picked.unsure, picked.too_many) == (lines, unsure, ())


@pytest.mark.parametrize(
    ("text", "item"), [("3 blue shirts", BLUE), ("two pairs of jeans", JEANS), ("2 shorts", SHORTS)]
)
def test_more_than_there_are_is_noticed(text: str, item: OrderItem) -> None:
    assert pick(text, ORDER) == Picked(too_many=(item,))


@pytest.mark.parametrize(
    ("text", "quantity"), [("one", 1), ("2", 2), ("both", 2), ("both of them", 2), ("all", 2), ("just one of them", 1)]
)
def test_a_number_alone_counts_the_only_item(text: str, quantity: int) -> None:
    assert chosen(pick(text, [BLUE])) == {"blue": quantity}


def test_two_things_are_both() -> None:
    assert chosen(pick("both", [JEANS, SHORTS])) == {"jeans": 1, "shorts": 1}


names = st.sampled_from(
    ["Blue T-Shirt", "White T-Shirt", "Black Jeans", "Set of 2 Mugs", "All", "\u0130stanbul \u00d7 2", ""]
)
items = st.lists(
    st.builds(
        OrderItem,
        sku=st.sampled_from(["", "A-1", "TEE-2XL"]),
        name=names | st.text(max_size=12),
        quantity=st.integers(1, 4),
        unit_price=st.just(PRICE),
        options=st.dictionaries(st.sampled_from(["size", "colour"]), st.text(max_size=4), max_size=2),
        id=st.uuids().map(str),
    ),
    max_size=5,
)
WORDS = "all both the 2 two 3 one of and , except keep not blue white shirt shirts jeans mugs it 99 #1001"
spoken = st.lists(st.sampled_from(WORDS.split()) | st.text(max_size=6), max_size=9).map(" ".join)


@given(spoken, items)
def test_no_message_names_what_the_order_does_not_have(text: str, order: list[OrderItem]) -> None:
    picked = pick(text, order)
    there = {item.id: item.quantity for item in order}
    assert all(1 <= line.quantity <= there[line.item_id] for line in picked.lines)
    assert len({line.item_id for line in picked.lines}) == len(picked.lines)
    assert {item.id for item in (*picked.unsure, *picked.too_many)} <= there.keys()


@given(items)
def test_everything_is_all_of_each(order: list[OrderItem]) -> None:
    assert {line.item_id: line.quantity for line in everything(order)} == {item.id: item.quantity for item in order}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the jeans are too small", ReturnReason.TOO_SMALL),
        ("can i swap this for a bigger size", ReturnReason.TOO_SMALL),
        ("not broken, just too big", ReturnReason.TOO_LARGE),
        ("It isn\u2019t damaged. I changed my mind", ReturnReason.UNWANTED),
        ("i don't like it", ReturnReason.UNWANTED),
        ("they don't fit, too big", ReturnReason.TOO_LARGE),
        ("the zip is broken", ReturnReason.DEFECTIVE),
        ("arrived with a hole", ReturnReason.DEFECTIVE),
        ("that's not what i ordered", ReturnReason.WRONG_ITEM),
        ("you sent me the wrong colour", ReturnReason.WRONG_ITEM),
        ("doesn't look like on the photo", ReturnReason.NOT_AS_DESCRIBED),
        ("wrong size", None),
        ("doesn't fit", None),
        ("i want to return something", None),
        ("", None),
    ],
)
def test_why_it_goes_back_is_heard(text: str, reason: ReturnReason | None) -> None:
    assert reason_in(text) is reason


@given(st.text())
def test_any_text_has_a_reason_or_none(text: str) -> None:
    assert reason_in(text) is None or reason_in(text) in set(ReturnReason)
