"""A system on the embedded backend that tells of its changes, and what people hear of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from unittest.mock import Mock

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from bridge.bootstrap import Frontdesk
from bridge.connections.webhooks import Delivery, Headers, Webhook
from bridge.conversation.results import tell
from bridge.conversation.watches import Watches
from bridge.events.handlers import Handlers
from bridge.events.hooks import Hooks, Taken, looks
from bridge.events.outbox import Outbox
from bridge.events.relay import Relay
from bridge.model.changes import OrderChanged, TicketChanged
from bridge.model.commerce import Fulfilment
from bridge.model.helpdesk import Comment
from bridge.model.outcome import Outcome
from bridge.storage import business as tables
from bridge.storage.engine import reading, writing
from bridge.storage.events import NOTICE, deliveries, outbox
from bridge.usecases.notices import Notices
from tests.adapters.embedded.worlds import insert, rows
from tests.support.frontdesk import Clock
from tests.usecases.away import Away


class Plain(Webhook):
    """Hear a system that signs with the word itself, and says "order 1" or "ticket 1"."""

    signature = "signature"

    def fits(self, content: bytes, signature: str) -> bool:
        return signature == "right"

    def read(self, headers: Headers, body: bytes) -> Delivery:
        kind, _, id_ = body.decode().partition(" ")
        if kind not in ("order", "ticket"):
            return Delivery(headers["id"])
        return Delivery(headers["id"], OrderChanged(id_) if kind == "order" else TicketChanged(id_))


@dataclass
class News:
    """Let a system tell of changes, and collect what people hear."""

    frontdesk: Frontdesk
    away: Away
    clock: Clock
    told: list[tuple[str, Outcome]] = field(default_factory=list)
    delivered: int = 0

    def __post_init__(self) -> None:
        engine = self.frontdesk.engine
        self.reported: list[str] = []
        self.outbox = Outbox(engine, self.frontdesk.settings.deployment.outbox, self.clock, random.Random(1))
        look = looks(self.outbox)
        self.watches = Watches(engine, self.clock, look)
        webhooks = {"embedded": Plain((), self.clock)}
        report = self.reported.append
        self.hooks = Hooks(engine, look, self.watches, webhooks, report, CollectorRegistry(), self.clock)

    def relay(self) -> Relay:
        """Return a relay as each process has one."""
        readers = {"order": self.away.orders.again, "ticket": self.away.tickets.real.again}
        looks = {NOTICE: Notices(self.watches, readers, self.keep).look}
        handlers = Handlers(*[Mock(spec=[])] * 3, self.watches, Mock(spec=[]), self.clock, looks)
        return Relay(self.outbox, handlers, Mock(side_effect=AssertionError), Mock(side_effect=AssertionError))

    def tell(self, what: str, delivery: str = "", signature: str = "right") -> Taken:
        self.delivered += 1
        headers = {"id": delivery or f"d{self.delivered}", "signature": signature}
        return self.hooks.take("embedded", headers, what.encode())

    def hear(self, what: str) -> list[Outcome]:
        """Tell of a change and return what people hear of it."""
        assert self.tell(what) is Taken.STORED
        return self.work()

    def work(self) -> list[Outcome]:
        """Do what is due, and return what people hear."""
        before, relay = len(self.told), self.relay()
        while relay.once():
            pass
        return [outcome for _, outcome in self.told[before:]]

    def open(self) -> list[Any]:
        return [row for row in rows(self.frontdesk.engine, outbox) if row["state"] in ("waiting", "leased")]

    def deliveries(self) -> list[str]:
        with reading(self.frontdesk.engine) as connection:
            return list(connection.execute(sa.select(deliveries.c.delivery)).scalars())

    def keep(self, connection: sa.engine.Connection, conversation: str, outcome: Outcome, name: str) -> None:
        self.told.append((conversation, outcome))
        tell(connection, conversation, outcome, name)


def change(news: News, table: sa.Table, id_: str, **values: Any) -> None:
    with writing(news.frontdesk.engine) as connection:
        connection.execute(sa.update(table).where(table.c.id == int(id_)).values(**values))


def ship(news: News, order: str, number: str = "1Z999AA10123456784") -> None:
    parcel = Fulfilment("UPS", number, estimated_delivery=datetime(2026, 1, 25, 12, tzinfo=timezone.utc))
    change(news, tables.orders, order, status="shipped")
    with writing(news.frontdesk.engine) as connection:
        values = {**vars(parcel), "skus": []}
        insert(connection, tables.fulfilments, order_id=int(order), position=0, **values)


def comment(news: News, ticket: str, body: str, author: str = "Sam", *, public: bool = True) -> None:
    said = Comment(body, author, news.clock(), public)
    with writing(news.frontdesk.engine) as connection:
        insert(connection, tables.ticket_comments, ticket_id=int(ticket), **vars(said))
