"""The only place where objects are made and wired; the actions and the gateway reach the bridge through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa
import structlog
from prometheus_client import CollectorRegistry

from bridge import tracing
from bridge.alerts import Alarm
from bridge.connections import Connections
from bridge.connections.webhooks import webhooks_of
from bridge.conversation.claims import Claims, claims_on
from bridge.conversation.codes import Codes
from bridge.conversation.drafts import Drafts
from bridge.conversation.erasure import Erasures
from bridge.conversation.files import Files
from bridge.conversation.guesses import Guesses
from bridge.conversation.identities import Identities
from bridge.conversation.inbox import Inbox
from bridge.conversation.jobs import Jobs
from bridge.conversation.log import EventLog
from bridge.conversation.news import News
from bridge.conversation.offers import Offers
from bridge.conversation.results import Results, tell
from bridge.conversation.retention import Housekeeping
from bridge.conversation.sessions import Sessions
from bridge.conversation.surveys import Surveys
from bridge.conversation.tickets import StreamTickets
from bridge.conversation.turns import Turn, Turns
from bridge.conversation.watches import Watches
from bridge.conversation.wishes import Wishes
from bridge.errors import BridgeError
from bridge.events.board import Board
from bridge.events.entries import Entry
from bridge.events.handlers import Handlers
from bridge.events.hooks import Hooks, looks
from bridge.events.outbox import Outbox, settle
from bridge.events.relay import Relay
from bridge.events.watch import OutboxNumbers, OutboxWatch
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import why
from bridge.handoff.contact import reach
from bridge.handoff.places import Places
from bridge.handoff.queue import HandoffQueue
from bridge.handoff.transcript import transcript
from bridge.mail import Mailbox, Post, Smtp
from bridge.ports.commerce import Commerce
from bridge.ports.crm import Crm
from bridge.ports.helpdesk import Helpdesk
from bridge.registry import adapter_class
from bridge.resilience.clock import SystemClock
from bridge.resilience.context import CallContext, calling, current
from bridge.resilience.guard import Guards
from bridge.settings import Settings, load
from bridge.settings.places import files_folder, tracker_url
from bridge.storage.engine import open_engine
from bridge.storage.events import NOTICE
from bridge.storage.trackers import Trackers
from bridge.storage.types import Clock, utc_now
from bridge.summaries.sweep import Summaries
from bridge.summaries.writing import Writer
from bridge.tracing import span
from bridge.usecases.cart import Cart
from bridge.usecases.contact_details import ContactDetails
from bridge.usecases.degradation import Degradation
from bridge.usecases.feedback import Feedback
from bridge.usecases.handoff import Handoff
from bridge.usecases.notices import Notices
from bridge.usecases.order_changes import OrderChanges
from bridge.usecases.orders import Orders
from bridge.usecases.products import Products
from bridge.usecases.readdressing import Readdressing
from bridge.usecases.returns import Returns
from bridge.usecases.sales import Sales
from bridge.usecases.tickets import Tickets
from bridge.usecases.verification import Verification

ANSWERED_WITHIN = timedelta(seconds=14)
"""From the dispatch of a message: half a second before the action stops waiting for its use case (actions/_job.py).

So that a system that hangs ends in what the use case makes of that (the last answer, a message that is kept), told in
its turn; were it the other way round, people would get an apology and a second later the rest.
"""


@dataclass(frozen=True)
class Systems:
    """Hold the adapters that the deployment chose."""

    commerce: Commerce
    helpdesk: Helpdesk
    crm: Crm


@dataclass(frozen=True)
class Frontdesk:
    """Hold everything a process of ours may use."""

    registry: CollectorRegistry
    """The numbers of this process, for Prometheus."""

    settings: Settings
    engine: sa.engine.Engine
    guards: Guards
    connections: Connections
    systems: Systems
    inbox: Inbox
    claims: Claims
    news: News
    stream_tickets: StreamTickets
    log: EventLog
    sessions: Sessions
    identities: Identities
    offers: Offers
    turns: Turns
    jobs: Jobs
    results: Results
    wishes: Wishes
    handoffs: HandoffQueue
    surveys: Surveys
    speech: Speech
    orders: Orders
    order_changes: OrderChanges
    readdressing: Readdressing
    products: Products
    cart: Cart
    contact_details: ContactDetails
    returns: Returns
    tickets: Tickets
    sales: Sales
    handoff: Handoff
    feedback: Feedback
    verification: Verification
    mailbox: Mailbox | None
    """Of the demo, where its own machine alone can reach it."""
    outbox: Outbox
    hooks: Hooks
    relay: Relay
    watch: OutboxWatch
    places: Places
    files: Files
    erasures: Erasures
    housekeeping: Housekeeping
    summaries: Summaries

    def close(self) -> None:
        """Write down what is still queued and let go of the database: the last thing that a process does."""
        self.verification.close()
        self.guards.trail.flush()
        self.connections.close()
        tracing.stop()
        self.engine.dispose()


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Frontdesk:
    """Make and wire everything for one process.

    Args:
        settings: read from the environment unless they are given.
        clock: what tells the present to locks, identities and dates.

    Raises:
        SettingsError: the deployment or the environment is wrong; says where.
    """
    settings = settings or load()
    deployment = settings.deployment
    engine = open_engine(settings.database_url)
    system_clock = SystemClock(clock)
    connections = Connections(settings, engine, lambda: current().time_left(clock()), clock)
    board = Board(engine, clock, posts=settings.alert_webhook is not None)
    alarm = Alarm(deployment.name, settings.alert_webhook, deployment.alerts.webhook_seconds, board, clock)
    guards = Guards(deployment.resilience, engine, settings.secret, system_clock, alarm.breaker_opened)
    systems = _systems(settings, engine, guards, system_clock, connections)
    speech = Speech(deployment.locale, deployment.timezone, settings.where("locale"))
    outbox, results = Outbox(engine, deployment.outbox, clock), Results(engine, clock)
    drafts, watches, queue = Drafts(engine), Watches(engine, clock, looks(outbox)), HandoffQueue(engine)
    surveys = Surveys(engine, clock)
    guesses, sessions = Guesses(engine, settings.secret, clock), Sessions(engine, settings.secret)
    writer = Writer(deployment.locale, deployment.timezone)
    files = Files(engine, files_folder(settings), clock)
    erasures = Erasures(engine, (Trackers(tracker_url(settings)), files), clock)
    registry = guards.metrics.registry
    registry.register(OutboxNumbers(outbox, clock))

    def contact_values() -> dict[str, str]:
        return reach(deployment.contact, speech, clock())

    def last_words(refusal: BridgeError | None) -> dict[str, str]:
        return {**contact_values(), "why": why(speech, refusal)}

    degradation = Degradation(deployment.degradation, outbox, contact_values, speech, results.tell, clock)
    identities = Identities(engine, sessions, settings.secret, clock)
    mailbox = Mailbox(engine, clock) if settings.has_mailbox else None
    orders = Orders(systems.commerce, guesses, watches, degradation, speech, clock)
    tickets = Tickets(systems.helpdesk, drafts, guesses, watches, degradation, speech, deployment.tickets, clock)
    notices = Notices(watches, {"order": orders.again, "ticket": tickets.again}, tell)
    others = {NOTICE: notices.look}
    handlers = Handlers(systems.helpdesk, systems.crm, systems.commerce, watches, guesses, clock, others)
    order_changes = OrderChanges(systems.commerce, drafts, guesses, watches, degradation, speech, clock)
    return Frontdesk(
        registry=registry,
        settings=settings,
        engine=engine,
        guards=guards,
        connections=connections,
        systems=systems,
        inbox=Inbox(engine),
        claims=claims_on(engine),
        news=News(engine),
        stream_tickets=StreamTickets(engine, clock),
        log=EventLog(engine),
        sessions=sessions,
        identities=identities,
        offers=Offers(engine),
        jobs=Jobs(engine, settle, clock),
        results=results,
        wishes=Wishes(engine),
        turns=Turns(engine, clock),
        handoffs=queue,
        surveys=surveys,
        feedback=Feedback(surveys),
        speech=speech,
        orders=orders,
        order_changes=order_changes,
        readdressing=Readdressing(systems.commerce, order_changes, drafts, watches, degradation, speech),
        products=Products(systems.commerce, degradation, speech),
        contact_details=ContactDetails(systems.crm, drafts, degradation, speech, deployment.phone_region),
        cart=Cart(systems.commerce, drafts, degradation, speech, deployment.shop),
        returns=Returns(systems.commerce, drafts, guesses, watches, degradation, speech),
        tickets=tickets,
        sales=Sales(systems.crm, drafts, degradation),
        handoff=Handoff(
            systems.helpdesk, queue, drafts, partial(transcript, engine), degradation, speech, deployment.contact, clock
        ),
        verification=Verification(
            Codes(engine, settings.secret, clock), identities, guesses, _post(settings, mailbox), degradation, speech
        ),
        mailbox=mailbox,
        outbox=outbox,
        hooks=Hooks(
            engine, looks(outbox), watches, webhooks_of(settings, clock), alarm.webhook_refused, registry, clock
        ),
        relay=Relay(outbox, handlers, tell, last_words, _settling),
        places=Places(engine, clock),
        watch=OutboxWatch(outbox, board, alarm, deployment.alerts.outbox_minutes, clock),
        files=files,
        erasures=erasures,
        housekeeping=Housekeeping(
            engine, erasures, files, deployment.retention, deployment.understanding.fallback_days, clock
        ),
        summaries=Summaries(engine, outbox, systems.crm, writer, deployment.summaries, clock),
    )


def _post(settings: Settings, mailbox: Mailbox | None) -> Post | None:
    """Return what sends mail, if anything here can."""
    if settings.mail_server is None:
        return mailbox
    mail = settings.deployment.mail
    return Smtp(settings.mail_server, mail.sender, mail.seconds)


@contextmanager
def answering(turn: Turn, what: str = "use case") -> Iterator[None]:
    """Let every backend call, log line and span of the block be those of a message, and end with its time."""
    context = CallContext(
        turn.conversation_id, turn.identity.level, turn.dispatched_at + ANSWERED_WITHIN, turn.correlation_id
    )
    names = {"correlation": turn.correlation_id, "conversation": turn.conversation_id}
    with calling(context), structlog.contextvars.bound_contextvars(**names), span(what, turn.trace):
        yield


@contextmanager
def _settling(entry: Entry) -> Iterator[None]:
    """Let the work on an entry of the outbox be that of the message that asked for it; it has the time it needs."""
    context = CallContext(entry.conversation_id, correlation_id=entry.correlation_id, fresh=True)
    names = {"correlation": entry.correlation_id, "conversation": entry.conversation_id}
    what = f"outbox {entry.operation}"
    with calling(context), structlog.contextvars.bound_contextvars(**names), span(what, entry.trace, entry=entry.id):
        yield


@lru_cache(maxsize=1)
def shared() -> Frontdesk:
    """Return this process's own Frontdesk, made at the first call."""
    return build()


def _systems(
    settings: Settings, engine: sa.engine.Engine, guards: Guards, clock: SystemClock, connections: Connections
) -> Systems:
    broken = _broken_on_purpose(settings, clock)
    of_embedded: dict[str, dict[str, Any]] = {
        "commerce": {"checkout_url": settings.deployment.shop.checkout_url},
        "helpdesk": {"first_answer_hours": dict(settings.deployment.tickets.first_answer_hours)},
    }

    def adapter(domain: str, system: str) -> Any:
        make = adapter_class(domain, system, settings.where("systems", domain))
        if system == "embedded":
            return make(engine, **of_embedded.get(domain, {}))
        return make(connections.to(system))

    chosen = settings.deployment.systems.dict()
    return Systems(
        **{domain: guards.guarded(broken(adapter(domain, name), domain), domain) for domain, name in chosen.items()}
    )


def _broken_on_purpose(settings: Settings, clock: SystemClock) -> Callable[[Any, str], Any]:
    """Return what puts the faults of a rehearsal around an adapter, or leaves it alone where none are wanted."""
    if not settings.faults:
        return lambda adapter, _domain: adapter
    from bridge.testing.faults import Plan, faulty  # noqa: PLC0415  # in earnest it is never loaded

    plan = Plan(settings.faults)
    return lambda adapter, domain: faulty(adapter, domain, plan, clock)
