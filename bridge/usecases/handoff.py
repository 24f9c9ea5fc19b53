"""Handoff: pass the conversation to a person, with all that is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import sqlalchemy as sa
import structlog

from bridge.conversation.drafts import Draft, Drafts
from bridge.conversation.turns import Turn
from bridge.errors import UnavailableError
from bridge.events import handlers
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import REFUSALS
from bridge.handoff.hours import is_open, next_opening
from bridge.handoff.queue import HandoffQueue, put_in_queue
from bridge.model.helpdesk import NewTicket, Priority
from bridge.model.outcome import Outcome
from bridge.ports.helpdesk import Helpdesk
from bridge.settings.schema import Contact
from bridge.storage.types import Clock, utc_now
from bridge.usecases.degradation import Degradation, Wish

OPERATION = "talk_to_human"

log = structlog.get_logger(__name__)


class _Place:
    """Take a place in the queue within another transaction, and know which it is."""

    def __init__(self, conversation_id: str) -> None:
        self._conversation_id = conversation_id
        self.position = 0

    def take(self, connection: sa.engine.Connection) -> None:
        """Take it; again changes nothing."""
        self.position = put_in_queue(connection, self._conversation_id, OPERATION, "")


class Handoff:
    """Open a handoff: the place in the queue, which needs our own database only, then a ticket.

    The transcript is a private comment on it, as helpdesks mail the rest to whoever gave an address. Where the
    helpdesk is away, both follow from the outbox.
    """

    def __init__(
        self,
        helpdesk: Helpdesk,
        queue: HandoffQueue,
        drafts: Drafts,
        transcript: Callable[[str], str],
        degradation: Degradation,
        speech: Speech,
        contact: Contact,
        clock: Clock = utc_now,
    ) -> None:
        self._helpdesk = helpdesk
        self._queue = queue
        self._drafts = drafts
        self._transcript = transcript
        self._degradation = degradation
        self._speech = speech
        self._contact = contact
        self._clock = clock

    def open(self, turn: Turn, known: dict[str, str]) -> Outcome:
        """Ask for a person; asked again while one is on the way, tell of the same ticket.

        Args:
            known: what the conversation learned already (slot name to value), for the agent's eyes.
        """
        waiting = self._queue.ticket_of(turn.conversation_id)
        if waiting is not None:
            return self._queued(turn, waiting)
        place = _Place(turn.conversation_id)
        wish = self._wish(turn, known, place)
        return self._degradation.write(wish, partial(self._open, wish, place))

    def keep(self, turn: Turn, known: dict[str, str]) -> Outcome:
        """Ask for a person at once, with our own database only; the ticket follows from the outbox."""
        waiting = self._queue.ticket_of(turn.conversation_id)
        if waiting is not None:
            return self._queued(turn, waiting)
        wish = self._wish(turn, known, _Place(turn.conversation_id))
        return self._degradation.keep(wish, UnavailableError("the helpdesk is not asked"))

    def _open(self, wish: Wish, place: _Place) -> Outcome:
        draft, number = wish.draft, ""
        try:
            ticket = self._helpdesk.create_ticket(handlers.new_ticket(wish.content["ticket"]), draft.key)
        except REFUSALS as error:
            # Whoever asks for a person gets one, whatever the ticket system makes of the ticket.
            log.error("a handoff goes without its ticket", error=type(error).__name__)
        else:
            number = ticket.number
            handlers.keep_note(self._helpdesk, ticket, wish.content["note"], handlers.note_key(draft.key))
            self._queue.name(draft.conversation_id, number)
            self._drafts.consume(draft, {"ticket": number})
        return self._told(number, place.position, follows=False)

    def _queued(self, turn: Turn, ticket_number: str) -> Outcome:
        position = self._queue.open(turn.conversation_id, OPERATION, ticket_number)
        newest = self._drafts.newest(turn.conversation_id, OPERATION)
        return self._told(ticket_number, position, follows=newest is not None and self._degradation.is_open(newest))

    def _wish(self, turn: Turn, known: dict[str, str], place: _Place) -> Wish:
        ticket = handlers.ticket_content(self._new(turn, known), turn.identity.level)
        content = {**ticket, "note": self._for_the_agent(turn, known)}

        def kept(_unsure: bool) -> Outcome:
            return self._told("", place.position, follows=True)

        return Wish(handlers.HANDOFF, self._draft(turn), content, kept, also=place.take)

    def _draft(self, turn: Turn) -> Draft:
        # The message that asks is the draft: its id makes the key, so that a redelivered turn opens nothing twice.
        asked = {"inbox_id": turn.inbox_id}
        newest = self._drafts.newest(turn.conversation_id, OPERATION)
        if newest and newest.content == asked:
            return newest
        return self._drafts.make(turn.conversation_id, OPERATION, asked)

    def _new(self, turn: Turn, known: dict[str, str]) -> NewTicket:
        return NewTicket(
            subject=self._speech.word("handoff", "subject"),
            description=self._speech.word("handoff", "description"),
            email=turn.identity.email or known.get("email", ""),
            priority=Priority.HIGH,
            order_number=known.get("order", ""),
            tags=("chat", "handoff"),
            verified=turn.identity.email is not None,
        )

    def _told(self, ticket_number: str, position: int, *, follows: bool) -> Outcome:
        now, hours = self._clock(), self._contact.hours
        opening = next_opening(hours, now)
        values = {
            "reference": self._clause(ticket_number, "reference", "reference_follows" if follows else ""),
            "left": self._clause(ticket_number, "left_as", "left_until_later" if follows else ""),
            "phone": self._contact.phone,
            "mail": self._contact.email,
            "queue": self._speech.clause("queue", str(position)),
            "back": self._speech.clause("back_at", self._speech.moment(opening) if opening else ""),
        }
        return Outcome("utter_handoff_open" if is_open(hours, now) else "utter_handoff_closed", values)

    def _clause(self, ticket_number: str, there: str, not_yet: str) -> str:
        return self._speech.clause(there, ticket_number) or (self._speech.word("clauses", not_yet) if not_yet else "")

    def _for_the_agent(self, turn: Turn, known: dict[str, str]) -> str:
        facts = "\n".join(f"{name}: {value}" for name, value in sorted(known.items()) if value)
        who = f"Conversation: {turn.conversation_id}\nIdentity: {turn.identity.level.value}"
        return f"{who}\n{facts}\n\n{self._transcript(turn.conversation_id)}"
