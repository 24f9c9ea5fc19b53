"""Tickets of Zendesk Support."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bridge.adapters.zendesk.changes import apply, audit_of, ticket_with
from bridge.adapters.zendesk.client import PAGE, named, walk
from bridge.adapters.zendesk.reading import comment_of, ticket_of
from bridge.connections import Adapter
from bridge.connections.values import findable, the_one
from bridge.errors import ConflictError, InvalidError, NotFoundError
from bridge.model.helpdesk import Comment, NewTicket, Ticket, TicketChange, TicketStatus
from bridge.model.identity import Claim
from bridge.transport import Data, Params

_WAITING = (TicketStatus.PENDING, TicketStatus.SOLVED)


class ZendeskHelpdesk(Adapter):
    """Keep tickets in Zendesk; a ticket has our key as its external id, a change in the metadata of its audit."""

    domain = "helpdesk"

    def create_ticket(self, ticket: NewTicket, key: str) -> Ticket:
        """Create the ticket, or return the one this key made before."""
        # Zendesk keeps its own memory of a key for two hours only, and refuses the key with another text.
        if made := self.find_ticket_by_key(key):
            return made
        body = {"ticket": self._new(ticket, key)}
        reply = self.session.send("POST", "tickets", json=body, headers={"Idempotency-Key": key}, accept={400})
        if reply.status == 400 and (made := self.find_ticket_by_key(key)):
            return made
        return self._read(reply.check().data["ticket"].id())

    def find_ticket(self, number: str, claim: Claim) -> Ticket:
        """Return the ticket with this number if the claim's e-mail is its requester's."""
        ticket = self._read_or_none(number.strip().removeprefix("#"))
        if ticket is None or not claim.matches(email=ticket.email):
            raise NotFoundError("no ticket has this number and belongs to this person")
        return ticket

    def list_tickets(self, email: str, limit: int = 10) -> Sequence[Ticket]:
        """Return the newest tickets of a person."""
        if limit < 1 or not findable(email) or '"' in email:
            return []
        found = []
        users = self.session.get("users/search", params={"query": f'email:"{email}"'}).data
        for user in users.each("users"):
            # The search takes addresses apart and finds similar ones.
            if user.text("email", "").casefold() == email.casefold():
                params: Params = {"sort_by": "created_at", "sort_order": "desc", "per_page": PAGE, "include": "groups"}
                theirs = self.session.get("users/{id}/tickets/requested", id=user.id(), params=params).data
                own = (the_one(one, user.id(), "requester_id") for one in theirs.each("tickets"))
                found += [ticket_of(one, theirs, user, self.words) for one in own]
        return sorted(found, key=lambda ticket: ticket.created_at, reverse=True)[:limit]

    def find_ticket_by_key(self, key: str) -> Ticket | None:
        """Return the ticket that this idempotency key made."""
        if not findable(key):
            return None
        found = self.session.get("tickets", params={"external_id": key}).data
        ids = [one.id() for one in found.each("tickets") if one.text("external_id", "") == key]
        return self._read(ids[0]) if ids else None

    def add_comment(self, ticket_id: str, body: str, key: str, *, public: bool = True) -> Comment:
        """Add a comment, or return the one this key made before; a public one is the requester's."""

        def told(ticket: Data) -> dict[str, Any]:
            comment = {"body": body, "public": public}
            if not public:
                return {"comment": comment}
            status = self.words.ours("statuses", ticket.text("status"), TicketStatus, TicketStatus.OTHER)
            reopened = {"status": self._status(TicketStatus.OPEN)} if status in _WAITING else {}
            return {"comment": {**comment, "author_id": ticket["requester_id"].raw}, **reopened}

        apply(self.session, ticket_id, key, told)
        made = self.find_comment_by_key(ticket_id, key)
        if made is None:
            raise ConflictError("this key changed the ticket in another way")
        return made

    def find_comment_by_key(self, ticket_id: str, key: str) -> Comment | None:
        """Return the comment that this idempotency key added to this ticket."""
        audit, page = audit_of(self.session, ticket_id, key)
        if audit is None:
            return None
        added = (one for one in audit.each("events") if one.text("type", "") == "Comment")
        return next((comment_of(one, audit, page) for one in added), None)

    def update_ticket(self, ticket_id: str, change: TicketChange, key: str) -> Ticket:
        """Change a ticket and return it as it stands then."""
        wanted: dict[str, Any] = {}
        if change.status is not None:
            wanted["status"] = self._status(change.status)
        if change.priority is not None:
            wanted["priority"] = self.words.theirs("priorities", change.priority)
        if change.team is not None:
            wanted["group_id"] = self._group(change.team)
            if wanted["group_id"] is None:
                raise InvalidError("team", "no group has this name")

        def told(ticket: Data) -> dict[str, Any]:
            # Tags that are sent replace those that are there.
            tags = {*ticket.texts("tags"), *change.tags}
            return {**wanted, **({"tags": sorted(tags)} if change.tags else {})}

        apply(self.session, ticket_id, key, told)
        return self._read(ticket_id)

    def find_ticket_update(self, ticket_id: str, change: TicketChange, key: str) -> Ticket | None:
        """Return the ticket if this key changed it."""
        audit, _ = audit_of(self.session, ticket_id, key)
        return None if audit is None else self._read(ticket_id)

    def _new(self, ticket: NewTicket, key: str) -> dict[str, Any]:
        order_field = self.words.theirs("fields", "order_number")
        order = [{"id": int(order_field), "value": ticket.order_number}] if order_field and ticket.order_number else []
        return {
            "subject": ticket.subject,
            "comment": {"body": ticket.description, "public": True},
            "priority": self.words.theirs("priorities", ticket.priority),
            # A new address needs a name on some accounts.
            "requester": {"email": ticket.email, "name": ticket.name or ticket.email.partition("@")[0]},
            "tags": list(ticket.tags),
            "external_id": key,
            "custom_fields": order,
            **({"group_id": group} if ticket.team and (group := self._group(ticket.team)) else {}),
        }

    def _status(self, status: TicketStatus) -> str:
        words = self.words.section("statuses").items()
        if found := next((theirs for theirs, ours in words if ours == status.value), None):
            return found
        raise InvalidError("status", f"there is no {status.value} here")

    def _group(self, team: str) -> int | None:
        if mapped := self.words.theirs("teams", team):
            return int(mapped)
        groups = self.session.get("groups/assignable", params={"per_page": PAGE}).data
        return next((one.number("id") for one in groups.each("groups") if one.text("name") == team), None)

    def _read(self, ticket_id: str) -> Ticket:
        if (ticket := self._read_or_none(ticket_id)) is None:
            raise NotFoundError("no ticket has this id")
        return ticket

    def _read_or_none(self, ticket_id: str) -> Ticket | None:
        """Return a ticket with what its requester may read of its comments; the first of them is its description."""
        found = ticket_with(self.session, ticket_id)
        if found is None:
            return None
        requester = named(found, "users", found["ticket"].id("requester_id"))
        comments = list(walk(self.session, "tickets/{id}/comments", "comments", ticket_id))[1:]
        told = tuple(comment_of(one, one, page) for one, page in comments if one.flag("public"))
        return replace(ticket_of(found["ticket"], found, requester, self.words), comments=told)
