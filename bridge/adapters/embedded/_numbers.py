"""Give out ticket numbers, each once, however many processes ask at the same time."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.storage.business import counters, tickets
from bridge.storage.engine import insert_if_new

_PREFIX = "T-"
_BEFORE_THE_FIRST = 10_000
_OURS = counters.c.name == "tickets"


def next_ticket_number(connection: sa.engine.Connection) -> str:
    """Return the next free number; other writers wait here until the caller's transaction is over."""
    last = _count_on(connection)
    if _is_taken(connection, last):
        # Loaded data brought its own numbers; go on behind the highest of them.
        last = _highest_taken(connection) + 1
        connection.execute(sa.update(counters).where(_OURS).values(last=last))
    return f"{_PREFIX}{last}"


def spellings(number: str) -> set[str]:
    """Return how a number that somebody typed may be kept here."""
    typed = number.strip()
    # As typed too: a number that came with loaded data may have small letters.
    return {typed, typed.upper(), *([f"{_PREFIX}{typed}"] if typed.isdecimal() else [])}


def _count_on(connection: sa.engine.Connection) -> int:
    insert_if_new(connection, counters, {"name": "tickets", "last": _BEFORE_THE_FIRST})
    connection.execute(sa.update(counters).where(_OURS).values(last=counters.c.last + 1))
    return int(connection.execute(sa.select(counters.c.last).where(_OURS)).scalar_one())


def _is_taken(connection: sa.engine.Connection, number: int) -> bool:
    taken = sa.select(tickets.c.id).where(tickets.c.number == f"{_PREFIX}{number}")
    return connection.execute(taken).first() is not None


def _highest_taken(connection: sa.engine.Connection) -> int:
    numbers = connection.execute(sa.select(tickets.c.number).where(tickets.c.number.startswith(_PREFIX))).scalars()
    tails = (number.removeprefix(_PREFIX) for number in numbers)
    return max((int(tail) for tail in tails if tail.isascii() and tail.isdigit()), default=_BEFORE_THE_FIRST)
