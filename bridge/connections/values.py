"""Read values of our model from a reply."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import structlog
from babel.numbers import UnknownCurrencyError, get_currency_precision, validate_currency

from bridge.errors import ProtocolError
from bridge.model.money import Money
from bridge.transport import Data

LONGEST = 255
_log = structlog.get_logger(__name__)


def findable(text: str) -> bool:
    """Tell whether a text can be the key, address or number of a record: vendors take an empty one for "any"."""
    return bool(text.strip()) and len(text) <= LONGEST and text.isprintable()


def the_one(record: Data, asked: str, name: str = "id") -> Data:
    """Return a record if it is the one that was asked for, or its owner's."""
    return if_asked_for(record, is_it=record.id(name) == asked.lstrip("0"))


def if_asked_for(record: Data, *, is_it: bool) -> Data:
    """Return a record if it is what was asked for.

    Raises:
        ProtocolError: it is another one, perhaps another person's: nothing of it is told, and operators hear of it.
    """
    if not is_it:
        _log.error("another_record", at=record.place)
        raise record.wrong("the record that was asked for")
    return record


def money(data: Data, amount: str, currency: str) -> Money:
    """Return an amount in a currency, whichever way the vendor writes it; cents are never lost.

    Args:
        amount: the field that holds it.
        currency: its ISO code, which is elsewhere in most replies.
    """
    places = _places(currency)
    if places is None:
        raise ProtocolError(f"{data[amount].place}: its currency is none")
    minor = data.decimal(amount).scaleb(places)
    return Money(int(minor.quantize(Decimal(1), ROUND_HALF_UP)), currency)


@lru_cache(maxsize=64)
def _places(currency: str) -> int | None:
    """Return how many decimal places a currency has, None of what is no currency: slow to ask for every amount."""
    try:
        validate_currency(currency)
    except UnknownCurrencyError:
        return None
    return int(get_currency_precision(currency))
