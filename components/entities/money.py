"""Sums of money: an amount beside a currency, or two decimals beside a word about paying."""

from __future__ import annotations

import re

from components.entities.text import Found

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_WORDS = {
    **dict.fromkeys(("usd", "us$", "dollar", "dollars", "buck", "bucks"), "USD"),
    **dict.fromkeys(("eur", "euro", "euros"), "EUR"),
    **dict.fromkeys(("gbp", "pound", "pounds", "quid"), "GBP"),
    **dict.fromkeys(("chf", "franken", "francs"), "CHF"),
    **dict.fromkeys(("cad", "aud", "jpy", "inr", "sek", "nok", "dkk", "pln"), ""),
}
_AMOUNT = r"\d{1,3}(?:[ ,.'’]\d{3}){1,3}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
_NAMES = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))
_BEFORE = re.compile(rf"(?<![\w#])(?P<sign>[$€£¥₹]|(?:{_NAMES})\b) ?(?P<amount>{_AMOUNT})(?![\d-])", re.IGNORECASE)
_AFTER = re.compile(
    rf"(?<![\w#.,:/-])(?P<amount>{_AMOUNT}) ?(?:(?P<sign>[$€£¥₹])|(?P<word>{_NAMES})\b)(?! ?\d)", re.IGNORECASE
)
# 59.90 without a currency is money only where the words speak of it; elsewhere it is a version, a time or a size.
_BARE = re.compile(r"(?<![\w#.,:/-])(?P<amount>\d{1,6}[.,]\d{2})(?![\w%:/-]|[.,]\d)")
_TALK = re.compile(
    r"\b(?:charg|paid|pay|payed|refund|cost|price|bill|took|take|taken|debit|money|back|card|owe|total|sum|invoice|"
    r"worth|for|spent|of|only)\w*\W+(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)


def sums(text: str) -> list[Found]:
    """Return the sums as "59.90 EUR", or "59.90" where no currency is said."""
    found: list[Found] = []
    for shape in (_BEFORE, _AFTER, _BARE):
        for match in shape.finditer(text):
            free = all(match.end() <= one.start or one.end <= match.start() for one in found)
            if free and (shape is not _BARE or _TALK.search(text[max(0, match.start() - 40) : match.start()])):
                found.append(Found("money", match.start(), match.end(), _value(match)))
    return found


def _value(match: re.Match[str]) -> str:
    parts = match.groupdict()
    said = (parts.get("sign") or parts.get("word") or "").lower()
    currency = _SIGNS.get(said) or _WORDS.get(said) or said.upper()
    return f"{decimal(parts['amount'])} {currency}".strip()


def decimal(amount: str) -> str:
    """Return an amount with a point and two places: "1.234,5" and "1,234.5" are both 1234.50."""
    whole, cents = amount, ""
    if match := re.fullmatch(r"(.*)[.,](\d{1,2})", amount):
        whole, cents = match.groups()
    return f"{int(re.sub(r'[^0-9]', '', whole))}.{cents.ljust(2, '0')}"
