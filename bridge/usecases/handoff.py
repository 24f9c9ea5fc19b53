"""Handoff: pass the conversation to a person, with all that is known."""

from __future__ import annotations

from collections.abc import Callable

from bridge.conversation.drafts import Drafts
from bridge.conversation.turns import Turn
from bridge.formatting.outbound import Speech
from bridge.handoff.hours import is_open, next_opening
from bridge.handoff.queue import HandoffQueue
from bridge.model.helpdesk import NewTicket, Priority
from bridge.model.outcome import Outcome
from bridge.ports.helpdesk import Helpdesk
from bridge.settings.schema import Contact
from bridge.storage.types import Clock, utc_now

OPERATION = "talk_to_human"


class Handoff:
    """Open a handoff: a ticket with the transcript first, then the place in the queue."""

    def __init__(
        self,
        helpdesk: Helpdesk,
        queue: HandoffQueue,
        drafts: Drafts,
        transcript: Callable[[str], str],
        speech: Speech,
        contact: Contact,
        clock: Clock = utc_now,
    ) -> None:
        self._helpdesk = helpdesk
        self._queue = queue
        self._drafts = drafts
        self._transcript = transcript
        self._speech = speech
        self._contact = contact
        self._clock = clock

    def open(self, turn: Turn, known: dict[str, str]) -> Outcome:
        """Ask for a person; asked again while one is on the way, tell of the same ticket.

        Args:
            known: what the conversation learned already (slot name to value), for the agent's eyes.
        """
        ticket = self._queue.ticket_of(turn.conversation_id) or self._ticket(turn, known)
        return self._told(ticket, self._queue.open(turn.conversation_id, OPERATION, ticket))

    def _ticket(self, turn: Turn, known: dict[str, str]) -> str:
        email = turn.identity.email or known.get("email", "")
        # The message that asks is the draft: its id makes the key, so that a redelivered turn opens nothing twice.
        asked = {"inbox_id": turn.inbox_id}
        newest = self._drafts.newest(turn.conversation_id, OPERATION)
        draft = (
            newest if newest and newest.content == asked else self._drafts.make(turn.conversation_id, OPERATION, asked)
        )
        ticket = self._helpdesk.create_ticket(
            NewTicket(
                subject=f"Chat handoff {turn.conversation_id[:8]}",
                description=self._for_the_agent(turn, known),
                email=email,
                priority=Priority.HIGH,
                order_number=known.get("order", ""),
                tags=("chat", "handoff"),
                verified=turn.identity.email is not None,
            ),
            draft.key,
        )
        self._drafts.consume(draft, {"ticket": ticket.number})
        return ticket.number

    def _told(self, ticket_number: str, position: int) -> Outcome:
        now, hours = self._clock(), self._contact.hours
        opening = next_opening(hours, now)
        values = {
            "ticket": ticket_number,
            "phone": self._contact.phone,
            "mail": self._contact.email,
            "queue": self._speech.clause("queue", str(position)),
            "back": self._speech.clause("back_at", self._speech.moment(opening) if opening else ""),
        }
        return Outcome("utter_handoff_open" if is_open(hours, now) else "utter_handoff_closed", values)

    def _for_the_agent(self, turn: Turn, known: dict[str, str]) -> str:
        facts = "\n".join(f"{name}: {value}" for name, value in sorted(known.items()) if value)
        return f"Identity: {turn.identity.level.value}\n{facts}\n\n{self._transcript(turn.conversation_id)}"
