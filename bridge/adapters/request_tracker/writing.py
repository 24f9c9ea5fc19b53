"""What Request Tracker is sent: new tickets and changes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.connections import Words
from bridge.errors import InvalidError
from bridge.model.helpdesk import NewTicket, Ticket, TicketChange, TicketStatus


def new(ticket: NewTicket, key: str, queue: str, words: Words, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what makes a ticket in a queue."""
    ours = {
        fields["key_field"]: key,
        fields["order_field"]: ticket.order_number,
        fields["tags_field"]: list(ticket.tags),
    }
    return {
        "Queue": queue,
        "Subject": ticket.subject,
        "Requestor": ticket.email,
        "Content": ticket.description,
        "ContentType": "text/plain",
        "Priority": int(words.theirs("priorities", ticket.priority)),
        "CustomFields": {name: value for name, value in ours.items() if value},
    }


def changed(before: Ticket, change: TicketChange, words: Words, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what makes a ticket stand as the change wants it."""
    body: dict[str, Any] = {}
    if change.status is not None:
        body["Status"] = status_of(change.status, words)
    if change.priority is not None:
        body["Priority"] = int(words.theirs("priorities", change.priority))
    if change.team is not None:
        body["Queue"] = queue_of(change.team, words, fields)
    if change.tags:  # what is sent replaces what is there
        body["CustomFields"] = {fields["tags_field"]: list(dict.fromkeys([*before.tags, *change.tags]))}
    return body


def queue_of(team: str, words: Words, fields: Mapping[str, str]) -> str:
    """Return the queue of a team; of none, the one for such tickets."""
    return words.theirs("teams", team, team) or fields["queue"]


def status_of(status: TicketStatus, words: Words) -> str:
    """Return RT's word for a status.

    Raises:
        InvalidError: it has none.
    """
    theirs = (word for word, ours in words.section("statuses").items() if ours == status.value)
    word = next(theirs, None)
    if word is None:
        raise InvalidError("status", "is no status that a ticket can be given")
    return word
