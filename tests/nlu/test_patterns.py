"""Hold the readers of components/entities to what people type."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.entities import Found, read
from scripts.nlu.lines import shop_words

TODAY = date(2024, 3, 13)  # a Wednesday
WORDS = shop_words()


def all_in(text: str) -> list[Found]:
    """Return everything that is read in a text, on a known day, with the words of the project."""
    return read(text, today=TODAY, words=WORDS)


def found(entity: str, text: str) -> list[str]:
    """Return the text of every span of an entity, in their order."""
    return [text[one.start : one.end] for one in all_in(text) if one.entity == entity]


ORDERS = [
    ("1001", ["1001"]),
    ("#1001", ["#1001"]),
    ("#999", ["#999"]),
    ("#A-1001 please", ["#A-1001"]),
    ("1001?", ["1001"]),
    ("1001, where is it", ["1001"]),
    ("1001.", ["1001"]),
    ("(1001)", ["1001"]),
    ("order no. 1077", ["1077"]),
    ("order no.1077", ["1077"]),
    ("order:1001", ["1001"]),
    ("order1001", ["1001"]),
    ("SO12345 not here yet", ["SO12345"]),
    ("000000123", ["000000123"]),
    ("i have 1075 and 1076", ["1075", "1076"]),
    ("1075,1076", ["1075", "1076"]),
    ("1001 ana@example.test", ["1001"]),
    ("1001,ana@example.test", ["1001"]),
    ("1001 94107", ["1001", "94107"]),
    ("1001.where is it", ["1001"]),
    ("order 1001 from january 20", ["1001"]),
    ("sorry, it's 1002 not 1001", ["1002", "1001"]),
    ("order 2024", ["2024"]),
    ("94107", ["94107"]),
    ("2 track", []),
    ("5 days ago i ordered 3 shirts", []),
    ("T-10001", []),
    ("#T-10001", []),
    ("t10001", []),
    ("ticket 10055", []),
    ("ticket number is 10055", []),
    ("zip 94107", []),
    ("zip code: 94107", []),
    ("my postcode is 94107", []),
    ("1Z999AA10123456784", []),
    ("9400111899223344556677", []),
    ("9400 1118 9922 3344 5566 77", []),
    ("RR123456785DE", []),
    ("4111 1111 1111 1111", []),
    ("ana1990@example.test", []),
    ("ana.1990@example.test", []),
    ("ana.1990.lee@example.test", []),
    ("1990-ana@example.test", []),
    ("ana@1234.example.test", []),
    ("bob+1001@example.test", []),
    ("ab12345@example.test", []),
    ("+14155550134", []),
    ("+1 415 555 0134", []),
    ("415-555-0199", []),
    ("555 0134", []),
    ("+44 20 7946 0018", []),
    ("0171 2345678", []),
    ("phone number is 5550134", []),
    ("2024-01-20", []),
    ("20/01/2024", []),
    ("20.01.2024", []),
    ("january 2024", []),
    ("January 20, 2024", []),
    ("since 2019", []),
    ("1500 points", []),
    ("it cost 1200 euros", []),
    ("$1200", []),
    ("1200€", []),
    ("1200.50", []),
    ("1200,50", []),
    ("https://shop.example.test/orders/1001", []),
    ("&#1001;", []),
]

TICKETS = [
    ("T-10001", ["T-10001"]),
    ("t10001", ["t10001"]),
    ("#T-10001", ["T-10001"]),
    ("any news on T-10001?", ["T-10001"]),
    ("T-10001 and T-10002.", ["T-10001", "T-10002"]),
    ("status of case 00001026", ["00001026"]),
    ("ticket 10055", ["10055"]),
    ("ticket number is 10055", ["10055"]),
    ("case 10055, anything new", ["10055"]),
    ("order 10055", []),
    ("it-10001", []),
    ("don't1001", []),
    ("T-shirt", []),
    ("t-10001@example.test", []),
    ("T-10001-X", []),
    ("T-123", []),
]

EMAILS = [
    ("ana@example.test", ["ana@example.test"]),
    ("my mail is ana@example.test.", ["ana@example.test"]),
    ("Ana.Lee+shop@mail.example.test, thanks", ["Ana.Lee+shop@mail.example.test"]),
    ("<ana@example.test>", ["ana@example.test"]),
    ("mailto:ana@example.test", ["ana@example.test"]),
    ("email...ana@example.test", ["ana@example.test"]),
    ("o'brien@example.test", ["o'brien@example.test"]),
    ("jürgen@bücher.example", ["jürgen@bücher.example"]),
    ("a@example.test or b@example.test", ["a@example.test", "b@example.test"]),
    ("john at mail dot com", []),
    ("ana@", []),
    ("@ana", []),
    ("ana@localhost", []),
    ("ana@@example.test", []),
    ("3 shirts @ 20.00", []),
]

POSTCODES = [
    ("94107", ["94107"]),
    ("94107-1234", ["94107-1234"]),
    ("zip 94107", ["94107"]),
    ("SW1A 1AA", ["SW1A 1AA"]),
    ("postcode sw1a1aa", ["sw1a1aa"]),
    ("M1 1AE please", ["M1 1AE"]),
    ("K1A 0B1", ["K1A 0B1"]),
    ("1012 AB", ["1012 AB"]),
    ("1000-205", ["1000-205"]),
    ("1001 94107", ["94107"]),
    ("order 10455 and 94107", ["94107"]),
    ("555 12345", []),
    ("postcode 8001", ["8001"]),
    ("my zip code is 1010", ["1010"]),
    ("postal code: 114 55", ["114 55"]),
    ("zip code is 00-950", ["00-950"]),
    ("1001", []),
    ("1001 is it here", []),
    ("#94107", []),
    ("order 94107", []),
    ("order number 94107", []),
    ("T-10001", []),
    ("ticket 10055", []),
    ("ana94107@example.test", []),
    ("1Z999AA10123456784", []),
    ("$12345", []),
]


@pytest.mark.parametrize(("text", "expected"), ORDERS)
def test_an_order_number_is_found_exactly_where_one_is_meant(text: str, expected: list[str]) -> None:
    assert found("order_number", text) == expected


@pytest.mark.parametrize(("text", "expected"), TICKETS)
def test_a_ticket_number_needs_its_letter_or_its_word(text: str, expected: list[str]) -> None:
    assert found("ticket_number", text) == expected


@pytest.mark.parametrize(("text", "expected"), EMAILS)
def test_an_address_is_found_whole_and_alone(text: str, expected: list[str]) -> None:
    assert found("email", text) == expected


@pytest.mark.parametrize(("text", "expected"), POSTCODES)
def test_a_postcode_is_found_by_its_form_or_its_label(text: str, expected: list[str]) -> None:
    assert found("postcode", text) == expected


@given(st.integers(min_value=1000, max_value=9_999_999_999))
def test_any_number_of_an_order_is_found_bare_hashed_and_in_a_sentence(number: int) -> None:
    assert found("order_number", str(number)) == [str(number)]
    assert found("order_number", f"#{number}") == [f"#{number}"]
    assert found("order_number", f"where is order {number}?") == [str(number)]


PIECES = [
    "1001",
    "94107",
    "T-10001",
    "#",
    "-",
    " ",
    ": ",
    ".",
    "@",
    "order",
    "no.",
    "ticket",
    "zip",
    "code",
    "SW1A",
    "1AE",
    "a",
    "é",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_text_gives_two_candidates_of_one_entity_on_one_spot(text: str) -> None:
    spots = [(one.entity, spot) for one in all_in(text) for spot in range(one.start, one.end)]
    assert len(spots) == len(set(spots))


@given(st.text(max_size=80))
def test_any_text_is_read_and_every_span_lies_in_it(text: str) -> None:
    assert all(0 <= one.start < one.end <= len(text) and one.value for one in all_in(text))


HOSTILE = [
    "a" * 2000,
    "a." * 1000,
    "1" * 2000,
    "1 " * 1000,
    "1234 " * 400,
    "a-" * 1000,
    "@" * 2000,
    "a@a." * 500,
    "not not " * 250,
    "1 day ago " * 200,
    "$1,000" * 333,
    "(((((1 " * 285,
    "order # no " * 180,
    "\U0001f600" * 2000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{text[:5]}...")
def test_the_longest_message_allowed_is_read_at_once(text: str) -> None:
    start = time.perf_counter()
    all_in(text)
    assert time.perf_counter() - start < 1.0
