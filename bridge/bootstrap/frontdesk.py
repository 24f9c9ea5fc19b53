"""Everything that a process of ours may use, made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from bridge import tracing
from bridge.alerts import Alarm
from bridge.bootstrap.answering import settling
from bridge.bootstrap.stores import Stores, stores_on
from bridge.bootstrap.systems import Systems, connected
from bridge.bootstrap.use_cases import UseCases, use_cases_on
from bridge.connections import Connections
from bridge.connections.webhooks import webhooks_of
from bridge.conversation.erasure import Erasures
from bridge.conversation.results import tell
from bridge.conversation.retention import Housekeeping
from bridge.errors import BridgeError
from bridge.events.board import Board
from bridge.events.handlers import Handlers
from bridge.events.hooks import Hooks, looks
from bridge.events.relay import Relay
from bridge.events.watch import OutboxNumbers, OutboxWatch
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import why
from bridge.handoff.contact import reach
from bridge.resilience.clock import SystemClock
from bridge.resilience.context import current
from bridge.resilience.guard import Guards
from bridge.settings import Settings, load
from bridge.settings.places import tracker_url
from bridge.storage.engine import open_engine
from bridge.storage.events import NOTICE
from bridge.storage.trackers import Trackers
from bridge.storage.types import Clock, utc_now
from bridge.summaries.sweep import Summaries
from bridge.summaries.writing import Writer
from bridge.usecases.notices import Notices


@dataclass(frozen=True)
class Frontdesk(Stores, UseCases):
    """Hold everything a process of ours may use."""

    registry: CollectorRegistry
    """The numbers of this process, for Prometheus."""

    settings: Settings
    engine: sa.engine.Engine
    guards: Guards
    connections: Connections
    systems: Systems
    speech: Speech
    hooks: Hooks
    relay: Relay
    watch: OutboxWatch
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
    systems = connected(settings, engine, guards, system_clock, connections)
    speech = Speech(deployment.locale, deployment.timezone, settings.where("locale"))
    kept = stores_on(engine, settings, clock)
    use_cases = use_cases_on(systems, kept, engine, settings, speech, clock)
    erasures = Erasures(engine, (Trackers(tracker_url(settings)), kept.files), clock)
    registry = guards.metrics.registry
    registry.register(OutboxNumbers(kept.outbox, clock))
    writer = Writer(deployment.locale, deployment.timezone)
    days = deployment.understanding.fallback_days
    hooked = looks(kept.outbox), kept.watches, webhooks_of(settings, clock), alarm.webhook_refused
    return Frontdesk(
        **vars(kept),
        **vars(use_cases),
        registry=registry,
        settings=settings,
        engine=engine,
        guards=guards,
        connections=connections,
        systems=systems,
        speech=speech,
        hooks=Hooks(engine, *hooked, registry, clock),
        relay=_relay(settings, systems, kept, use_cases, speech, clock),
        watch=OutboxWatch(kept.outbox, board, alarm, deployment.alerts.outbox_minutes, clock),
        erasures=erasures,
        housekeeping=Housekeeping(engine, erasures, kept.files, deployment.retention, days, clock),
        summaries=Summaries(engine, kept.outbox, systems.crm, writer, deployment.summaries, clock),
    )


@lru_cache(maxsize=1)
def shared() -> Frontdesk:
    """Return this process's own Frontdesk, made at the first call."""
    return build()


def _relay(
    settings: Settings, systems: Systems, kept: Stores, use_cases: UseCases, speech: Speech, clock: Clock
) -> Relay:
    def last_words(refusal: BridgeError | None) -> dict[str, str]:
        return {**reach(settings.deployment.contact, speech, clock()), "why": why(speech, refusal)}

    notices = Notices(kept.watches, {"order": use_cases.orders.again, "ticket": use_cases.tickets.again}, tell)
    others = {NOTICE: notices.look}
    ports = systems.helpdesk, systems.crm, systems.commerce
    handlers = Handlers(*ports, kept.watches, kept.guesses, clock, others)
    return Relay(kept.outbox, handlers, tell, last_words, settling)
