"""Conversations on embedded systems, with one clock for all that is stored."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.adapters.embedded.crm import EmbeddedCrm
from bridge.bootstrap import Frontdesk, build
from bridge.conversation.guesses import Guesses
from bridge.conversation.inbox import close
from bridge.conversation.results import tell
from bridge.conversation.turns import Turn
from bridge.conversation.watches import Watches
from bridge.events.handlers import Handlers
from bridge.events.outbox import Outbox
from bridge.events.relay import Relay
from bridge.model.crm import Contact, Interaction
from bridge.model.identity import Claim
from bridge.model.outcome import Outcome
from bridge.settings.summaries import Summaries as Limits
from bridge.storage.business import customers
from bridge.storage.engine import reading, writing
from bridge.storage.events import SUMMARY, outbox
from bridge.summaries.sweep import Summaries
from bridge.summaries.writing import Writer
from bridge.testing.commerce_records import make_order
from bridge.testing.crm_records import make_contact
from tests.adapters.embedded.worlds import CommerceWorld, CrmWorld
from tests.support.frontdesk import Clock, make_settings, say, sign_in
from tests.usecases.away import Flaky

EMAIL = "ann@example.test"
ORDER = "1001"
QUIET = {"minutes": 31.0}
"""A minute longer than a deployment waits unless it says otherwise."""
STORED_BY = ("conversation.inbox", "conversation.log", "conversation.sessions", "handoff.queue", "handoff.talks")
"""Modules that ask no clock of ours for the present."""


class Scene:
    """Hold a Frontdesk, a CRM that can fail, and one conversation."""

    def __init__(self, desk: Frontdesk, clock: Clock) -> None:
        self.desk, self.engine, self.clock = desk, desk.engine, clock
        self.crm = Flaky(EmbeddedCrm(self.engine))
        self.outbox = Outbox(self.engine, desk.settings.deployment.outbox, clock, random.Random(1))
        guesses, watches = Guesses(self.engine, "s" * 32, clock), Watches(self.engine, clock)
        handlers = Handlers(desk.systems.helpdesk, self.crm, desk.systems.commerce, watches, guesses, clock)
        self.told: list[str] = []
        self._relay = Relay(self.outbox, handlers, self._tell, lambda _refusal: {})
        self.turns: list[Turn] = []
        CommerceWorld(self.engine, self.engine).add_order(make_order(EMAIL, number=ORDER))
        with writing(self.engine) as connection:
            # Every customer is a contact there: the CRM shall know only whom a test lets it know.
            connection.execute(sa.update(customers).values(email="somebody.else@example.test"))
        self.conversation = desk.sessions.open("en", "203.0.113.7")

    def contact(self, email: str = EMAIL) -> Contact:
        """Let the CRM know somebody."""
        return CrmWorld(self.engine, self.engine).add_contact(make_contact(email))

    def notes(self, contact: Contact) -> Sequence[Interaction]:
        """Return what the CRM holds of a contact."""
        return CrmWorld(self.engine, self.engine).interactions(contact.id)

    def hear(self, text: str, intent: str, use_case: Callable[[Turn], Outcome] | None = None) -> None:
        """Take a message through its turn."""
        turn = say(self.desk, self.conversation, text, f"m{len(self.turns)}")
        self.turns.append(turn)
        if use_case is not None:
            job = self.desk.jobs.begin(turn, "action")
            self.desk.jobs.finish(job.id, use_case(turn))
        with writing(self.engine) as connection:
            close(connection, turn.inbox_id, {"intent": intent})
        self.desk.log.say(self.conversation, "bot", {"text": "There you are."})
        self.clock.forward(seconds=20)

    def track(self, email: str = EMAIL) -> None:
        """Ask for the order, and open it with an address."""
        claim = Claim(email=email)
        self.hear(f"where is {ORDER}? I am {email}", "track_order", lambda turn: self.track_as(turn, claim))

    def track_as(self, turn: Turn, claim: Claim) -> Outcome:
        """Look the order up."""
        return self.desk.orders.track(turn, ORDER, claim)

    def verify(self, email: str | None = EMAIL) -> None:
        """Prove who it is, as the host site's token does."""
        sign_in(self.desk.identities, self.conversation, "customer-7", email)

    def sweep(self, writer: Writer | None = None, crm: Any = None, **limits: Any) -> Summaries:
        """Return what looks for conversations that are over."""
        writer = writer or Writer("en_US", "UTC")
        return Summaries(self.engine, self.outbox, crm or self.crm, writer, Limits(**limits), self.clock)

    def pass_time(self, **by: float) -> int:
        """Let time pass and look; return how many summaries wait for the relay."""
        self.clock.forward(**by)
        self.sweep().look()
        return len(self.kept())

    def kept(self) -> list[Any]:
        """Return the summaries in the outbox, sent or not."""
        with reading(self.engine) as connection:
            wanted = sa.select(outbox).where(outbox.c.operation == SUMMARY).order_by(outbox.c.id)
            return connection.execute(wanted).mappings().all()

    def relay(self) -> None:
        """Let every pause pass, and do all that is due."""
        self.clock.forward(seconds=400)
        while self._relay.once():
            pass

    def _tell(self, connection: sa.engine.Connection, conversation_id: str, outcome: Outcome) -> None:
        self.told.append(outcome.response)
        tell(connection, conversation_id, outcome)


@pytest.fixture
def scene(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a conversation that nobody has written in."""
    clock = Clock(datetime(2026, 3, 2, 10, 0, tzinfo=timezone.utc))
    for module in STORED_BY:
        monkeypatch.setattr(f"bridge.{module}.utc_now", clock)
    built = build(make_settings(database_url), clock)
    if built.engine.dialect.name == "sqlite":
        # Nothing here outlives the run, so nothing has to reach the disk.
        sa.event.listen(built.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield Scene(built, clock)
    built.close()
