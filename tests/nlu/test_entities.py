"""Hold the readers of components/entities to values, roles and things, in the words that people use."""

from __future__ import annotations

import pytest

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
        ("I want 2 track my order", []),
        ("5 days ago", []),
        ("order 2 shirts", []),
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
        ("case #10055 again", ["T-10055"]),
        ("tickets 10055 and 10056", ["T-10055", "T-10056"]),
        ("ticket for order 10055", []),
    ],
)
def test_ticket_numbers_in_their_normal_form(text: str, expected: list[str]) -> None:
    assert values("ticket_number", text) == expected


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
