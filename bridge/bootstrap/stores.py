"""What this process keeps in its own database and files."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bridge.conversation.claims import Claims, claims_on
from bridge.conversation.codes import Codes
from bridge.conversation.drafts import Drafts
from bridge.conversation.files import Files
from bridge.conversation.guesses import Guesses
from bridge.conversation.identities import Identities
from bridge.conversation.inbox import Inbox
from bridge.conversation.jobs import Jobs
from bridge.conversation.log import EventLog
from bridge.conversation.news import News
from bridge.conversation.offers import Offers
from bridge.conversation.results import Results
from bridge.conversation.sessions import Sessions
from bridge.conversation.surveys import Surveys
from bridge.conversation.tickets import StreamTickets
from bridge.conversation.turns import Turns
from bridge.conversation.watches import Watches
from bridge.conversation.wishes import Wishes
from bridge.events.hooks import looks
from bridge.events.outbox import Outbox, settle
from bridge.handoff.places import Places
from bridge.handoff.queue import HandoffQueue
from bridge.mail import Mailbox
from bridge.settings import Settings
from bridge.settings.places import files_folder
from bridge.storage.types import Clock
from bridge.till import Till


@dataclass(frozen=True)
class Stores:
    """Hold what is kept of conversations, and what is still to be done for them."""

    inbox: Inbox
    claims: Claims
    news: News
    stream_tickets: StreamTickets
    log: EventLog
    sessions: Sessions
    identities: Identities
    codes: Codes
    guesses: Guesses
    offers: Offers
    turns: Turns
    jobs: Jobs
    results: Results
    wishes: Wishes
    drafts: Drafts
    watches: Watches
    handoffs: HandoffQueue
    places: Places
    surveys: Surveys
    outbox: Outbox
    files: Files
    mailbox: Mailbox | None
    till: Till | None
    """Both of the demo, where its own machine alone can reach them."""


def stores_on(engine: sa.engine.Engine, settings: Settings, clock: Clock) -> Stores:
    """Return the stores of one database."""
    outbox, sessions = Outbox(engine, settings.deployment.outbox, clock), Sessions(engine, settings.secret)
    return Stores(
        inbox=Inbox(engine),
        claims=claims_on(engine),
        news=News(engine),
        stream_tickets=StreamTickets(engine, clock),
        log=EventLog(engine),
        sessions=sessions,
        identities=Identities(engine, sessions, settings.secret, clock),
        codes=Codes(engine, settings.secret, clock),
        guesses=Guesses(engine, settings.secret, clock),
        offers=Offers(engine),
        turns=Turns(engine, clock),
        jobs=Jobs(engine, settle, clock),
        results=Results(engine, clock),
        wishes=Wishes(engine),
        drafts=Drafts(engine),
        watches=Watches(engine, clock, looks(outbox)),
        handoffs=HandoffQueue(engine),
        places=Places(engine, clock),
        surveys=Surveys(engine, clock),
        outbox=outbox,
        files=Files(engine, files_folder(settings), clock),
        mailbox=Mailbox(engine, clock) if settings.has_mailbox else None,
        till=Till(engine) if settings.has_mailbox else None,
    )
