"""Amounts, counts and times of a row: each type gives one normal form, or says why not."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timezone
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from babel.numbers import get_currency_precision
from pydantic.datetime_parse import parse_datetime

from bridge.loading.values import LOCAL, Checked

_DECIMAL = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TOO_MUCH = 10**12  # in the smallest unit it must fit into 64 bits with room for sums

digits = lru_cache(get_currency_precision)


def to_minor(amount: Decimal, currency: str) -> int:
    """Return the amount in the currency's smallest unit: 39.80 USD is 3980, 500 JPY is 500, 1.234 KWD is 1234.

    Raises:
        ValueError: the amount is finer than the currency.
    """
    if -int(amount.as_tuple().exponent) > digits(currency):
        allowed = f"{digits(currency)} decimals" if digits(currency) else "no decimals"
        raise ValueError(f"{currency} has {allowed} (was {amount})")
    return int(amount.scaleb(digits(currency)))


class Amount(Checked, Decimal):
    """Hold money as decimal text; a JSON number is refused, because most writers make a binary fraction of it."""

    @classmethod
    def check(cls, value: object) -> Decimal:
        text = value.strip() if isinstance(value, str) else ""
        if not _DECIMAL.fullmatch(text):
            raise ValueError(
                'must be an amount in quotes with a point, such as "39.80": no sign of a currency, no comma'
            )
        amount = Decimal(text)
        if amount < 0:
            raise ValueError(f"must not be below 0 (was {text})")
        if amount >= _TOO_MUCH:
            raise ValueError(f"is more than can be kept (was {text})")
        return amount


class Quantity(Checked, int):
    """Hold a count of at least one."""

    least: ClassVar[int] = 1

    @classmethod
    def check(cls, value: object) -> int:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not _WHOLE.fullmatch(text.strip()):
            raise ValueError("must be a whole number")
        number = int(text)
        if number < cls.least:
            raise ValueError(f"must be at least {cls.least} (was {number})")
        if number > 1_000_000_000:
            raise ValueError(f"must be at most 1,000,000,000 (was {number})")
        return number


class Stock(Quantity):
    """Hold a count that may be zero."""

    least = 0


class Flag(Checked, int):
    """Hold yes or no."""

    @classmethod
    def check(cls, value: object) -> bool:
        word = str(value).strip().casefold()
        if word in {"true", "yes", "1"}:
            return True
        if word in {"false", "no", "0"}:
            return False
        raise ValueError("must be true or false")


class Moment(Checked, datetime):
    """Hold a time in UTC; a day alone is the begin of that day in the deployment's time zone."""

    @classmethod
    def check(cls, value: object) -> datetime:
        text = value.strip() if isinstance(value, str) else ""
        # pydantic's own parser also takes seconds since 1970, which nobody writes into a spreadsheet on purpose.
        if not _DAY.match(text):
            raise ValueError('must be a time such as "2026-01-20T09:30:00Z" or a day such as "2026-01-20"')
        try:
            if _DAY.fullmatch(text):
                moment = datetime.combine(date.fromisoformat(text), time(), LOCAL.get().zone)
            else:
                moment = parse_datetime(text)
        except ValueError:
            raise ValueError("is not a time that exists in ISO 8601") from None
        if moment.tzinfo is None:
            raise ValueError('needs a time zone: put "Z" for UTC or an offset such as "+01:00" behind it')
        if not 1970 < moment.year < 2200:
            raise ValueError(f"must lie between 1971 and 2199 (was {moment.year})")
        return moment.astimezone(timezone.utc)
