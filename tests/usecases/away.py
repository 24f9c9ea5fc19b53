"""The use cases on embedded systems that can be away, with a relay that is run by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa

from bridge.adapters.embedded.commerce import EmbeddedCommerce
from bridge.adapters.embedded.crm import EmbeddedCrm
from bridge.adapters.embedded.helpdesk import EmbeddedHelpdesk
from bridge.bootstrap import Frontdesk
from bridge.conversation.drafts import Drafts
from bridge.conversation.guesses import Guesses
from bridge.conversation.results import tell
from bridge.conversation.turns import Turn
from bridge.conversation.watches import Watches
from bridge.errors import BridgeError, UnavailableError
from bridge.events.entries import State
from bridge.events.handlers import Handlers
from bridge.events.outbox import Outbox
from bridge.events.relay import Relay
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import why
from bridge.handoff.contact import reach
from bridge.handoff.transcript import transcript
from bridge.model.helpdesk import Priority
from bridge.model.outcome import Outcome
from bridge.settings.schema import Deployment
from bridge.usecases.cart import Cart
from bridge.usecases.contact_details import ContactDetails
from bridge.usecases.degradation import Degradation
from bridge.usecases.handoff import Handoff
from bridge.usecases.order_changes import OrderChanges
from bridge.usecases.orders import Orders
from bridge.usecases.products import Products
from bridge.usecases.readdressing import Readdressing
from bridge.usecases.returns import Returns
from bridge.usecases.sales import Sales
from bridge.usecases.tickets import Tickets
from tests.support.frontdesk import Clock, as_job

EMAIL = "ann@example.test"
DOWN = UnavailableError("down")
PHONE, MAIL = "+1 202-555-0143", "help@example.test"
UNTIL = " Our team is there until Wednesday at 5:00\u202fPM UTC."


@dataclass
class Flaky:
    """Stand before a system and let its operations fail; everything else about it stays as it is."""

    real: Any
    trouble: BaseException | None = None
    after: bool = False
    """Fail only when the system has done what was asked."""
    only: str = ""
    """Let just this operation fail."""
    called: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        there = getattr(self.real, name)
        return partial(self._call, name, there) if callable(there) else there

    def _call(self, name: str, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.called.append(name)
        trouble = self.trouble if self.only in {"", name} else None
        if trouble is not None and not self.after:
            raise trouble
        result = operation(*args, **kwargs)
        if trouble is not None:
            raise trouble
        return result


class AsJob:
    """Stand before use cases and keep what they answer as a job does: what is told is settled."""

    def __init__(self, engine: sa.engine.Engine, real: Any) -> None:
        self._engine = engine
        self.real = real

    def __getattr__(self, name: str) -> Callable[..., Outcome]:
        return partial(self._call, getattr(self.real, name))

    def _call(self, use_case: Callable[..., Outcome], *args: Any, **kwargs: Any) -> Outcome:
        return as_job(self._engine, use_case(*args, **kwargs))


class Away:
    """Hold use cases, their systems, and the relay."""

    def __init__(self, frontdesk: Frontdesk, clock: Clock, outbox: Outbox | None = None) -> None:
        engine, deployment = frontdesk.engine, frontdesk.settings.deployment
        self.frontdesk, self.clock = frontdesk, clock
        self.commerce = Flaky(EmbeddedCommerce(engine, checkout_url=deployment.shop.checkout_url))
        self.helpdesk = Flaky(EmbeddedHelpdesk(engine, first_answer_hours={"normal": 24}, now=clock))
        self.crm = Flaky(EmbeddedCrm(engine))
        self.outbox = outbox or Outbox(engine, deployment.outbox, clock, random.Random(1))
        self.told: list[Outcome] = []
        speech, drafts = Speech(deployment.locale, deployment.timezone), Drafts(engine)
        guesses, watches = Guesses(engine, "s" * 32, clock), Watches(engine, clock)
        degradation = self._degradation(deployment, speech)
        self.tickets = AsJob(
            engine,
            Tickets(self.helpdesk, drafts, guesses, watches, degradation, speech, deployment.tickets, clock),
        )
        self.sales = AsJob(engine, Sales(self.crm, drafts, degradation))
        self.orders = Orders(self.commerce, guesses, watches, degradation, speech, clock)
        self.contact_details = AsJob(
            engine, ContactDetails(self.crm, drafts, degradation, speech, deployment.phone_region)
        )
        self.cart = Cart(self.commerce, drafts, degradation, speech, deployment.shop)
        self.products = Products(self.commerce, degradation, speech)
        changes = OrderChanges(self.commerce, drafts, guesses, watches, degradation, speech, clock)
        self.order_changes = AsJob(engine, changes)
        self.readdressing = AsJob(engine, Readdressing(self.commerce, changes, drafts, watches, degradation, speech))
        self.returns = AsJob(engine, Returns(self.commerce, drafts, guesses, watches, degradation, speech))
        talk = partial(transcript, engine)
        self.handoff = AsJob(
            engine,
            Handoff(self.helpdesk, frontdesk.handoffs, drafts, talk, degradation, speech, deployment.contact, clock),
        )
        handlers = Handlers(self.helpdesk, self.crm, self.commerce, watches, guesses, clock)

        def last_words(refusal: BridgeError | None) -> dict[str, str]:
            return {**reach(deployment.contact, speech, clock()), "why": why(speech, refusal)}

        self._relay = Relay(self.outbox, handlers, self._tell, last_words)

    def _degradation(self, deployment: Deployment, speech: Speech) -> Degradation:
        def contact() -> dict[str, str]:
            return reach(deployment.contact, speech, self.clock())

        return Degradation(
            deployment.degradation, self.outbox, contact, speech, self.frontdesk.results.tell, self.clock
        )

    def relay(self) -> list[Outcome]:
        """Let every pause pass, do all that is due once, and return what was told."""
        self.told.clear()
        self.clock.forward(seconds=400)
        while self._relay.once():
            pass
        return list(self.told)

    def _tell(self, connection: Any, conversation_id: str, outcome: Outcome) -> None:
        self.told.append(outcome)
        tell(connection, conversation_id, outcome)


def next_turn(away: Away, turn: Turn, text: str = "yes") -> Turn:
    """Send another message of the same conversation."""
    away.frontdesk.inbox.finish(turn.inbox_id)
    message = f"m{turn.inbox_id + 1}"
    away.frontdesk.inbox.receive_text(turn.conversation_id, message, text)
    waiting = away.frontdesk.inbox.oldest(turn.conversation_id)
    assert waiting is not None
    away.frontdesk.inbox.claim(waiting.id)
    return away.frontdesk.turns.current(turn.conversation_id, "of the tracker")


def ask_for_ticket(away: Away, turn: Turn) -> Outcome:
    """Show a ticket and confirm it."""
    away.tickets.draft(turn, "The zip is broken", EMAIL, "1001", Priority.HIGH)
    return away.tickets.create(turn, confirmed=True)


def states(away: Away) -> list[State]:
    """Return where each entry of the outbox stands."""
    return [entry.state for entry in away.outbox.entries(*State)]
