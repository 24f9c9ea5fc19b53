"""Texts of a row: each type takes what a person or a spreadsheet writes and gives one normal form, or says why not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timezone, tzinfo
from functools import lru_cache
from typing import Any, ClassVar

from babel import Locale
from babel.numbers import list_currencies

from bridge.errors import InvalidError
from bridge.formatting import inbound
from bridge.model.commerce import OrderStatus, PaymentKind
from bridge.model.helpdesk import Priority, TicketStatus

# Half of a surrogate pair and control characters but tab and newline: no database and no terminal takes them well.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LAST_FOUR = re.compile(r"\d{4}", re.ASCII)
_URL = re.compile(r"https?://[^\s/]+(?:/\S*)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d]+(?:[ _-][^\W\d]+)*")


@dataclass(frozen=True)
class Local:
    """Say what a file leaves open: whose phone numbers lack a country code, where a day without a time begins."""

    phone_region: str = "US"
    zone: tzinfo = timezone.utc


# A context variable, because the validators of pydantic 1 take no argument of ours.
LOCAL: ContextVar[Local] = ContextVar("LOCAL", default=Local())  # noqa: B039  # Local is frozen


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "x"?` where one of `known` is near, else nothing."""
    near = difflib.get_close_matches(word.casefold(), sorted(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


class Checked:
    """Let pydantic call `check` of the class."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[object], object]]:
        yield cls.check

    @classmethod
    def check(cls, value: object) -> Any:
        """Return the normal form of a value, or raise a ValueError that says why there is none."""
        raise NotImplementedError


class Text(Checked, str):
    """Hold text; a whole number is taken as its digits, because JSON writers often leave the quotes out."""

    limit: ClassVar[int] = 200

    @classmethod
    def check(cls, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise ValueError("must be text in quotes")
        value = value.strip()
        if _UNPRINTABLE.search(value):
            raise ValueError("has a control character; delete it or type the text again")
        if len(value) > cls.limit:
            raise ValueError(f"must have at most {cls.limit:,} characters (has {len(value):,})")
        return value


class Body(Text):
    """Hold a longer text."""

    limit = 20_000


class Label(Text):
    """Hold a short name, such as a carrier or a team."""

    limit = 80


class Brand(Text):
    """Hold a card brand."""

    limit = 40


class Code(Text):
    """Hold a shop's own code of a product or a variant."""

    limit = 64


class Postcode(Text):
    """Hold a postcode."""

    limit = 20


class Tracking(Text):
    """Hold a carrier's tracking number."""

    limit = 120


class Url(Text):
    """Hold a web address; it becomes a link in the chat, so nothing but http and https."""

    limit = 500

    @classmethod
    def check(cls, value: object) -> str:
        text = super().check(value)
        if not _URL.fullmatch(text):
            raise ValueError("must be an address that begins with https:// or http://")
        return text


# Orders repeat the addresses of their customers, and checking one costs as much as the rest of its row.
_email = lru_cache(maxsize=2_000)(inbound.email)


class Email(Text):
    """Hold an e-mail address, normalised as the assistant does it."""

    limit = 254

    @classmethod
    def check(cls, value: object) -> str:
        return _normalised(_email, super().check(value), "must be an e-mail address")


class OrderNumber(Text):
    """Hold an order number in the form that the assistant makes of a customer's "#1001"."""

    limit = 64

    @classmethod
    def check(cls, value: object) -> str:
        return _normalised(inbound.order_number, super().check(value), 'must be a number such as "1001" or "A-1001"')


class TicketNumber(Text):
    """Hold a ticket number in the form that the assistant makes of it."""

    limit = 64

    @classmethod
    def check(cls, value: object) -> str:
        return _normalised(inbound.ticket_number, super().check(value), 'must be a number such as "T-1001"')


class Phone(Text):
    """Hold a phone number in E.164."""

    limit = 40

    @classmethod
    def check(cls, value: object) -> str:
        region = LOCAL.get().phone_region
        reason = f"must be a phone number, with its country code (+...) or one of {region}"
        return _normalised(lambda text: inbound.phone(text, region), super().check(value), reason)


def _normalised(normalise: Callable[[str], str], text: str, reason: str) -> str:
    try:
        return normalise(text)
    except InvalidError:
        raise ValueError(reason) from None


class LastFour(Text):
    """Hold the end of a card number; a longer number must never come into the database."""

    @classmethod
    def check(cls, value: object) -> str:
        text = super().check(value)
        if not _LAST_FOUR.fullmatch(text):
            raise ValueError("must be the last four digits of the card and nothing more")
        return text


class Currency(Text):
    """Hold an ISO 4217 code."""

    @classmethod
    def check(cls, value: object) -> str:
        code = super().check(value).upper()
        if code not in _currencies():
            raise ValueError('must be a currency code such as "USD" or "EUR"')
        return code


class Country(Text):
    """Hold an ISO 3166 alpha-2 code."""

    @classmethod
    def check(cls, value: object) -> str:
        code = super().check(value).upper()
        if len(code) != 2 or code not in _countries():
            raise ValueError('must be a country code of two letters such as "US" or "DE"')
        return code


@lru_cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@lru_cache
def _countries() -> frozenset[str]:
    # CLDR lists groups and placeholders among the territories.
    return frozenset(Locale("en").territories) - {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}


class _Choice(Text):
    """Hold one of a few words; never echoes what came instead, because a shifted column may hold anything."""

    words: ClassVar[frozenset[str]]

    @classmethod
    def check(cls, value: object) -> str:
        word = _folded(super().check(value))
        if word not in cls.words:
            raise ValueError(f"must be one of {', '.join(sorted(cls.words))}{did_you_mean(word, cls.words)}")
        return word


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.casefold())


class TicketState(_Choice):
    """Hold where a ticket stands."""

    words = frozenset(status.value for status in TicketStatus)


class Urgency(_Choice):
    """Hold the priority of a ticket."""

    words = frozenset(priority.value for priority in Priority)


class Paid(_Choice):
    """Hold how something is paid."""

    words = frozenset(kind.value for kind in PaymentKind)


class OrderState(Text):
    """Hold where an order stands: our word for it, or the shop's own, which is told as "being processed"."""

    limit = 40
    words: ClassVar[frozenset[str]] = frozenset(status.value for status in OrderStatus)

    @classmethod
    def check(cls, value: object) -> str:
        text = super().check(value)
        if not _WORD.fullmatch(text):
            raise ValueError(f"must be a word such as {', '.join(sorted(cls.words))}")
        return _folded(text) if _folded(text) in cls.words else text


class Options(Checked, dict[str, str]):
    """Hold the options of a variant, such as {"size": "M"}."""

    @classmethod
    def check(cls, value: object) -> dict[str, str]:
        if not isinstance(value, dict):
            raise ValueError('must be pairs such as {"size": "M"}; in CSV size=M; colour=Blue')
        if len(value) > 20:
            raise ValueError(f"must be at most 20 pairs (was {len(value)})")
        return {Label.check(name): Label.check(option) for name, option in value.items()}


class Words(Checked, tuple[str, ...]):
    """Hold a list of short texts, such as tags."""

    @classmethod
    def check(cls, value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError('must be a list such as ["first", "second"]')
        if len(value) > 1000:
            raise ValueError(f"must have at most 1,000 entries (has {len(value):,})")
        return tuple(Code.check(entry) for entry in value)
