"""Whatever people type becomes one normal form, or an InvalidError with a reason that the conversation knows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.errors import InvalidError
from bridge.formatting import inbound

RIGHT_TO_LEFT = "\u200f"


def refused(normalise: Callable[[str], str], text: str) -> str:
    """Return the reason for which a text is refused."""
    with pytest.raises(InvalidError) as refusal:
        normalise(text)
    return refusal.value.reason


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1001", "1001"),
        ("#1001", "1001"),
        ("# 1001", "1001"),
        ("order 1001", "1001"),
        ("Order #1001", "1001"),
        ("1001?", "1001"),
        ("1001!!", "1001"),
        ("  1001.  ", "1001"),
        ("ord no. 1001", "1001"),
        ("my order number is 1001", "1001"),
        ("it's #1001", "1001"),
        ("it\u2019s 1001", "1001"),
        ("No. 1001", "1001"),
        ("#W2378156", "W2378156"),
        ("w2378156", "W2378156"),
        ("W 2378156", "W2378156"),
        ("so-12345", "SO-12345"),
        ("SO - 12345", "SO-12345"),
        ("10 01", "1001"),
        ("ORD-1001", "ORD-1001"),
        ("order ord-1001", "ORD-1001"),
        ("\uff11\uff10\uff10\uff11", "1001"),
        ("\uff03\uff11\uff10\uff10\uff11", "1001"),
        ("\u0661\u0660\u0660\u0661", "1001"),
        (f"{RIGHT_TO_LEFT}1001{RIGHT_TO_LEFT}", "1001"),
        ("10\u200b01", "1001"),
        ("\u2066#1001\u2069", "1001"),
        ("order\u00a01001", "1001"),
    ],
)
def test_an_order_number_is_read_from_what_people_type(typed: str, number: str) -> None:
    assert inbound.order_number(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "#",
        "order",
        "my order number",
        "the blue one",
        "i have 2 orders",
        "2 of 3 items",
        "john@example.test",
        "1001/2",
        "10.01",
        "1001; drop table orders",
        "<b>1001</b>",
        "-1001",
        "\U0001f600",
        "1" * 32,
        "1" * 10_000,
        "order " * 2_000,
        "1 " * 5_000,
        "- " * 5_000,
    ],
)
def test_what_is_no_order_number_is_not_made_into_one(typed: str) -> None:
    assert refused(inbound.order_number, typed) == "not an order number"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("T-10001", "T-10001"),
        ("t-10001", "T-10001"),
        ("t10001", "T-10001"),
        ("t 10001", "T-10001"),
        ("10001", "10001"),
        ("#10001", "10001"),
        ("ticket 10001", "10001"),
        ("my ticket number is T-10001.", "T-10001"),
        ("case 10001?", "10001"),
        ("help-12", "HELP-12"),
        ("CASE-12", "CASE-12"),
        ("\uff34\uff0d\uff11\uff12", "T-12"),
        ("T\u201110001", "T-10001"),
        ("T\u201310001", "T-10001"),
        ("\u0661\u0662\u0663\u0664", "1234"),
        (f"{RIGHT_TO_LEFT}T-10001", "T-10001"),
    ],
)
def test_a_ticket_number_is_read_from_what_people_type(typed: str, number: str) -> None:
    assert inbound.ticket_number(typed) == number


@pytest.mark.parametrize(
    "typed", ["", "ticket", "T-", "the one from Monday", "i have 2 tickets", "1" * 13, "T" * 11 + "1", "1 " * 5_000]
)
def test_what_is_no_ticket_number_is_not_made_into_one(typed: str) -> None:
    assert refused(inbound.ticket_number, typed) == "not a ticket number"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("john@example.test", "john@example.test"),
        ("John.Smith@Example.TEST", "john.smith@example.test"),
        ("john@example.test.", "john@example.test"),
        ("<john@example.test>", "john@example.test"),
        ('"john@example.test",', "john@example.test"),
        ("(john@example.test)", "john@example.test"),
        ("john+orders@example.test!", "john+orders@example.test"),
        ("o'brien@example.test", "o'brien@example.test"),
        ("j\u00f6rg@b\u00fccher.example", "j\u00f6rg@b\u00fccher.example"),
        ("jo\u0308rg@example.test", "j\u00f6rg@example.test"),
        ("john\uff20example.test", "john@example.test"),
        (f"{RIGHT_TO_LEFT}john@example.test", "john@example.test"),
    ],
)
def test_an_address_is_brought_to_one_form(typed: str, address: str) -> None:
    assert inbound.email(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "john at mail dot com",
        "it is john at mail dot com",
        "john (at) mail (dot) com",
        "john[at]mail[dot]com",
        "john at mail.com",
        "JOHN AT MAIL DOT CO DOT UK",
    ],
)
def test_a_spelled_out_address_is_named_as_such(typed: str) -> None:
    assert refused(inbound.email, typed) == "spelled_out"
    assert refused(inbound.email_or_postcode, typed) == "spelled_out"


@pytest.mark.parametrize(
    "typed",
    ["", "john", "john@", "@example.test", "john@@example.test", "john@example", "a b@example.test", "me, at home",
     "i am at work", "x" * 250 + "@example.test", "a@" + "b" * 10_000, "a" * 10_000],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert refused(inbound.email, typed) == "not an address"


@pytest.mark.parametrize(
    ("sentence", "address"),
    [
        ("my mail is john@example.test, thanks", "john@example.test"),
        ("John Smith <John@Example.test>", "john@example.test"),
        ("e-mail:john@example.test", "john@example.test"),
        ("write to a@b or john@example.test", "john@example.test"),
        ("ann@example.test;bob@example.test", "ann@example.test"),
        ("(john@example.test)", "john@example.test"),
        ("no address here", None),
        ("ping @john", None),
        ("", None),
    ],
)
def test_the_first_address_of_a_sentence_is_found(sentence: str, address: str | None) -> None:
    assert inbound.find_email(sentence) == address


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("94107", "94107"),
        ("94107-1234", "94107-1234"),
        ("zip 94107", "94107"),
        ("zip code 94107", "94107"),
        ("my zip code is 94107", "94107"),
        ("It's 94107.", "94107"),
        ("the postcode is sw1a 1aa", "SW1A 1AA"),
        ("postal code: K1A 0B1", "K1A 0B1"),
        ("plz 10115", "10115"),
        ("sw1a  1aa!", "SW1A 1AA"),
        ("1012 ab", "1012 AB"),
        ("00-950", "00-950"),
        ("1000-001", "1000-001"),
        ("\u3012100-0001", "100-0001"),
        ("01310-100", "01310-100"),
        ("101", "101"),
        ("HM 12", "HM 12"),
        ("\uff19\uff14\uff11\uff10\uff17", "94107"),
        (f"{RIGHT_TO_LEFT}94107", "94107"),
    ],
)
def test_a_postcode_of_many_countries_is_read(typed: str, code: str) -> None:
    assert inbound.postcode(typed) == code


@pytest.mark.parametrize("typed", ["", "zip", "none", "Berlin", "-", "1", "12345678901", "1" * 10_000, "94107; --"])
def test_what_is_no_postcode_is_refused(typed: str) -> None:
    assert refused(inbound.postcode, typed) == "not a postcode"


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("(202) 555-0143", "US", "+12025550143"),
        ("+44 20 7946 0958", "US", "+442079460958"),
        ("030 901820", "DE", "+4930901820"),
        ("00 49 30 901820", "DE", "+4930901820"),
        ("\uff0b\uff14\uff19 30 901820", "US", "+4930901820"),
    ],
)
def test_a_phone_number_becomes_e164(typed: str, region: str, number: str) -> None:
    assert inbound.phone(typed, region) == number


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "not a phone number"),
        ("call me", "not a phone number"),
        ("1" * 10_000, "not a phone number"),
        ("+1 555", "not a phone number that exists"),
        ("0123", "not a phone number that exists"),
    ],
)
def test_what_is_no_phone_number_is_refused(typed: str, reason: str) -> None:
    assert refused(lambda text: inbound.phone(text, "US"), typed) == reason


@pytest.mark.parametrize(
    ("typed", "proof"),
    [
        ("94107", "94107"),
        ("my zip is 94107", "94107"),
        ("john@example.test", "john@example.test"),
        ("it's john@example.test", "john@example.test"),
    ],
)
def test_an_address_or_a_postcode_serves_as_proof(typed: str, proof: str) -> None:
    assert inbound.email_or_postcode(typed) == proof


def tried(normalise: Callable[[str], str], text: str) -> tuple[str | None, str | None]:
    """Return the normal form of a text, or the reason for which it has none."""
    try:
        return normalise(text), None
    except InvalidError as error:
        return None, error.reason


REASONS: dict[Callable[[str], str], set[str]] = {
    inbound.order_number: {"not an order number"},
    inbound.ticket_number: {"not a ticket number"},
    inbound.email: {"spelled_out", "not an address"},
    inbound.postcode: {"not a postcode"},
    inbound.email_or_postcode: {"spelled_out", "not an address", "not a postcode"},
}
# Pieces that these functions look for, mixed with anything at all.
PIECES = st.sampled_from(
    ["order", "ord", "no.", "number", "is", "my", "the", "#", "T", "-", "1", "0", "1001", "W23", "ticket", "case",
     "zip", "code", "postcode", "it's", "@", "a@b.co", "example.test", "(", ")", "<", ">", "at", "dot", "?", "!",
     "/", " ",
     "\u200f", "\uff11", "\u0661", "\u00df", "\u0130"]
)  # fmt: skip
ANYTHING = st.one_of(st.text(), st.lists(PIECES, max_size=8).map("".join))


@pytest.mark.parametrize("normalise", REASONS, ids=lambda function: function.__name__)
@given(text=ANYTHING)
@example(text="N R-5")
@example(text="zip zip 12345")
@example(text="\u01301@b.co")
def test_any_text_is_normalised_once_or_refused_with_a_known_reason(normalise: Callable[[str], str], text: str) -> None:
    normal, reason = tried(normalise, text)
    if normal is None:
        assert reason in REASONS[normalise]
    else:
        assert tried(normalise, normal) == (normal, None)
        assert normal == normal.strip() != ""


@given(text=st.text() | st.from_regex(r"\+?[0-9 ()x-]{5,20}", fullmatch=True))
def test_any_text_is_a_phone_number_once_or_refused(text: str) -> None:
    normal, reason = tried(lambda text: inbound.phone(text, "US"), text)
    if normal is None:
        assert reason in {"not a phone number", "not a phone number that exists"}
    else:
        assert inbound.phone(normal, "DE") == normal


@given(text=ANYTHING)
def test_what_is_found_in_a_sentence_is_an_address(text: str) -> None:
    found = inbound.find_email(text)
    assert found is None or inbound.email(found) == found
