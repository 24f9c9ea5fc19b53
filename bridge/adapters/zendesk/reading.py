"""Tickets and comments of ours from those of Zendesk."""

from __future__ import annotations

from datetime import datetime

from bridge.adapters.zendesk.client import named
from bridge.connections import Words
from bridge.model.helpdesk import Comment, Priority, Ticket, TicketStatus
from bridge.transport import Data


def ticket_of(ticket: Data, page: Data, requester: Data | None, words: Words) -> Ticket:
    """Return a ticket without its comments; groups are on the page that it came with."""
    group = ticket.id("group_id", "")
    team = next((ours for ours, theirs in words.section("teams").items() if theirs == group), "")
    beside = named(page, "groups", group)
    return Ticket(
        id=ticket.id(),
        number=ticket.id(),
        subject=ticket.text("subject", ""),
        description=ticket.text("description", ""),
        status=words.ours("statuses", ticket.text("status"), TicketStatus, TicketStatus.OTHER),
        status_label=ticket.text("status"),
        priority=words.ours("priorities", ticket.text("priority", ""), Priority, Priority.NORMAL),
        email="" if requester is None else requester.text("email", ""),
        created_at=ticket.time("created_at"),
        updated_at=ticket.time("updated_at"),
        name="" if requester is None else requester.text("name", ""),
        team=team or (beside.text("name") if beside else ""),
        order_number=_field(ticket, words.theirs("fields", "order_number")),
        # The SLA where there is one; a date of its own has a ticket of the type "task" only.
        due_at=min((at for at in _promised(ticket) if at), default=ticket.time_or_none("due_at")),
        tags=tuple(sorted(ticket.texts("tags"))),
    )


def comment_of(comment: Data, dated: Data, page: Data) -> Comment:
    """Return a comment.

    Args:
        dated: the record that says when: the comment, or the audit that it is an event of.
        page: the reply, which has the people beside the records.
    """
    author = named(page, "users", comment.id("author_id"))
    name = "" if author is None else author.text("name", "")
    return Comment(comment.text("body"), name, dated.time("created_at"), comment.flag("public"))


def _promised(ticket: Data) -> list[datetime | None]:
    if not ticket["slas"]:
        return []
    metrics = ticket["slas"].each("policy_metrics")
    return [one.time_or_none("breach_at") for one in metrics if one.text("metric", "") == "first_reply_time"]


def _field(ticket: Data, wanted: str) -> str:
    fields = ticket.each("custom_fields") if wanted else ()
    return next((one.text("value", "") for one in fields if one.id() == wanted), "")
