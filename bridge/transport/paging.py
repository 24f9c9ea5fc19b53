"""Walk through lists that come in pages; every walk ends, whatever the vendor answers.

Each yields replies (or for GraphQL, connections), so the caller picks out its records and stops when it has enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from bridge.errors import ProtocolError
from bridge.transport.data import Data
from bridge.transport.reply import Reply
from bridge.transport.session import Session

Page = TypeVar("Page")

PAGES = 20
"""More of them are an error and not a shorter list: what was looked for may be on the next one."""

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)')
_NEXT = re.compile(r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next)(?=\s*(?:;|$))', re.IGNORECASE)


def by_cursor(ask: Callable[[str], Page], cursor_of: Callable[[Page], str], pages: int = PAGES) -> Iterator[Page]:
    """Ask with "" and then with the cursor that each page names, until one names none."""
    cursor = ""
    seen = {""}
    for _ in range(pages):
        page = ask(cursor)
        yield page
        cursor = cursor_of(page)
        if not cursor:
            return
        if cursor in seen:
            raise ProtocolError("a list goes round in circles: a page names a cursor that was there before")
        seen.add(cursor)
    raise _endless(pages)


def by_url(session: Session, first: Reply, url_of: Callable[[Reply], str], pages: int = PAGES) -> Iterator[Reply]:
    """Follow the address of the next page, which must be at the same host."""
    yield from by_cursor(lambda url: session.follow(first, url) if url else first, url_of, pages)


def by_link(session: Session, first: Reply, pages: int = PAGES) -> Iterator[Reply]:
    """Follow `Link: <...>; rel="next"`."""
    yield from by_url(session, first, next_link, pages)


def by_number(ask: Callable[[int], Page], is_last: Callable[[Page], bool], pages: int = PAGES) -> Iterator[Page]:
    """Ask for page 1, 2, 3 until one is the last."""
    for number in range(1, pages + 1):
        page = ask(number)
        yield page
        if is_last(page):
            return
    raise _endless(pages)


def by_page_info(ask: Callable[[str | None], Data], pages: int = PAGES) -> Iterator[Data]:
    """Ask for GraphQL connections: `pageInfo{hasNextPage endCursor}` says where to go on."""

    def cursor_of(connection: Data) -> str:
        info = connection["pageInfo"]
        return info.text("endCursor") if info.flag("hasNextPage") else ""

    yield from by_cursor(lambda cursor: ask(cursor or None), cursor_of, pages)


def next_link(reply: Reply) -> str:
    """Return the address of the next page by the header `Link`, or nothing."""
    for target, parameters in _LINK.findall(reply.headers.get("Link", "")[:10_000]):
        if _NEXT.search(parameters):
            return str(target)
    return ""


def _endless(pages: int) -> ProtocolError:
    return ProtocolError(f"a list has more than {pages} pages")
