"""Do what the outbox kept: one handler an operation, each with the key that the first try had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from bridge.conversation.guesses import Guesses, ticket_record
from bridge.conversation.turns import Turn
from bridge.conversation.watches import Watches
from bridge.errors import ConflictError, NotFoundError, UnsupportedError
from bridge.events.entries import Entry
from bridge.events.order_changes import ADDRESS, CANCEL, KeptChanges
from bridge.events.outbox import Also, nothing_else
from bridge.formatting.refusals import REFUSALS
from bridge.handoff.queue import name_ticket
from bridge.model.commerce import NewReturn, ReturnLine, ReturnReason
from bridge.model.crm import ContactChange, Interaction, NewLead
from bridge.model.helpdesk import NewTicket, Priority, Ticket
from bridge.model.identity import Claim, Identity, Level
from bridge.model.outcome import Outcome
from bridge.ports.commerce import Commerce
from bridge.ports.crm import Crm
from bridge.ports.helpdesk import Helpdesk
from bridge.storage.events import SUMMARY
from bridge.storage.types import Clock, utc_now

Made = TypeVar("Made")

log = structlog.get_logger(__name__)

TICKET, COMMENT, LEAD, HANDOFF = "tickets.create", "tickets.add_comment", "sales.create", "handoff.open"
CONTACT = "account.update"
RETURN = "returns.request"

GIVEN_UP = {
    TICKET: "utter_tickets_kept_failed",
    COMMENT: "utter_tickets_kept_comment_failed",
    LEAD: "utter_sales_kept_failed",
    HANDOFF: "utter_handoff_kept_failed",
    CANCEL: "utter_orders_cancel_kept_failed",
    ADDRESS: "utter_orders_address_kept_failed",
    CONTACT: "utter_account_details_kept_failed",
    RETURN: "utter_returns_kept_failed",
}
"""What the person hears when an entry is given up."""
NOT_FOUND = {
    COMMENT: "utter_tickets_kept_comment_not_found",
    CANCEL: "utter_orders_cancel_kept_not_found",
    ADDRESS: "utter_orders_address_kept_not_found",
}
"""The same, where number and e-mail did not prove to belong together."""


@dataclass(frozen=True)
class Done:
    """Say what a write gave, what the person hears, and what else belongs into the same transaction."""

    result: dict[str, Any]
    outcome: Outcome | None
    """None: this is nothing that the person has asked for."""
    also: Also = nothing_else


class Handlers:
    """Know which call an operation is.

    Args:
        others: what does operations that are more than a write, each a use case.
    """

    def __init__(
        self,
        helpdesk: Helpdesk,
        crm: Crm,
        commerce: Commerce,
        watches: Watches,
        guesses: Guesses,
        clock: Clock = utc_now,
        others: Mapping[str, Callable[[Entry], Done]] | None = None,
    ) -> None:
        self._helpdesk = helpdesk
        self._crm = crm
        self._commerce = commerce
        self._watches = watches
        self._guesses = guesses
        self._clock = clock
        self._kept_changes = KeptChanges(commerce, watches, clock)
        self._by_operation = {
            TICKET: self._ticket,
            COMMENT: self._comment,
            LEAD: self._lead,
            HANDOFF: self._handoff,
            SUMMARY: self._summary,
            CANCEL: self._cancel,
            ADDRESS: self._readdress,
            CONTACT: self._contact,
            RETURN: self._return,
        }
        self._others = others or {}

    def perform(self, entry: Entry) -> Done:
        """Do the write of an entry.

        Raises:
            BridgeError: it did not work; the kind says whether another try makes sense.
        """
        if other := self._others.get(entry.operation):
            return other(entry)
        return self._by_operation[entry.operation](entry, entry.content or {})

    def _ticket(self, entry: Entry, content: dict[str, Any]) -> Done:
        ticket = self._created(entry, content)
        self._watch(entry, ticket, Level(content["level"]), ticket.email)
        return Done({"ticket": ticket.number}, Outcome("utter_tickets_kept_done", {"ticket": ticket.number}))

    def _handoff(self, entry: Entry, content: dict[str, Any]) -> Done:
        ticket = self._created(entry, content)
        number, key = ticket.number, note_key(entry.key)
        if not _look(entry, lambda _key: self._helpdesk.find_comment_by_key(ticket.id, key)):
            keep_note(self._helpdesk, ticket, content.get("note", ""), key)

        def also(connection: sa.engine.Connection) -> None:
            name_ticket(connection, entry.conversation_id, number)

        return Done({"ticket": number}, Outcome("utter_handoff_kept_done", {"ticket": number}), also)

    def _comment(self, entry: Entry, content: dict[str, Any]) -> Done:
        number = content["number"]
        asked = Turn(entry.conversation_id, 0, self._clock(), Identity(), content["client"])
        # The claim was not proven while the system was away; proven late, it counts against the same five guesses.
        self._guesses.check(asked, ticket_record(number))
        try:
            ticket = self._helpdesk.find_ticket(number, Claim(email=content["email"]))
        except NotFoundError:
            self._guesses.wrong(asked, ticket_record(number))
            raise
        self._watch(entry, ticket, Level.CLAIMED, content["email"])
        try:
            made = _look(entry, partial(self._helpdesk.find_comment_by_key, ticket.id))
            made or self._helpdesk.add_comment(ticket.id, content["comment"], entry.key)
        except ConflictError:
            values = {"ticket": ticket.number}
            return Done({"refused": "the ticket is closed"}, Outcome("utter_tickets_takes_no_comment", values))
        except NotFoundError:
            return Done({"refused": "the ticket is gone"}, Outcome("utter_tickets_gone", {"ticket": ticket.number}))
        return Done({"ticket": ticket.number}, Outcome("utter_tickets_kept_comment_done", {"ticket": ticket.number}))

    def _lead(self, entry: Entry, content: dict[str, Any]) -> Done:
        made = _look(entry, self._crm.find_lead_by_key)
        lead = made or self._crm.create_lead(NewLead(**content), entry.key)
        return Done({"lead": lead.id}, Outcome("utter_sales_kept_done"))

    def _cancel(self, entry: Entry, content: dict[str, Any]) -> Done:
        return Done(*self._kept_changes.cancel(entry, content))

    def _readdress(self, entry: Entry, content: dict[str, Any]) -> Done:
        return Done(*self._kept_changes.readdress(entry, content))

    def _return(self, entry: Entry, content: dict[str, Any]) -> Done:
        order_id, told = content["order_id"], {"order": content["order"], "items": content["items"]}
        try:
            made = _look(entry, partial(self._commerce.find_return_by_key, order_id))
            made = made or self._commerce.request_return(order_id, new_return(content), entry.key)
        except ConflictError:
            return Done({"refused": "nothing can go back"}, Outcome("utter_returns_cannot_go_back", told))
        return Done({"return": made.number or made.id}, Outcome("utter_returns_kept_done", told))

    def _summary(self, entry: Entry, content: dict[str, Any]) -> Done:
        """Attach the summary of a talk to the contact of its address; where there is not exactly one, to nobody."""
        talk = Interaction(content["subject"], content["summary"], datetime.fromisoformat(content["at"]))
        try:
            contact = self._crm.find_contact(content["email"])
            made = _look(entry, partial(self._crm.find_interaction_by_key, contact.id))
            return Done({"interaction": made or self._crm.log_interaction(contact.id, talk, entry.key)}, None)
        except NotFoundError:
            return Done({"left": "there is no contact with this address"}, None)
        except ConflictError:
            return Done({"left": "there is not one contact with this address"}, None)

    def _contact(self, entry: Entry, content: dict[str, Any]) -> Done:
        change = ContactChange(**content["change"])
        try:
            contact = self._crm.find_contact(content["email"])
        except ConflictError:
            several = Outcome("utter_account_details_several", {"email": content["email"]})
            return Done({"refused": "there is not one contact with this address"}, several)
        done = _look(entry, partial(self._crm.find_contact_update, contact.id, change))
        done or self._crm.update_contact(contact.id, change, entry.key)
        return Done({"contact": contact.id}, Outcome("utter_account_details_changed"))

    def _created(self, entry: Entry, content: dict[str, Any]) -> Ticket:
        made = _look(entry, self._helpdesk.find_ticket_by_key)
        return made or self._helpdesk.create_ticket(new_ticket(content["ticket"]), entry.key)

    def _watch(self, entry: Entry, ticket: Ticket, level: Level, email: str) -> None:
        self._watches.add(entry.conversation_id, self._helpdesk.system, ticket, level, Claim(email=email))


def _look(entry: Entry, find: Callable[[str], Made | None]) -> Made | None:
    """Return what an earlier try, whose outcome nobody knows, has made after all.

    A system that cannot look for a key has to know its keys itself: the same one twice is one record.
    """
    if not entry.unknown:
        return None
    try:
        return find(entry.key)
    except UnsupportedError:
        return None


def note_key(key: str) -> str:
    """Return the key of the note beside a ticket that was made with a key."""
    return f"{key}:note"


def keep_note(helpdesk: Helpdesk, ticket: Ticket, note: str, key: str) -> None:
    """Put what agents need beside a ticket, as a private comment: the rest is mailed to whoever gave an address.

    Raises:
        BridgeError: the helpdesk is away. What it refuses is only noted: there is a ticket, and a person will come.
    """
    if not note:
        return
    try:
        helpdesk.add_comment(ticket.id, note, key, public=False)
    except REFUSALS as error:
        log.error("a handoff goes without its transcript", error=type(error).__name__)


def ticket_content(ticket: NewTicket, level: Level) -> dict[str, Any]:
    """Return what the outbox keeps of a ticket that is to be opened."""
    return {
        "ticket": {**asdict(ticket), "priority": ticket.priority.value, "tags": list(ticket.tags)},
        "level": level.value,
    }


def new_ticket(content: dict[str, Any]) -> NewTicket:
    """Return the ticket that `ticket_content` kept."""
    return NewTicket(**{**content, "priority": Priority(content["priority"]), "tags": tuple(content["tags"])})


def new_return(content: dict[str, Any]) -> NewReturn:
    """Return the return whose draft this is."""
    lines = tuple(ReturnLine(**line) for line in content["lines"])
    return NewReturn(lines, ReturnReason(content["reason"]), content["note"])
