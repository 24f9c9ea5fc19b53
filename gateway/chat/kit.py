"""What the parts of the chat share: the bridge's stores, and the gateway's own tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from prometheus_client import CollectorRegistry

from bridge.conversation.claims import Claims
from bridge.conversation.erasure import Erasures
from bridge.conversation.files import Files
from bridge.conversation.identities import Identities
from bridge.conversation.inbox import Inbox
from bridge.conversation.log import EventLog
from bridge.conversation.news import News
from bridge.conversation.offers import Offers
from bridge.conversation.results import Results
from bridge.conversation.sessions import Sessions
from bridge.conversation.surveys import Surveys
from bridge.conversation.tickets import StreamTickets
from bridge.conversation.turns import Turn, Turns
from bridge.conversation.wishes import Wishes
from bridge.events.hooks import Hooks
from bridge.events.relay import Worker
from bridge.formatting.outbound import Speech
from bridge.mail import Mailbox
from bridge.model.outcome import Outcome
from bridge.settings import Settings
from bridge.till import Till
from gateway.chat.hub import Hub
from gateway.chat.rasa import Rasa
from gateway.metrics import Metrics
from gateway.texts import Texts
from gateway.threads import Threads
from gateway.timing import Timing


class Queue(Protocol):
    """Close handoffs."""

    def close(self, conversation_id: str) -> bool:
        """Give a conversation back to the bot."""


class HandoffCase(Protocol):
    """Ask for a person."""

    def keep(self, turn: Turn, known: dict[str, str]) -> Outcome:
        """Put a conversation into the queue without waiting for any system."""


class Desk(Protocol):
    """Say which parts of the bridge the gateway uses; `bridge.bootstrap.Frontdesk` has them all."""

    @property
    def settings(self) -> Settings: ...
    @property
    def engine(self) -> Any: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def news(self) -> News: ...
    @property
    def stream_tickets(self) -> StreamTickets: ...
    @property
    def log(self) -> EventLog: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def identities(self) -> Identities: ...
    @property
    def mailbox(self) -> Mailbox | None: ...
    @property
    def till(self) -> Till | None: ...
    @property
    def speech(self) -> Speech: ...
    @property
    def offers(self) -> Offers: ...
    @property
    def results(self) -> Results: ...
    @property
    def wishes(self) -> Wishes: ...
    @property
    def surveys(self) -> Surveys: ...
    @property
    def handoffs(self) -> Queue: ...
    @property
    def handoff(self) -> HandoffCase: ...
    @property
    def hooks(self) -> Hooks: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def relay(self) -> Worker: ...
    @property
    def places(self) -> Worker: ...
    @property
    def watch(self) -> Worker: ...
    @property
    def files(self) -> Files: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def housekeeping(self) -> Worker: ...
    @property
    def summaries(self) -> Worker: ...
    @property
    def registry(self) -> CollectorRegistry: ...


@dataclass(frozen=True)
class Kit:
    """Hold them."""

    desk: Desk
    threads: Threads
    hub: Hub
    rasa: Rasa
    texts: Texts
    timing: Timing
    metrics: Metrics
    is_ready: Callable[[], Awaitable[bool]]
    """Tells whether Rasa and the action server answer."""
