"""How Request Tracker tells its errors, is searched, and is kept from doing the same twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from bridge.transport import Data, Session, Vendor
from bridge.transport.paging import by_number

VENDOR = Vendor("request_tracker", fields={"Queue": "team", "Status": "status"})
# RT's errors are sentences in the language of the user, so nothing is read from them.

PER_PAGE = 100
_ID = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


def is_id(text: str) -> bool:
    """Tell whether a text can be the number of a ticket."""
    return bool(_ID.fullmatch(text))


def quoted(text: str) -> str:
    """Return a text as one value of TicketSQL."""
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


def custom_field(name: str) -> str:
    """Return a custom field as TicketSQL names it."""
    return quoted(f"CF.{{{name}}}")


def values(record: Data, name: str) -> tuple[str, ...]:
    """Return the values of a custom field of a ticket or a transaction."""
    held = (one for one in record.each("CustomFields") if one.text("name", "") == name)
    return tuple(str(value.raw) for field in held for value in field.each("values"))


def all_of(session: Session, path: str, ticket_id: str, fields: dict[str, str]) -> Iterator[Data]:
    """Yield everything in a list of a ticket, page by page."""

    def ask(page: int) -> Data:
        return session.get(path, id=ticket_id, params={**fields, "per_page": PER_PAGE, "page": page}).data

    for page in by_number(ask, lambda page: len(list(page.each("items"))) < PER_PAGE):
        yield from page.each("items")


class OneAtATime:
    """Let writes with the same key wait for each other: RT keeps a key, and does not mind having it twice.

    That is within a process; between processes the draft is consumed once, and the outbox leases what is left.
    """

    def __init__(self, locks: int = 64) -> None:
        self._locks = [Lock() for _ in range(locks)]

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Hold the lock that a key has, perhaps with others."""
        with self._locks[hash(key) % len(self._locks)]:
            yield
