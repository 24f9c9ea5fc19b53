"""Tickets of Request Tracker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bridge.adapters.request_tracker.client import OneAtATime, custom_field, is_id, quoted, values
from bridge.adapters.request_tracker.reading import TICKET, Message, messages_of, ticket_of
from bridge.adapters.request_tracker.writing import changed, new, queue_of, status_of
from bridge.connections import Adapter, Connection
from bridge.connections.values import findable, the_one
from bridge.errors import ConflictError, InvalidError, NotFoundError, ProtocolError
from bridge.model.helpdesk import Comment, NewTicket, Ticket, TicketChange, TicketStatus
from bridge.model.identity import Claim
from bridge.transport import Data, Params

_log = structlog.get_logger(__name__)
_WAITING = (TicketStatus.PENDING, TicketStatus.SOLVED)


class RequestTrackerHelpdesk(Adapter):
    """Keep tickets in Request Tracker; tickets and messages carry our key in a custom field."""

    domain = "helpdesk"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._one_at_a_time = OneAtATime()

    def create_ticket(self, ticket: NewTicket, key: str) -> Ticket:
        """Create the ticket, or return the one this key made before."""
        with self._one_at_a_time.holding(key):
            if made := self.find_ticket_by_key(key):
                return made
            number = self._post(ticket, key)
        return self._whole(self._ticket(number))

    def find_ticket(self, number: str, claim: Claim) -> Ticket:
        """Return the ticket with this number if the claim's e-mail is its requester's."""
        ticket = self._ticket_or_none(number.strip().removeprefix("#"))
        if ticket is None or not claim.matches(email=ticket.email):
            raise NotFoundError("no ticket has this number and belongs to this person")
        return self._whole(ticket)

    def list_tickets(self, email: str, limit: int = 10) -> Sequence[Ticket]:
        """Return the newest tickets of a person."""
        claim = Claim(email=email.strip())
        if limit < 1 or not findable(email):
            return []
        found = self._search(f"Requestor.EmailAddress = {quoted(email.strip())}", limit)
        return [ticket for ticket in map(self._read, found) if claim.matches(email=ticket.email)]

    def find_ticket_by_key(self, key: str) -> Ticket | None:
        """Return the ticket that this idempotency key made."""
        field = self.fields["key_field"]
        if not findable(key):
            return None
        # RT compares without regard to case.
        found = [one for one in self._search(f"{custom_field(field)} = {quoted(key)}") if key in values(one, field)]
        return self._whole(self._read(found[-1])) if found else None

    def add_comment(self, ticket_id: str, body: str, key: str, *, public: bool = True) -> Comment:
        """Add a comment, or return the one this key made before; a reply opens a ticket that waited for it."""
        with self._one_at_a_time.holding(key):
            ticket = self._ticket(ticket_id)
            if made := self._message(ticket.id, key):
                return made.comment
            if ticket.status is TicketStatus.CLOSED:
                raise ConflictError("the ticket is closed and takes no more comments")
            said = {"Content": body, "ContentType": "text/plain", "TxnCustomFields": {self.fields["key_field"]: key}}
            if public and ticket.status in _WAITING:
                said["Status"] = status_of(TicketStatus.OPEN, self.words)
            self.session.post("ticket/{id}/{kind}", id=ticket.id, kind=_kind(public), json=said)
        added = self._message(ticket.id, key)
        if added is None:
            raise ProtocolError(f"{self.system}: a comment is not there; has the custom field of keys been applied?")
        return added.comment

    def find_comment_by_key(self, ticket_id: str, key: str) -> Comment | None:
        """Return the comment that this idempotency key added to this ticket."""
        if not is_id(ticket_id) or not findable(key) or self._ticket_or_none(ticket_id) is None:
            return None
        found = self._message(ticket_id, key)
        return found.comment if found else None

    def update_ticket(self, ticket_id: str, change: TicketChange, key: str) -> Ticket:
        """Change a ticket and return it as it stands then."""
        before = self._ticket(ticket_id)
        if before.status is TicketStatus.CLOSED:
            raise ConflictError("the ticket is closed and cannot be changed any more")
        self.session.put("ticket/{id}", id=before.id, json=changed(before, change, self.words, self.fields))
        after = self._ticket(ticket_id)
        # RT answers 200 with a sentence for each field, also for those that it refused.
        for field in ("status", "priority", "team"):
            wanted = getattr(change, field)
            if wanted is not None and getattr(after, field) != wanted:
                raise InvalidError(field, "was refused")
        return self._whole(after)

    def find_ticket_update(self, ticket_id: str, change: TicketChange, key: str) -> Ticket | None:
        """Return the ticket if it stands as the change wants it."""
        ticket = self._ticket_or_none(ticket_id)
        wanted = (change.status, change.priority, change.team)
        if ticket is None or not set(change.tags) <= set(ticket.tags):
            return None
        stands = zip(wanted, (ticket.status, ticket.priority, ticket.team), strict=True)
        return self._whole(ticket) if all(want in (None, has) for want, has in stands) else None

    def _post(self, ticket: NewTicket, key: str) -> str:
        """Create a ticket; one whose team has no queue goes where those of no team go."""
        queue, otherwise = (queue_of(team, self.words, self.fields) for team in (ticket.team, ""))
        # RT says of a queue that is not there that we may not create tickets in it.
        accept = {403} if queue != otherwise else set()
        body = new(ticket, key, queue, self.words, self.fields)
        reply = self.session.send("POST", "ticket", json=body, accept=accept)
        if reply.status != 403:
            return reply.data.id()
        number = self.session.post("ticket", json={**body, "Queue": otherwise}).data.id()
        _log.warning("team_without_queue", team=ticket.team)
        return number

    def _search(self, query: str, limit: int = 2) -> Sequence[Data]:
        newest_first = {"orderby": ["Created", "id"], "order": ["DESC", "DESC"]}
        params: Params = {**TICKET, **newest_first, "query": query, "per_page": limit}
        return list(self.session.get("tickets", params=params).data.each("items"))

    def _read(self, found: Data) -> Ticket:
        return ticket_of(found, self.words, self.fields)

    def _ticket_or_none(self, number: str) -> Ticket | None:
        found = self._search(f"id = {number}") if is_id(number) else []
        return self._read(the_one(found[0], number)) if found else None

    def _ticket(self, number: str) -> Ticket:
        ticket = self._ticket_or_none(number)
        if ticket is None:
            raise NotFoundError("no ticket has this id")
        return ticket

    def _whole(self, ticket: Ticket) -> Ticket:
        messages = messages_of(self.session, ticket.id, self.fields["key_field"])
        told = tuple(one.comment for one in messages if one.comment.public and not one.first)
        return replace(ticket, description=messages[0].comment.body if messages else "", comments=told)

    def _message(self, ticket_id: str, key: str) -> Message | None:
        said = messages_of(self.session, ticket_id, self.fields["key_field"])
        return next((one for one in said if key in one.keys and not one.first), None)


def _kind(public: bool) -> str:
    return "correspond" if public else "comment"
