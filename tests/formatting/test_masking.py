"""Card numbers, passwords and keys are hidden; parcels and order numbers are not."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.formatting.masking import mask

HIDDEN = "[hidden]"

CARDS = [
    "4111111111111111",
    "4222222222222",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "6200000000000005",
]
TRACKING = [
    "1Z999AA10123456784",
    "1Z4111111111111111",  # a UPS number whose tail would be a card
    "9400111899223197428490",  # USPS
    "9400 1118 9922 3197 4284 90",
    "794644790138",  # FedEx
    "61299998820821171811",  # FedEx Ground
    "JD014600006281230704",  # DHL
    "00340434161094042557",
    "RR123456785US",
    "TBA123456789012",
]


def luhn_completed(digits: str) -> str:
    """Add the digit that makes a number pass the Luhn check; written apart from the code under test."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return digits + str(-total % 10)


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("around", ["{}", "my card is {}, thanks", "order 1001 {}", "card{}", "{}exp 12/27"])
def test_a_card_number_is_hidden(card: str, around: str) -> None:
    hidden = mask(around.format(card), HIDDEN)
    assert card not in hidden
    assert HIDDEN in hidden


@pytest.mark.parametrize("separator", [" ", "-", ".", "\u00a0", "\u200b", "\u2011"])
def test_a_card_number_is_hidden_however_it_is_grouped(separator: str) -> None:
    grouped = separator.join(["4111", "1111", "1111", "1111"])
    assert mask(f"pay with {grouped}!", HIDDEN) == f"pay with {HIDDEN}!"
    apart = separator.join("378282246310005")
    assert mask(apart, HIDDEN) == HIDDEN


def test_an_order_number_right_before_a_card_stays() -> None:
    assert mask("1001 4111 1111 1111 1111", HIDDEN) == f"1001 {HIDDEN}"
    assert mask("4111 1111 1111 1111 12 27", HIDDEN) == f"{HIDDEN} 12 27"


def test_two_cards_are_both_hidden() -> None:
    assert mask("4111111111111111 or 5555555555554444", HIDDEN) == f"{HIDDEN} or {HIDDEN}"
    assert mask("4111 1111 1111 1111 5555 5555 5555 4444", HIDDEN) == f"{HIDDEN} {HIDDEN}"


def test_a_card_in_other_digits_is_hidden() -> None:
    arabic = "4111111111111111".translate({ord("0") + n: 0x0660 + n for n in range(10)})
    assert mask(arabic, HIDDEN) == HIDDEN


@pytest.mark.parametrize("number", TRACKING)
@pytest.mark.parametrize("around", ["{}", "where is {}?", "order 1001, parcel {}"])
def test_a_tracking_number_stays(number: str, around: str) -> None:
    assert mask(around.format(number), HIDDEN) == around.format(number)


@given(st.from_regex(r"[0-9]{12,22}", fullmatch=True))
def test_a_number_without_an_issuers_prefix_stays(number: str) -> None:
    number = "8" + number[1:]  # no issuer in the table begins so
    assert mask(number, HIDDEN) == number


@given(st.from_regex(r"4[0-9]{14}", fullmatch=True), st.integers(1, 9))
def test_a_card_needs_the_check_digit(start: str, off: int) -> None:
    card = luhn_completed(start)
    assert mask(card, HIDDEN) == HIDDEN
    wrong = card[:-1] + str((int(card[-1]) + off) % 10)
    assert mask(wrong, HIDDEN) == wrong


@given(st.from_regex(r"4[0-9]{16}", fullmatch=True))
def test_a_card_needs_its_length(digits: str) -> None:
    number = luhn_completed(digits)  # 18 digits: no Visa has so many
    assert mask(number, HIDDEN) == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my password is hunter2", "my password is [hidden]"),
        ("my password is Hunter", "my password is [hidden]"),
        ("password: correct", "password: [hidden]"),
        ("Password=s3cret, please help", "Password=[hidden], please help"),
        ('the passphrase is "correct horse battery"', "the passphrase is [hidden]"),
        ("PIN 1234", "PIN [hidden]"),
        ("my pin code is 0000.", "my pin code is [hidden]."),
        ("cvv 123", "cvv [hidden]"),
        ("mein Passwort ist geheim", "mein Passwort ist [hidden]"),
        ("la contraseña es secreto1", "la contraseña es [hidden]"),
        ("pwd:abc", "pwd:[hidden]"),
    ],
)
def test_text_after_a_password_word_is_hidden(text: str, expected: str) -> None:
    assert mask(text, HIDDEN) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I forgot my password",
        "password reset please",
        "my password is not working",
        "my password is wrong, order 1001",
        "I can't remember the PIN for my gift card",
        "the pinned message 1001",
        "shipping to Pinewood 12",
    ],
)
def test_talk_about_passwords_stays(text: str) -> None:
    assert mask(text, HIDDEN) == text


@pytest.mark.parametrize(
    "key",
    [
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "rk_test_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "ghp_" + "a" * 36,
        "github_pat_" + "a1_" * 12,
        "AKIA" + "IOSFODNN7EXAMPLE",
        "xoxb-" + "123456789012-abcdefABCDEF",
        "AIza" + "b" * 35,
        "glpat-" + "c" * 20,
        "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ncut off before the end",
    ],
)
def test_a_key_is_hidden(key: str) -> None:
    assert mask(f"use {key}", HIDDEN) == f"use {HIDDEN}"


WORDS = st.sampled_from(["password", "pin", "is", ":", "4111 1111 1111 1111", "1Z999AA10123456784", "hunter2", "1001"])


@example("1Z999AA10123456784 4111 1111 1111 1111")
@given(st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=12).map(" ".join))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text, HIDDEN)
    assert mask(once, HIDDEN) == once


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(CARDS))
def test_no_card_survives_between_any_words(before: str, after: str, card: str) -> None:
    text = f"{before}, {card}; {after}"
    assert card not in mask(text, HIDDEN)


@pytest.mark.parametrize(
    "text",
    [
        "4 " * 1000,
        "4" * 2000,
        "4\u200b" * 1000,
        "4" + "\u200b" * 1999,
        "-----BEGIN " * 180,
        "password " * 220,
        "4111 " * 400,
    ],
    ids=lambda text: repr(text[:11]),
)
def test_no_message_takes_long_to_mask(text: str) -> None:
    began = time.process_time()
    mask(text, HIDDEN)
    assert time.process_time() - began < 0.5  # a few milliseconds; a quadratic search would take seconds
