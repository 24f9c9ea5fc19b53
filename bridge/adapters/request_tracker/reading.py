"""Read tickets and messages of Request Tracker."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from bridge.adapters.request_tracker.client import all_of, values
from bridge.connections import Words
from bridge.model.helpdesk import Comment, Priority, Ticket, TicketStatus
from bridge.transport import Data, Session

TICKET = {
    "fields": "Subject,Status,Priority,Requestor,Queue,Created,LastUpdated,Due,CustomFields",
    "fields[Requestor]": "EmailAddress,RealName",
    "fields[Queue]": "Name",
}
_HISTORY = {"fields": "Type,Creator,Created,CustomFields", "fields[Creator]": "RealName,Name"}
_ATTACHMENTS = {"fields": "Content,ContentType,TransactionId"}
_TOLD = {"Create": True, "Correspond": True, "Comment": False}
"""Transactions that are messages, and whether the requester sees them."""
_NEVER = 1970
_DECLARATION = re.compile(r"<!\[[^>]*>?")
"""What Word writes for itself; Python's reader of pages breaks over the words that it does not know."""


@dataclass(frozen=True)
class Message:
    """Hold one message of a ticket; the first is its description."""

    comment: Comment
    keys: tuple[str, ...]
    first: bool


def ticket_of(found: Data, words: Words, fields: Mapping[str, str]) -> Ticket:
    """Return a ticket as a search tells it, without its messages."""
    status, due = found.text("Status"), found.time_or_none("Due")
    requester = next(found.each("Requestor"), Data({}))
    queue = found["Queue"].text("Name")
    number = found.id()
    return Ticket(
        id=number,
        number=number,
        subject=found.text("Subject"),
        description="",
        status=words.ours("statuses", status, TicketStatus, TicketStatus.OTHER),
        status_label=status,
        priority=_priority(found.number("Priority", 0), words),
        email=requester.text("EmailAddress", ""),
        created_at=found.time("Created"),
        updated_at=found.time("LastUpdated"),
        name=requester.text("RealName", ""),
        team=next((ours for ours, theirs in words.section("teams").items() if theirs == queue), queue),
        order_number=next(iter(values(found, fields["order_field"])), ""),
        due_at=due if due is not None and due.year > _NEVER else None,
        tags=values(found, fields["tags_field"]),
    )


def messages_of(session: Session, ticket_id: str, key_field: str) -> list[Message]:
    """Return the messages of a ticket, oldest first."""
    said: dict[str, str] = {}
    for part in all_of(session, "ticket/{id}/attachments", ticket_id, _ATTACHMENTS):
        kind = part.text("ContentType", "")
        if kind in ("text/plain", "text/html"):
            # A mail has its text twice; the plain one comes first.
            said.setdefault(part.id("TransactionId"), plain(part.text("Content", ""), kind))
    told = (one for one in all_of(session, "ticket/{id}/history", ticket_id, _HISTORY) if one.text("Type") in _TOLD)
    return [
        Message(_comment(one, said.get(one.id(), "")), values(one, key_field), one.text("Type") == "Create")
        for one in sorted(told, key=lambda one: one.number("id"))
    ]


def _comment(told: Data, body: str) -> Comment:
    creator = told["Creator"]
    author = creator.text("RealName", "") or creator.text("Name", "")
    return Comment(body, author, told.time("Created"), _TOLD[told.text("Type")])


def _priority(number: int, words: Words) -> Priority:
    reached = [(int(least), ours) for ours, least in words.section("priorities").items() if int(least) <= number]
    return Priority(max(reached)[1]) if reached else Priority.LOW


def plain(content: str, kind: str) -> str:
    """Return the text of a message: agents write pages in RT's editor."""
    if kind == "text/plain":
        return content
    reader = _Text()
    reader.feed(_DECLARATION.sub("", content))
    reader.close()
    return "".join(reader.parts()).strip()


class _Text(HTMLParser):
    """Keep the text of what agents write in RT's editor."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []

    def parts(self) -> Iterator[str]:
        return iter(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "li"):
            self._parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "div", "blockquote"):
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        self._parts.append(" ".join(data.split("\n")))
