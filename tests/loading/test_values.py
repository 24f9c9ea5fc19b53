"""What people and spreadsheets write becomes one normal form; everything else is refused with a reason."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import get_currency_precision, list_currencies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bridge.formatting import inbound
from bridge.formatting.outbound import to_decimal
from bridge.loading.measures import Amount, Flag, Moment, Quantity, Stock, digits, to_minor
from bridge.loading.reading import Csv, JsonLines
from bridge.loading.rows import OrderRow, VariantRow, problems
from bridge.loading.values import LOCAL, Email, LastFour, Local, OrderNumber, OrderState, Phone, TicketNumber, Url
from bridge.model.money import Money
from tests.loading.conftest import item, order, write_rows

CURRENCIES = st.sampled_from(sorted(list_currencies()))


@given(st.integers(0, 10**12 - 1), CURRENCIES)
def test_any_amount_in_the_currencys_own_decimals_is_kept_exactly(minor: int, currency: str) -> None:
    text = str(to_decimal(Money(minor, currency)).quantize(Decimal(1).scaleb(-get_currency_precision(currency))))
    assert to_minor(Amount.check(text), currency) == minor


@given(st.integers(0, 10**9), CURRENCIES, st.integers(1, 4))
def test_more_decimals_than_the_currency_has_are_refused(whole: int, currency: str, surplus: int) -> None:
    amount = Amount.check(f"{whole}.{'0' * (digits(currency) + surplus)}")
    with pytest.raises(ValueError, match=f"^{currency} has"):
        to_minor(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("39.80", "USD", 3980), ("39.8", "USD", 3980), ("500", "JPY", 500), ("1.234", "KWD", 1234), ("0", "EUR", 0)],
)
def test_money_goes_by_the_currency(text: str, currency: str, minor: int) -> None:
    assert to_minor(Amount.check(text), currency) == minor


@pytest.mark.parametrize(
    "value",
    [39.8, 39, True, None, "", "39,80", "$39.80", "1e3", "NaN", "Infinity", "1 000", ".5", "5.", "٣", "-1", "9" * 14],
)
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"must|is more"):
        Amount.check(value)


@given(st.text(max_size=30) | st.integers() | st.floats() | st.none() | st.booleans() | st.lists(st.text(), max_size=2))
def test_no_value_at_all_makes_a_check_do_anything_but_answer_or_refuse(value: object) -> None:
    for kind in (Amount, Quantity, Stock, Flag, Moment, Email, OrderNumber, TicketNumber, Phone, Url, OrderState):
        try:
            normal = kind.check(value)
        except ValueError as error:
            assert str(error)  # noqa: PT017  # refusing is right, too
        else:
            again = normal.isoformat() if isinstance(normal, datetime) else str(normal)
            assert kind.check(again) == normal


@given(st.from_regex(r"[A-Z]{0,3}[0-9]{1,8}(-[0-9]{1,3})?", fullmatch=True))
def test_a_customer_finds_an_order_by_its_number_however_it_was_loaded(number: str) -> None:
    loaded = OrderNumber.check(number)
    assert OrderNumber.check(f"#{number}") == loaded
    assert OrderNumber.check(number.lower()) == loaded
    assert inbound.order_number(f"#{number}") == loaded


@given(st.datetimes(datetime(1971, 1, 2), datetime(2199, 12, 30)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_any_time_with_an_offset_is_the_same_moment_in_utc(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    read = Moment.check(aware.isoformat())
    assert read == aware
    assert read.tzinfo == timezone.utc


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-01-20T09:30:00", "needs a time zone"),
        ("2026-02-30", "is not a time that exists"),
        ("2026-01-20T25:00:00Z", "is not a time that exists"),
        ("20/01/2026", "must be a time such as"),
        ("1768900000", "must be a time such as"),
        ("0001-01-01T00:00:00+14:00", "must lie between"),
        ("9999-12-31T23:59:59-14:00", "must lie between"),
    ],
)
def test_a_time_that_says_too_little_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        Moment.check(text)


def test_a_day_alone_is_that_day_where_the_shop_is() -> None:
    assert Moment.check("2026-01-20") == datetime(2026, 1, 20, tzinfo=timezone.utc)
    token = LOCAL.set(Local("DE", ZoneInfo("America/New_York")))
    try:
        assert Moment.check("2026-01-20") == datetime(2026, 1, 20, 5, tzinfo=timezone.utc)
        assert Phone.check("030 901820") == "+4930901820"
    finally:
        LOCAL.reset(token)


@pytest.mark.parametrize(
    ("value", "kept"), [("  ANA@Example.TEST ", "ana@example.test"), ("a@bücher.example", "a@bücher.example")]
)
def test_e_mails_have_one_form(value: str, kept: str) -> None:
    assert Email.check(value) == kept


def test_nothing_more_of_a_card_than_four_digits_is_taken() -> None:
    assert LastFour.check("0042") == "0042"
    with pytest.raises(ValueError, match="last four digits") as caught:
        LastFour.check("4242424242424242")
    assert "4242" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.test", "ftp://a.test/x", "https://", "data:text/html,x"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    with pytest.raises(ValueError, match="must be an address"):
        Url.check(url)


@pytest.mark.parametrize(
    ("row", "where", "reason"),
    [
        (order(currency="XYZ"), ("currency",), "must be a currency code"),
        (order(status="shipped 1"), ("status",), "must be a word such as"),
        (order(items=[item(), item(unit_price="1.001")]), ("items", 1, "unit_price"), "USD has 2 decimals (was 1.001)"),
        (
            order(currency="JPY", total="1", items=[item()]),
            ("items", 0, "unit_price"),
            "JPY has no decimals (was 14.50)",
        ),
        (order(items=[item(qty=1)]), ("items", 0, "qty"), "is not a field here"),
        (order(items=[item(quantity=True)]), ("items", 0, "quantity"), "must be a whole number"),
        (order(items=[item(quantity=1.5)]), ("items", 0, "quantity"), "must be a whole number"),
        (order(payments=[{"kind": "paypall", "amount": "1"}]), ("payments", 0, "kind"), "must be one of"),
        (order(total=None), ("total",), "is missing"),
        (order(total="  "), ("total",), "is missing"),
    ],
)
def test_a_bad_field_is_named_by_its_place(row: dict[str, Any], where: tuple[int | str, ...], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        OrderRow(**row)
    ((place, told),) = problems(caught.value, OrderRow)
    assert place == where
    assert told.startswith(reason)


WORDS = st.text(st.characters(whitelist_categories=("L", "N"), max_codepoint=0x2FFF), min_size=1, max_size=12)
CODES = st.text(st.characters(whitelist_categories=("L", "N", "P", "Zs"), max_codepoint=0x2FFF), max_size=30).filter(
    str.strip
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sku=CODES,
    options=st.dictionaries(WORDS, WORDS, max_size=4),
    minor=st.integers(0, 10**9),
    currency=CURRENCIES,
    stock=st.none() | st.integers(0, 10**6),
    delimiter=st.sampled_from(",;\t"),
)
def test_a_row_is_the_same_from_csv_and_from_json_lines(
    tmp_path: Path, sku: str, options: dict[str, str], minor: int, currency: str, stock: int | None, delimiter: str
) -> None:
    price = str(to_decimal(Money(minor, currency)))
    row = {"sku": sku, "options": options, "currency": currency, "price": f"{Decimal(price):f}", "stock": stock}
    write_rows(tmp_path / "variants.jsonl", [row])
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["product", *row])
    cells = {**row, "options": "; ".join(f"{name}={option}" for name, option in options.items())}
    writer.writerow(["P", *("" if cell is None else cell for cell in cells.values())])
    (tmp_path / "variants.csv").write_bytes(text.getvalue().encode())
    (from_json,) = JsonLines(tmp_path / "variants.jsonl").entries()
    (from_csv,) = Csv(tmp_path / "variants.csv", VariantRow, key="product").entries()
    assert from_csv.data.pop("product") == "P"
    assert VariantRow(**from_json.data) == VariantRow(**from_csv.data)
    assert to_minor(VariantRow(**from_csv.data).price, currency) == minor
