"""Tickets: open one, see how it stands, add to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bridge.conversation.drafts import Draft, Drafts
from bridge.conversation.guesses import Guesses, ticket_record
from bridge.conversation.turns import Turn
from bridge.conversation.watches import Watches
from bridge.errors import BridgeError, ConflictError, LockedError, NotFoundError
from bridge.events import handlers
from bridge.formatting.cards import ticket_card, tickets_card
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import REFUSALS
from bridge.model.helpdesk import NewTicket, Priority, Ticket
from bridge.model.identity import Claim, Level
from bridge.model.outcome import Outcome
from bridge.ports.helpdesk import Helpdesk
from bridge.settings.schema import Tickets as TicketSettings
from bridge.storage.types import Clock, utc_now
from bridge.usecases.degradation import AWAY, Degradation, Wish
from bridge.usecases.wording import topic_of

CREATE = "create_ticket"
COMMENT = "update_ticket"
CHECK = "tickets.check"
NEW = ("tickets_description", "tickets_order_number", "tickets_priority", "tickets_confirmed")
KNOWN = ("tickets_number", "tickets_comment", "tickets_confirmed")
ASK_AGAIN = ("tickets_email", "tickets_confirmed")
CONFIRM_AGAIN = ("tickets_confirmed",)
ALL = ("tickets_number", "tickets_email", "tickets_comment", "tickets_confirmed")
# What to ask for anew, by the field that the system refused; an address that came from an order must not come again.
NEW_FIELDS = {
    "email": ("tickets_email", "orders_contact"),
    "description": ("tickets_description",),
    "subject": ("tickets_description",),
    "order_number": ("tickets_order_number",),
    "priority": ("tickets_priority",),
}
COMMENT_FIELDS = {"body": ("tickets_comment",)}
SUBJECT_LENGTH = 80
SHOWN = 5
"""Tickets are offered to be chosen from."""


class Tickets:
    """Open and follow tickets; every write starts from the draft that was shown."""

    def __init__(
        self,
        helpdesk: Helpdesk,
        drafts: Drafts,
        guesses: Guesses,
        watches: Watches,
        degradation: Degradation,
        speech: Speech,
        settings: TicketSettings,
        clock: Clock = utc_now,
    ) -> None:
        self._helpdesk = helpdesk
        self._drafts = drafts
        self._guesses = guesses
        self._watches = watches
        self._degradation = degradation
        self._speech = speech
        self._settings = settings
        self._clock = clock

    def draft(self, turn: Turn, description: str, email: str, order_number: str, priority: Priority) -> Outcome:
        """Keep what will be opened, and show it."""
        content = {
            "description": description,
            "email": email,
            "order_number": order_number,
            "priority": priority.value,
        }
        self._drafts.make(turn.conversation_id, CREATE, content)
        return Outcome(
            "utter_tickets_confirm",
            {
                "description": description,
                "email": email,
                "about_order": self._speech.clause("about_order", order_number),
                "priority": self._speech.word("priority", priority.value),
            },
        )

    def create(self, turn: Turn, confirmed: bool) -> Outcome:
        """Open the ticket that was shown, if that was wished; a repeated "yes" tells of the same one."""
        if not confirmed:
            return Outcome("utter_tickets_dropped", forget=NEW)
        draft = self._drafts.newest(turn.conversation_id, CREATE)
        if draft is None:
            return Outcome("utter_tickets_nothing_to_confirm", forget=NEW)
        new = self._new(turn, draft)
        content = handlers.ticket_content(new, turn.identity.level)
        wish = Wish(handlers.TICKET, draft, content, _kept("utter_tickets_kept", NEW), CONFIRM_AGAIN)
        return self._degradation.write(wish, partial(self._create, turn, draft, new))

    def _create(self, turn: Turn, draft: Draft, new: NewTicket) -> Outcome:
        try:
            ticket = self._helpdesk.create_ticket(new, draft.key)
        except REFUSALS as error:
            return self._degradation.refused("utter_tickets_refused", error, NEW_FIELDS, CONFIRM_AGAIN)
        self._drafts.consume(draft, {"ticket": ticket.number})
        self._watch(turn, ticket, turn.identity.level, ticket.email)
        values = {"ticket": ticket.number, "email": ticket.email, "answer": self._answer_time(ticket)}
        card = ticket_card(ticket, self._speech, self._clock())
        return Outcome("utter_tickets_created", values, forget=NEW, card=card)

    def check(self, turn: Turn, number: str, email: str) -> Outcome:
        """Tell how a ticket stands, to its requester."""
        try:
            found = self._find(turn, number, email)
        except AWAY as error:
            return self._degradation.read(CHECK, error, partial(self._watched_status, turn, email))
        return found if isinstance(found, Outcome) else self._status(found)

    def again(self, number: str, claim: Claim) -> tuple[Ticket, Outcome]:
        """Read a ticket for somebody who was shown it before, and say how it stands.

        Raises:
            NotFoundError: it is gone, or not this person's.
        """
        ticket = self._helpdesk.find_ticket(number, claim)
        return ticket, self._status(ticket)

    def _watched_status(self, turn: Turn, email: str, ticket: Ticket) -> Outcome:
        self._watch(turn, ticket, Level.CLAIMED, email)
        return self._status(ticket)

    def which(self, turn: Turn) -> Outcome:
        """Ask which ticket is meant, with the newest of whoever is proven."""
        plain, email = Outcome("utter_ask_tickets_number"), turn.identity.email
        if email is None or "list_tickets" not in self._helpdesk.capabilities:
            return plain
        try:
            found = self._helpdesk.list_tickets(email, SHOWN)
        except BridgeError:
            return plain
        if not found:
            return Outcome("utter_tickets_none")
        now = self._clock()
        card = tickets_card(found, self._speech, now)
        return Outcome("utter_tickets_which", {"tickets": self._speech.tickets(found, now)}, card=card)

    def draft_comment(self, turn: Turn, number: str, email: str, comment: str) -> Outcome:
        """Keep what will be added to a ticket, and show it."""
        content = {"number": number, "email": email, "comment": comment}
        self._drafts.make(turn.conversation_id, COMMENT, content)
        return Outcome("utter_tickets_confirm_comment", {"ticket": number, "comment": comment})

    def add_comment(self, turn: Turn, confirmed: bool) -> Outcome:
        """Add the comment that was shown, if that was wished."""
        if not confirmed:
            return Outcome("utter_tickets_dropped", forget=KNOWN)
        draft = self._drafts.newest(turn.conversation_id, COMMENT)
        if draft is None:
            return Outcome("utter_tickets_nothing_to_confirm", forget=KNOWN)
        content = {**draft.content, "client": turn.client}
        kept = _kept("utter_tickets_kept_comment", KNOWN, ticket=draft.content["number"])
        wish = Wish(handlers.COMMENT, draft, content, kept, CONFIRM_AGAIN)
        return self._degradation.write(wish, partial(self._append, turn, draft))

    def _append(self, turn: Turn, draft: Draft) -> Outcome:
        found = self._find(turn, draft.content["number"], draft.content["email"])
        return found if isinstance(found, Outcome) else self._added(draft, found)

    def _added(self, draft: Draft, ticket: Ticket) -> Outcome:
        told = {"ticket": ticket.number}
        try:
            self._helpdesk.add_comment(ticket.id, draft.content["comment"], draft.key)
        except ConflictError:
            return Outcome("utter_tickets_takes_no_comment", told, forget=KNOWN)
        except NotFoundError:
            return Outcome("utter_tickets_gone", told, forget=KNOWN)
        except REFUSALS as error:
            response = "utter_tickets_comment_refused"
            return self._degradation.refused(response, error, COMMENT_FIELDS, CONFIRM_AGAIN, **told)
        self._drafts.consume(draft, told)
        return Outcome("utter_tickets_updated", told, forget=KNOWN)

    def _new(self, turn: Turn, draft: Draft) -> NewTicket:
        shown = draft.content
        return NewTicket(
            subject=subject_of(shown["description"]),
            description="\n".join([shown["description"], *map(_mention, self._drafts.files(draft))]),
            email=shown["email"],
            priority=Priority(shown["priority"]),
            team=self._team(shown["description"]),
            order_number=shown["order_number"],
            tags=("chat",),
            verified=Claim(email=turn.identity.email).matches(email=shown["email"]),
        )

    def _status(self, ticket: Ticket) -> Outcome:
        now = self._clock()
        answer = ticket.last_answer
        values = {
            "ticket": ticket.number,
            "subject": ticket.subject,
            "date": self._speech.day(ticket.created_at, now),
            "changed": self._speech.day(ticket.updated_at, now),
            "last_reply": self._speech.clause("last_reply", answer.body if answer else ""),
        }
        card = ticket_card(ticket, self._speech, now)
        return Outcome(f"utter_tickets_{ticket.status.value}", values, forget=KNOWN, card=card)

    def _find(self, turn: Turn, number: str, email: str) -> Ticket | Outcome:
        record = ticket_record(number)
        try:
            self._guesses.check(turn, record)
            ticket = self._helpdesk.find_ticket(number, Claim(email=email))
        except LockedError as error:
            return Outcome("utter_tickets_locked", {"minutes": str(error.minutes)}, forget=ALL)
        except NotFoundError:
            self._guesses.wrong(turn, record)
            return Outcome("utter_tickets_not_found", forget=ASK_AGAIN, again=True)
        self._watch(turn, ticket, Level.CLAIMED, email)
        return ticket

    def _watch(self, turn: Turn, ticket: Ticket, level: Level, email: str) -> None:
        self._watches.add(turn.conversation_id, self._helpdesk.system, ticket, level, Claim(email=email))

    def _team(self, description: str) -> str:
        return self._settings.teams.get(topic_of(description), self._settings.default_team)

    def _answer_time(self, ticket: Ticket) -> str:
        if ticket.due_at is None:
            return self._speech.word("answer", "unknown")
        hours = max(1, round((ticket.due_at - ticket.created_at) / timedelta(hours=1)))
        return self._speech.plural("answer", hours)


def _kept(response: str, forget: tuple[str, ...], **values: str) -> Callable[[bool], Outcome]:
    """Return what makes the outcome of a kept write, given whether it may have happened already."""
    return lambda unsure: Outcome(f"{response}_unsure" if unsure else response, values, forget=forget)


def _mention(file: tuple[str, str]) -> str:
    """Name a file for the team, who fetch it by its id: its content never leaves the deployment."""
    return "[file] {} ({})".format(*file)


def subject_of(description: str) -> str:
    """Return the first line of a description, cut at a word where it is long."""
    first = description.strip().splitlines()[0] if description.strip() else ""
    if len(first) <= SUBJECT_LENGTH:
        return first
    return first[:SUBJECT_LENGTH].rsplit(" ", 1)[0] + "\u2026"
