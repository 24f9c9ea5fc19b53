"""Read what a message names: numbers, addresses, sums, days, things. Plain functions that need no Rasa.

Each reader looks at words in their context and returns `Found` spans. `read` fixes their order: what is certain by its
form (an address, a link, a phone number) is taken out of the text before bare numbers are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone

from components.entities import contacts, dates, language, money, numbers, postcodes, roles, things
from components.entities.text import Found, without

__all__ = ["Found", "read"]

LONGEST = 2_000
"""Characters that are read; the gateway takes no more either."""


def read(text: str, *, today: date | None = None, words: things.Words | None = None, region: str = "US") -> list[Found]:
    """Return everything that is named, in the order of the text.

    Args:
        today: what "last friday" is counted from.
        words: the shop's products, colours and sizes.
        region: ISO country whose phone numbers come without a country code, and whose order of day and month counts.
    """
    text = text[:LONGEST]
    certain = [*contacts.emails(text), *contacts.links(text)]
    rest = without(text, certain)
    sums = money.sums(rest)
    rest = without(rest, sums)
    days = dates.days(rest, today or datetime.now(timezone.utc).date(), day_first=region not in {"US", "PH", "FM"})
    labelled = postcodes.labelled(rest)
    phones = contacts.phones(without(rest, [*days, *labelled]), region)
    numerals = without(rest, [*days, *labelled, *phones])
    tickets = numbers.tickets(numerals)
    orders = numbers.orders(without(numerals, tickets))
    codes = [*labelled, *postcodes.formed(without(numerals, tickets))]
    named = things.things(without(rest, [*days, *orders, *tickets]), words or things.Words())
    found = [*certain, *sums, *days, *phones, *tickets, *orders, *codes, *named, *language.spoken(text)]
    return _in_order(roles.assign(text, [one for one in found if one.entity != contacts.LINK]))


def _in_order(found: Sequence[Found]) -> list[Found]:
    return sorted(found, key=lambda one: (one.start, one.end, one.entity))
