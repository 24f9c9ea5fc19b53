"""How Zendesk tells errors, pages lists and keeps our keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.transport import Data, Params, Reply, Session, Trouble, Vendor, paging

PAGE = 100


def trouble(reply: Reply) -> Trouble:
    """Read an error body: `error` is a word, a sentence or an object; `details` is by field, where there are any."""
    error, details = reply.data["error"], reply.data["details"].raw
    code = error.raw if isinstance(error.raw, str) else error.text("title", "")
    return Trouble(code, next(iter(details), "") if isinstance(details, Mapping) else "")


VENDOR = Vendor(
    "zendesk",
    trouble=trouble,
    fields={"requester": "email", "base": "description", "comment": "body", "group": "team"},
)


def walk(session: Session, path: str, name: str, ticket_id: str) -> Iterator[tuple[Data, Data]]:
    """Yield each record of a ticket's list, oldest first, with the reply that it came in; no ticket, no records."""
    params: Params = {"include": "users", "page[size]": PAGE}
    first = session.send("GET", path, id=ticket_id, params=params, accept={404})
    if first.status == 404:
        return
    for page in paging.by_url(session, first, _next):
        for record in page.data.each(name):
            yield record, page.data


def named(data: Data, name: str, wanted: str) -> Data | None:
    """Return a record that came beside what was asked for, by its id."""
    return next((one for one in data.each(name) if one.id() == wanted), None)


def _next(reply: Reply) -> str:
    return reply.data["links"].text("next", "") if reply.data["meta"].flag("has_more", False) else ""
