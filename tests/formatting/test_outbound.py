"""What systems hold is told as a person would say it, and nothing is told with a hole in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import SettingsError
from bridge.formatting.outbound import LABELS, Speech, mask_email, to_decimal
from bridge.model.commerce import Fulfilment, OrderItem
from bridge.model.money import Money
from tests.support.frontdesk import ROOT

SPEECH = Speech("en_US", "UTC")
EUROS = Money(100, "EUR")


def utc(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=timezone.utc)


def item(name: str, quantity: int = 1) -> OrderItem:
    return OrderItem(name, name, quantity, EUROS)


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([item("Blue T-Shirt"), item("Black Jeans")], "2 items (Blue T-Shirt, Black Jeans)"),
        ([item("Blue T-Shirt")], "1 item (Blue T-Shirt)"),
        ([item("Sock", 3), item("Cap")], "4 items (3 \u00d7 Sock, Cap)"),
        ([item("{name}", 2)], "2 items (2 \u00d7 {name})"),
        ([], "0 items"),
    ],
)
def test_items_are_counted_and_named(items: list[OrderItem], told: str) -> None:
    assert SPEECH.items(items) == told


@pytest.mark.parametrize(
    ("zone", "at", "now", "told"),
    [
        ("UTC", utc(2026, 1, 20), utc(2026, 1, 25), "January 20"),
        ("UTC", utc(2025, 12, 31), utc(2026, 1, 1), "December 31, 2025"),
        ("UTC", utc(2027, 1, 2), utc(2026, 12, 31), "January 2, 2027"),
        # Late in the evening in New York it is the next day, and year, in UTC.
        ("America/New_York", utc(2026, 1, 1, 3), utc(2025, 12, 31, 20), "December 31"),
        ("Asia/Tokyo", utc(2026, 1, 19, 20), utc(2026, 1, 25), "January 20"),
    ],
)
def test_a_day_is_told_with_its_year_only_where_it_is_another_one(
    zone: str, at: datetime, now: datetime, told: str
) -> None:
    assert Speech("en_US", zone).day(at, now) == told


@pytest.mark.parametrize(
    ("zone", "at", "now", "over"),
    [
        ("UTC", utc(2026, 1, 20, 0), utc(2026, 1, 20, 23), False),
        ("UTC", utc(2026, 1, 20, 23), utc(2026, 1, 21, 0), True),
        ("UTC", utc(2026, 1, 21), utc(2026, 1, 20), False),
        ("America/New_York", utc(2026, 1, 20, 23), utc(2026, 1, 21, 4), False),
        ("America/New_York", utc(2026, 1, 20, 23), utc(2026, 1, 21, 5), True),
        ("Asia/Tokyo", utc(2026, 1, 20, 14), utc(2026, 1, 20, 15), True),
    ],
)
def test_a_day_is_over_when_it_is_over_where_days_are_told(zone: str, at: datetime, now: datetime, over: bool) -> None:
    assert Speech("en_US", zone).is_over(at, now) is over


@pytest.mark.parametrize(
    ("money", "told"),
    [
        (Money(3980, "USD"), "$39.80"),
        (Money(123456789, "USD"), "$1,234,567.89"),
        (Money(3980, "JPY"), "\u00a53,980"),
        (Money(3980, "KWD"), "KWD3.980"),
        (Money(-5, "USD"), "-$0.05"),
        (Money(0, "USD"), "$0.00"),
    ],
)
def test_money_has_the_decimals_of_its_currency(money: Money, told: str) -> None:
    assert SPEECH.money(money).replace("\u00a0", "") == told


@given(minor=st.integers(-(10**12), 10**12), currency=st.sampled_from(["USD", "JPY", "KWD", "EUR"]))
def test_no_unit_of_money_is_lost(minor: int, currency: str) -> None:
    digits = re.sub(r"\D", "", SPEECH.money(Money(minor, currency)))
    assert int(digits) == abs(minor)
    assert to_decimal(Money(minor, currency)) * to_decimal(Money(1, currency)) ** -1 == minor


@pytest.mark.parametrize(
    ("parcels", "told"),
    [
        ([], ""),
        ([("UPS", "1Z9")], "UPS, tracking 1Z9"),
        ([("UPS", "1Z9"), ("DHL", "JD1")], "UPS, tracking 1Z9 and DHL, tracking JD1"),
        ([("UPS", "1"), ("DHL", "2"), ("UPS", "3")], "UPS, tracking 1; DHL, tracking 2 and UPS, tracking 3"),
        ([("Own van", "")], "Own van"),
    ],
)
def test_parcels_are_told_as_a_list(parcels: list[tuple[str, str]], told: str) -> None:
    assert SPEECH.parcels([Fulfilment(carrier, tracking) for carrier, tracking in parcels]) == told


@pytest.mark.parametrize(
    ("address", "masked"),
    [("ann@example.test", "a***@example.test"), ("a@example.test", "a***@example.test"), ("", "***"), ("ann", "***")],
)
def test_a_masked_address_can_be_recognised_and_not_learned(address: str, masked: str) -> None:
    assert mask_email(address) == masked


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "3:00 PM"), (-258, "10:42 AM"), (-15 * 60, "12:00 AM"), (-15 * 60 - 1, "January 20, 11:59 PM")],
)
def test_a_time_of_another_day_has_its_day(minutes: int, said: str) -> None:
    now = datetime(2026, 1, 21, 15, 0, tzinfo=timezone.utc)
    # The locale's data put a narrow space before the "PM".
    assert SPEECH.time(now + timedelta(minutes=minutes), now).replace("\u202f", " ") == said


def test_a_language_without_words_is_refused_at_once() -> None:
    with pytest.raises(SettingsError, match=r"locale.*'xx'.*known: en"):
        Speech("xx_YY", "UTC")


# Labels: the code and the file agree, and every placeholder is one that the code fills.

FILLED_BY = {
    "items": {"count"},
    "several_of": {"count", "name"},
    "list_and": {"first", "last"},
    "moment": {"day", "time", "zone"},
    "day_time": {"day", "time"},
    "ticket_line": {"number", "date", "subject", "status"},
    "order_line": {"number", "date", "items", "status"},
    "parcel": {"carrier", "tracking"},
    "parcel_link": {"carrier", "tracking", "link"},
    "clauses": {"value"},
    "mail": {"code"},
    "wishes": set(),
    "answer": {"count"},
    "priority": set(),
    "refused": set(),
    "fields": set(),
    "handoff": set(),
    "cards": {"number"},
    "order_status": set(),
    "ticket_status": set(),
    "details": set(),
    "cart": {"count", "name", "price"},
    "options": set(),
    "return_reasons": set(),
    "refunds": set(),
    "stock": {"name", "price", "options", "option", "count"},
}


def texts(labels: Any) -> Iterator[str]:
    if isinstance(labels, dict):
        for label in labels.values():
            yield from texts(label)
    else:
        yield labels


@pytest.mark.parametrize("path", sorted(LABELS.glob("*.yml")), ids=lambda path: path.stem)
def test_every_label_is_known_and_can_be_filled(path: Any) -> None:
    labels = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(labels) == set(FILLED_BY)
    for group, content in labels.items():
        for text in texts(content):
            assert isinstance(text, str), (group, text)
            assert "{" not in text.format(**dict.fromkeys(FILLED_BY[group], "x")), (group, text)


def test_every_label_that_the_code_names_exists_and_no_other() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "bridge").rglob("*.py"))
    code += (ROOT / "actions" / "cart.py").read_text(encoding="utf-8")
    clauses = SPEECH.labels["clauses"]
    named = set(re.findall(r'clause\(\s*"(\w+)"', code)) | set(re.findall(r'word\("clauses", "(\w+)"', code))
    named |= {name for pair in re.findall(r'_clause\(\w+, "(\w+)", "(\w+)"', code) for name in pair}
    named |= {name for pair in re.findall(r'_by\("(\w+)", (?:"(\w+)"|None)', code) for name in pair if name}
    assert named == set(clauses)
    for group, key in re.findall(r'word\("(\w+)", "(\w+)"\)', code):
        assert key in SPEECH.labels[group], (group, key)
