"""Hold the readers of components/entities to values, roles and things, in the words that people use."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nlu.test_patterns import all_in


def values(entity: str, text: str) -> list[str]:
    """Return the normal forms of an entity, in the order of the text."""
    return [one.value for one in all_in(text) if one.entity == entity]


def roles(entity: str, text: str) -> dict[str, str | None]:
    """Return the role of each value of an entity."""
    return {one.value: one.role for one in all_in(text) if one.entity == entity}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ord no 1001", ["1001"]),
        ("#W2378156 where is it", ["W2378156"]),
        ("order number is A-20931", ["A-20931"]),
        ("order w2378156", ["W2378156"]),
        ("order 114-3941689", ["114-3941689"]),
        ("my po number: 77812", ["77812"]),
        ("#a-1001", ["A-1001"]),
        ("order ending 001", ["001"]),
        ("the order ending in 4471 please", ["4471"]),
        ("cancel 1001 and where is 1002", ["1001", "1002"]),
        ("order 300 please", ["300"]),
        ("order=1001", ["1001"]),
        ("order 30 118", ["30118"]),
        ("order no. 1 001 where is it", ["1001"]),
        ("my order is 1 234 567", ["1234567"]),
        ("30 118", ["30118"]),
        ("i have 30 118 of them", []),
        ("order 2 100 ml bottles", []),
        ("look at 1030", ["1030"]),
        ("it was ordered at 1030", []),
        ("from 1001 to 12 Hill Road", ["1001"]),
        ("1001, Hill Road", ["1001"]),
        ("1204 Hill Road", []),
        ("Hill Road 1204", []),
        ("my flat is 1204", []),
        ("Springfield, IL 62704", []),
        ("OK 10455", ["10455"]),
        ("my zip changed to 60614", []),
        ("zip 94107 order 10455", ["10455"]),
        ("i paid 1200", []),
        ("i have 1500 questions", []),
        ("1500 arrives when", ["1500"]),
        ("over 9000", []),
        ("an iphone 1500", []),
        ("windows 2000", []),
        ("born 1985", []),
        ("T 10001", []),
        ("my order is T 10001", []),
        ("I want 2 track my order", []),
        ("5 days ago", []),
        ("24/7", []),
        ("2 shirts", []),
        ("iphone 15", []),
        ("at 10:30", []),
        ("500 euros", []),
        ("my size is 42", []),
        ("my phone is 415 555 2671", []),
        ("order 2 shirts", []),
        ("order 2 000 shirts", []),
        ("it was 1999 or 2000 usd", ["1999"]),
        ("i am a customer since 2019", []),
        ("ordered on march 3 2024", []),
        ("i need it by 12:30", []),
        ("a 4000 watt heater", []),
        ("ticket 10055 and 10056", []),
        ("call me at 4155550134", []),
        ("sku 77812", []),
        ("my card ending 4242", []),
        ("the last 4 digits are 4242", []),
    ],
)
def test_order_numbers_in_their_normal_form(text: str, expected: list[str]) -> None:
    assert values("order_number", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t10001", ["T-10001"]),
        ("case #10055 again", ["10055"]),
        ("tickets 10055 and 10056", ["10055", "10056"]),
        ("ticket for order 10055", []),
        ("T 10001", ["T-10001"]),
        ("t-10 001 please", ["T-10001"]),
        ("ticket 10 001", ["10001"]),
        ("ticket 10-001.", ["10001"]),
        ("t-10-001", ["T-10001"]),
        ("tickets 10 001 and 10 002", ["10001", "10002"]),
        ("2 tickets 10 001", ["10001"]),
        ("ticket 2 days ago", []),
        ("status of ticket 17", ["17"]),
        ("is ticket no. 3 done", []),
        ("how is ticket #9, please?", ["9"]),
        ("ticket 17 please", ["17"]),
        ("open a ticket 4 me", []),
        ("my ticket is 3 weeks old", []),
        ("ticket 24/7", []),
        ("ticket 10.50", []),
        ("i have 2 tickets", []),
        ("a ticket 10 100 days ago", []),
        ("ticket 10-150 pens", []),
        ("my ticket 10 001 2", []),
        ("ticket 10 001.50", []),
        ("ticket T 10001", ["T-10001"]),
        ("i don't 10001", []),
        ("i dont 10001", []),
        ("isn t 10001 mine", []),
    ],
)
def test_ticket_numbers_in_their_normal_form(text: str, expected: list[str]) -> None:
    assert values("ticket_number", text) == expected


GROUPED = st.integers(1_000, 999_999).map(lambda number: (str(number), f"{number:,}".replace(",", " ")))
"""A number, and how people type it who part its thousands."""
COUNTED = ["days", "hours", "weeks", "euros", "usd", "items", "people", "shirts", "pens", "%", "€", "$"]


@given(
    GROUPED, st.sampled_from(["ticket {}", "my ticket number is {}.", "ticket #{}", "case {}, please", "2 tickets {}"])
)
def test_a_ticket_number_in_groups_is_one_number(number: tuple[str, str], said: str) -> None:
    whole, parted = number
    assert values("ticket_number", said.format(parted)) == [whole]
    assert values("ticket_number", f"t-{parted}") == [f"T-{whole}"]


@given(GROUPED, st.sampled_from(["order {}", "{}", "where is my order no. {}?", "order #{} is late"]))
def test_an_order_number_in_groups_is_one_number(number: tuple[str, str], said: str) -> None:
    whole, parted = number
    assert values("order_number", said.format(parted)) == [whole]


@given(st.integers(10, 9_999).map(lambda hundreds: f"{hundreds * 100:,}".replace(",", " ")), st.sampled_from(COUNTED))
def test_what_is_counted_is_no_number_of_a_record(count: str, thing: str) -> None:
    for said in ("i opened a ticket {} {} ago", "ticket, {} {}", "order {} {}", "my case: {} {} are missing"):
        text = said.format(count, thing)
        assert values("ticket_number", text) + values("order_number", text) == [], text


@given(st.integers(1, 999), st.integers(0, 99), st.sampled_from(["ticket {} {}", "ticket {}.{}", "order {} {}"]))
def test_two_small_numbers_are_not_put_together(first: int, second: int, said: str) -> None:
    text = said.format(first, f"{second:02d}")
    assert f"{first}{second:02d}" not in values("ticket_number", text) + values("order_number", text)


@pytest.mark.parametrize(
    ("entity", "text", "expected"),
    [
        ("email", "Ana.Lee@Mail.Example.test", ["ana.lee@mail.example.test"]),
        ("postcode", "sw1a 1aa", ["SW1A 1AA"]),
        ("phone", "my number is +1 415 555 2671", ["+14155552671"]),
        ("phone", "call me at 4155552671", ["+14155552671"]),
        ("phone", "(415) 555-2671", ["+14155552671"]),
        ("phone", "415-555-2671 is my cell", ["+14155552671"]),
        ("phone", "+44 20 7946 0018", ["+442079460018"]),
        ("phone", "phone: 5550134", ["5550134"]),
        ("phone", "tel. 415.555.2671", ["+14155552671"]),
        ("phone", "0049 30 901820", ["+4930901820"]),
        ("phone", "order 1 234 567", []),
        ("postcode", "plz 10115", ["10115"]),
        ("postcode", "D-80331", ["80331"]),
        ("postcode", "94107-1234", ["94107-1234"]),
        ("postcode", "IL 62704", ["62704"]),
        ("phone", "4111 1111 1111 1111", []),
        ("phone", "9400 1118 9922 3344 5566 77", []),
        ("phone", "order 1001 94107", []),
        ("phone", "20-01-2024", []),
        ("money", "$1,200.50 was taken", ["1200.50 USD"]),
        ("money", "i paid 34,99", ["34.99"]),
        ("money", "1.234,50 €", ["1234.50 EUR"]),
        ("money", "it cost 1200 euros", ["1200.00 EUR"]),
        ("money", "50 quid", ["50.00 GBP"]),
        ("money", "charged 80 usd instead of 60 usd", ["80.00 USD", "60.00 USD"]),
        ("money", "when do i see the 59.90 on my card", []),
        ("money", "under $50", ["50.00 USD"]),
        ("money", "version 12.04", []),
        ("money", "at 12.30", []),
        ("date", "last friday", ["2024-03-08"]),
        ("date", "since monday", ["2024-03-11"]),
        ("date", "by friday", ["2024-03-15"]),
        ("date", "next wednesday", ["2024-03-20"]),
        ("date", "5 days ago", ["2024-03-08"]),
        ("date", "two weeks ago", ["2024-02-28"]),
        ("date", "a couple of days ago", ["2024-03-11"]),
        ("date", "in 3 days", ["2024-03-16"]),
        ("date", "yesterday", ["2024-03-12"]),
        ("date", "last week", ["2024-03-06"]),
        ("date", "jan 20", ["2024-01-20"]),
        ("date", "20th of December", ["2023-12-20"]),
        ("date", "January 20, 2023", ["2023-01-20"]),
        ("date", "2024-02-29", ["2024-02-29"]),
        ("date", "2023-02-29", []),
        ("date", "3/4/2024", ["2024-03-04"]),
        ("date", "25/12/2023", ["2023-12-25"]),
        ("date", "20.01.2024", ["2024-01-20"]),
        ("date", "9/30", ["2023-09-30"]),
        ("date", "ordered on the 3rd", ["2024-03-03"]),
        ("date", "by the 30th please", ["2024-03-30"]),
        ("date", "since the 31st", ["2024-03-31"]),
        ("date", "on the 3rd floor", []),
        ("date", "the 3rd time", []),
        ("date", "i ordered on monday", ["2024-03-11"]),
        ("date", "it should be delivered on monday", ["2024-03-18"]),
        ("date", "the day before yesterday", ["2024-03-11"]),
        ("date", "the day after tomorrow", ["2024-03-15"]),
        ("date", "last night", ["2024-03-12"]),
        ("date", "may i ask", []),
        ("date", "24/7 support", []),
        ("date", "it sat there", []),
        ("product", "blue t-shirt in L", ["t-shirt"]),
        ("product", "3 Coffee Makers", ["coffee maker"]),
        ("product", "a tee", ["t-shirt"]),
        ("colour", "the gray hoodie", ["grey"]),
        ("colour", "navy blue dress", ["navy blue"]),
        ("size", "blue t-shirt in L", ["L"]),
        ("size", "size 42.5 boots", ["42.5"]),
        ("size", "the medium one", ["M"]),
        ("size", "need it in xxl", ["XXL"]),
        ("size", "I am in s hurry", []),
        ("size", "my size is 42", ["42"]),
        ("size", "black jeans 32", ["32"]),
        ("size", "boots in 41 please", ["41"]),
        ("size", "boots in 41 days", []),
        ("size", "2 boots 41 euros", []),
        ("quantity", "2 blue t-shirts in L", ["2"]),
        ("quantity", "I want 2 track my order", []),
        ("language", "donde esta mi pedido", ["es"]),
        ("language", "où est ma commande ?", ["fr"]),
        ("language", "wo ist meine bestellung", ["de"]),
        ("language", "где мой заказ", ["ru"]),
        ("language", "我的订单在哪里", ["zh"]),
        ("language", "注文はどこですか", ["ja"]),
        ("language", "where is my order", []),
        ("language", "order from Jürgen Müller", []),
        ("language", "Café Noir mug, 2 pieces", []),
        ("language", "no se", []),
    ],
)
def test_a_thing_is_read_in_its_normal_form(entity: str, text: str, expected: list[str]) -> None:
    assert values(entity, text) == expected


@pytest.mark.parametrize(
    ("entity", "text", "expected"),
    [
        ("order_number", "not 1001, 1002", {"1001": "wrong", "1002": None}),
        ("order_number", "sorry, it's 1002 not 1001", {"1002": None, "1001": "wrong"}),
        ("order_number", "1001, no wait, 1002", {"1001": "wrong", "1002": None}),
        ("order_number", "i mean 1002", {"1002": None}),
        ("order_number", "1001 is wrong, it is 1002", {"1001": "wrong", "1002": None}),
        ("order_number", "1001 is not mine, 1002 is", {"1001": "wrong", "1002": None}),
        ("order_number", "it's 1002 instead of 1001", {"1002": None, "1001": "wrong"}),
        ("order_number", "change 1001 to 1002", {"1001": "old", "1002": None}),
        ("order_number", "1001 and 1002", {"1001": None, "1002": None}),
        ("order_number", "1001 has not come", {"1001": None}),
        ("order_number", "why is it not 1001", {"1001": "wrong"}),
        ("order_number", "order ending 001", {"001": "ending"}),
        ("size", "swap size 8 for size 9", {"8": "old", "9": None}),
        ("size", "from M to L", {"M": "old", "L": None}),
        ("email", "not ana@example.test but bo@example.test", {"ana@example.test": "wrong", "bo@example.test": None}),
        ("email", "change a@example.test to b@example.test", {"a@example.test": "old", "b@example.test": None}),
        ("date", "from jan 3 to jan 5", {"2024-01-03": "old", "2024-01-05": None}),
    ],
)
def test_of_two_of_a_kind_the_one_that_is_meant_carries_no_role(
    entity: str, text: str, expected: dict[str, str | None]
) -> None:
    assert roles(entity, text) == expected


@given(
    st.sampled_from(["order {}", "ord no {}", "#{}", "where is {}?", "it's {}, thanks", "{} hasn't come"]),
    st.integers(min_value=3001, max_value=9_999_999),
    st.sampled_from(["", "hi, ", "ordered on the 3rd. ", "i want 2 track my stuff: ", "2 shirts for 59.90 EUR, "]),
)
def test_the_span_of_a_number_holds_its_digits(frame: str, number: int, before: str) -> None:
    text = before + frame.format(number)
    spans = {
        (one.value, re.sub(r"\D", "", text[one.start : one.end]))
        for one in all_in(text)
        if one.entity == "order_number"
    }
    assert spans == {(str(number), str(number))}


@given(st.integers(min_value=1, max_value=9_999), st.integers(min_value=0, max_value=999), st.sampled_from("ot"))
def test_a_number_in_groups_is_one_number_with_one_span(head: int, tail: int, kind: str) -> None:
    said = f"{head} {tail:03}" if head < 1_000 else f"{head // 1_000} {head % 1_000:03} {tail:03}"
    label, entity = {"o": ("order", "order_number"), "t": ("ticket", "ticket_number")}[kind]
    text = f"{label} number {said}, please"
    found = [(one.value, text[one.start : one.end]) for one in all_in(text) if one.entity == entity]
    assert found == [(said.replace(" ", ""), said)]


@given(st.integers(min_value=1, max_value=999), st.sampled_from(["days ago", "shirts", "euros", "2 track it", "% off"]))
def test_a_small_number_beside_something_else_is_no_order(number: int, following: str) -> None:
    assert values("order_number", f"i wanted {number} {following}") == []


def test_with_two_products_an_option_says_whose_it_is() -> None:
    found = [(one.entity, one.value, one.group) for one in all_in("2 blue t-shirts in L and a red cap")]
    assert found == [
        ("quantity", "2", "1"),
        ("colour", "blue", "1"),
        ("product", "t-shirt", "1"),
        ("size", "L", "1"),
        ("colour", "red", "2"),
        ("product", "cap", "2"),
    ]
