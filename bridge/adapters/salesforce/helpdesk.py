"""Tickets of Salesforce: its cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bridge.adapters.salesforce.cases import MOST_PIECES, NO_RULES, Cases, pieces, ticket_of
from bridge.adapters.salesforce.client import code_of, quoted
from bridge.connections.values import findable
from bridge.errors import ConflictError, InvalidError, NotFoundError
from bridge.model.helpdesk import Comment, NewTicket, Ticket, TicketChange, TicketStatus
from bridge.model.identity import Claim
from bridge.transport import Data

_DIGITS = 8
"""So long are the numbers of cases unless an org changed that; people leave out the zeros."""
_WAITING = (TicketStatus.PENDING, TicketStatus.SOLVED)


class SalesforceHelpdesk(Cases):
    """Keep tickets as cases; a case has our key in a field, what is done to it in records of an object of ours."""

    def create_ticket(self, ticket: NewTicket, key: str) -> Ticket:
        """Create the case, or return the one this key made before."""
        body = self._new(ticket, key)
        headers = NO_RULES if "OwnerId" in body else {}
        reply = self.session.send("POST", "sobjects/Case", json=body, headers=headers, accept={400})
        if code_of(reply) == "DUPLICATE_VALUE" and (made := self.find_ticket_by_key(key)):
            return made
        return self._whole(self._known(reply.check().data.id()))

    def find_ticket(self, number: str, claim: Claim) -> Ticket:
        """Return the case with this number if the claim's e-mail is that of its contact, or of who wrote it."""
        wanted = number.strip().removeprefix("#").upper()
        either = f"CaseNumber IN ({quoted(wanted)}, {quoted(wanted.zfill(_DIGITS))})"
        found = [ticket_of(one, self.words) for one in self.cases(either)] if findable(wanted) else []
        for ticket in sorted(found, key=lambda one: one.number.upper() != wanted):
            if ticket.number.upper().lstrip("0") == wanted.lstrip("0") and claim.matches(email=ticket.email):
                return self._with_comments(ticket)
        raise NotFoundError("no ticket has this number and belongs to this person")

    def list_tickets(self, email: str, limit: int = 10) -> Sequence[Ticket]:
        """Return the newest cases of a person."""
        wanted = email.strip()
        if limit < 1 or not findable(wanted):
            return []
        either = f"SuppliedEmail = {quoted(wanted)} OR Contact.Email = {quoted(wanted)}"
        found = (ticket_of(one, self.words) for one in self.cases(either))
        return [ticket for ticket in found if ticket.email.casefold() == wanted.casefold()][:limit]

    def find_ticket_by_key(self, key: str) -> Ticket | None:
        """Return the case that this idempotency key made."""
        field = self.field("key")
        found = self.cases(f"{field} = {quoted(key)}") if findable(key) else []
        return next((self._whole(one) for one in found if one.text(field, "") == key), None)

    def add_comment(self, ticket_id: str, body: str, key: str, *, public: bool = True) -> Comment:
        """Add a comment, or return the one this key made before; of a long one, the first of its pieces."""
        case = self._known(ticket_id)
        ticket = ticket_of(case, self.words)
        if ticket.status is TicketStatus.CLOSED:
            return self._made(ticket.id, key, "the ticket is closed and takes no more comments")
        said = pieces(body)
        if not 0 < len(said) <= MOST_PIECES:
            raise InvalidError("body", "is empty or too long")
        asked: list[tuple[str, str, str, Any]] = [
            ("said" + str(at), "POST", "sobjects/CaseComment", _comment(ticket.id, piece, public))
            for at, piece in enumerate(said)
        ]
        reopened = self.words.theirs("given", TicketStatus.OPEN)
        if public and reopened and ticket.status in _WAITING:
            asked.append(("opened", "PATCH", f"sobjects/Case/{ticket.id}", {"Status": reopened}))
        self.once(ticket.id, key, *asked, record="@{said0.id}")
        return self._made(ticket.id, key, "this key changed the ticket in another way")

    def find_comment_by_key(self, ticket_id: str, key: str) -> Comment | None:
        """Return the comment that this idempotency key added to this case."""
        mark = self.mark(ticket_id, key)
        return None if mark is None else self.comment_with(ticket_id, mark.text(self.field("change_record"), ""))

    def update_ticket(self, ticket_id: str, change: TicketChange, key: str) -> Ticket:
        """Change a case and return it as it stands then."""
        case = self._known(ticket_id)
        ticket = ticket_of(case, self.words)
        values = self._changed(ticket, change)
        if ticket.status is TicketStatus.CLOSED:
            if self.mark(ticket.id, key) is None:
                raise ConflictError("the ticket is closed and cannot be changed any more")
        elif values:
            self.once(ticket.id, key, ("change", "PATCH", f"sobjects/Case/{ticket.id}", values))
            case = self._known(ticket_id)
        return self._whole(case)

    def find_ticket_update(self, ticket_id: str, change: TicketChange, key: str) -> Ticket | None:
        """Return the case if this key changed it."""
        return None if self.mark(ticket_id, key) is None else self._whole(self._known(ticket_id))

    def _new(self, ticket: NewTicket, key: str) -> dict[str, Any]:
        optional = {
            # An address that nobody has proven yet makes no case of that contact's.
            "ContactId": self.contact(ticket.email) if ticket.verified and findable(ticket.email) else "",
            "OwnerId": self.queue(ticket.team) if ticket.team else "",
            self.field("order_number"): ticket.order_number,
            self.field("tags"): _joined(ticket.tags),
        }
        return {
            "Subject": ticket.subject,
            "Description": ticket.description,
            "SuppliedEmail": ticket.email,
            "SuppliedName": ticket.name,
            "Priority": self.words.theirs("priorities", ticket.priority),
            "Origin": self.words.theirs("values", "origin"),
            self.field("key"): key,
            **{field: value for field, value in optional.items() if field and value},
        }

    def _changed(self, ticket: Ticket, change: TicketChange) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if change.status is not None:
            values["Status"] = self.words.theirs("given", change.status)
            if not values["Status"]:
                raise InvalidError("status", f"there is no {change.status.value} here")
        if change.priority is not None:
            values["Priority"] = self.words.theirs("priorities", change.priority)
        if change.team is not None:
            values["OwnerId"] = self.queue(change.team)
            if not values["OwnerId"]:
                raise InvalidError("team", "no queue has this name")
        if change.tags and (field := self.field("tags")):
            values[field] = _joined((*ticket.tags, *change.tags))
        return values

    def _known(self, case_id: str) -> Data:
        if (case := self.case_with(case_id)) is None:
            raise NotFoundError("no ticket has this id")
        return case

    def _whole(self, case: Data) -> Ticket:
        return self._with_comments(ticket_of(case, self.words))

    def _with_comments(self, ticket: Ticket) -> Ticket:
        """Return a ticket with its comments, which perhaps do not count as changes of their case."""
        told = tuple(self.told(ticket.id))
        return replace(ticket, comments=told, updated_at=max((ticket.updated_at, *(one.at for one in told))))

    def _made(self, case_id: str, key: str, otherwise: str) -> Comment:
        if (made := self.find_comment_by_key(case_id, key)) is None:
            raise ConflictError(otherwise)
        return made


def _comment(case_id: str, body: str, public: bool) -> dict[str, Any]:
    return {"ParentId": case_id, "CommentBody": body, "IsPublished": public}


def _joined(tags: Iterable[str]) -> str:
    return ";".join(dict.fromkeys(tags))
