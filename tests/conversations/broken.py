"""People who talk while their system is broken, all at the same time: one asks for an order, one opens a ticket."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.storage.business import orders, tickets
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from tests.support.stack import Chat, Stack

APART = 0.2
"""Seconds between two people's messages: they talk side by side, and do not press their keys in one moment."""


@dataclass
class Talk:
    """Hold one conversation, and what became of the message that met the fault."""

    fault: str
    chat: Chat
    email: str
    about: str
    """What the rule of the plan names: the e-mail, which only this person has."""
    message: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    dispatched_at: datetime | None = None
    seq: int = 0

    def look(self, engine: sa.engine.Engine) -> None:
        """Read what was said since the message."""
        with reading(engine) as connection:
            row = connection.execute(
                sa.select(inbox.c.seq, inbox.c.dispatched_at).where(inbox.c.message_id == self.message)
            ).one()
        self.seq, self.dispatched_at = row.seq, row.dispatched_at
        self.events = self.chat.history(after=row.seq)

    def said(self) -> list[str]:
        """Return what the bot said after the message, without notices, and without cards, which repeat a text."""
        return [str(event["text"]) for event in self.events if event["type"] == "bot" and event["text"]]

    def seconds(self, type_: str) -> float | None:
        """Return how long after its dispatch the message first got an event of this type."""
        times = [event["at"] for event in self.events if event["type"] == type_]
        if not times or self.dispatched_at is None:
            return None
        at = datetime.fromisoformat(times[0].replace("Z", "+00:00"))
        return (at - self.dispatched_at).total_seconds()


def delivered_orders(stack: Stack, count: int) -> list[tuple[str, str]]:
    """Return number and e-mail of that many orders, each of another person."""
    one_each = sa.select(sa.func.min(orders.c.number), orders.c.email).where(orders.c.status == "delivered")
    with reading(stack.engine()) as connection:
        rows = connection.execute(one_each.group_by(orders.c.email).limit(count)).all()
    assert len(rows) == count
    return [(number, email) for number, email in rows]


def tickets_of(stack: Stack, email: str) -> list[str]:
    """Return the numbers of a person's tickets."""
    with reading(stack.engine()) as connection:
        return list(connection.execute(sa.select(tickets.c.number).where(tickets.c.email == email)).scalars())


def ask_for_orders(stack: Stack, faults: Mapping[str, str]) -> list[Talk]:
    """Bring one person a fault to where the next message looks up an order."""
    known = dict(zip(faults, delivered_orders(stack, len(faults)), strict=True))

    def begin(name: str) -> Talk:
        number, email = known[name]
        chat = stack.chat()
        assert "mail" in chat.say(f"where is my order {number}")
        return Talk(name, chat, email, email)

    with ThreadPoolExecutor(8) as people:
        return list(people.map(begin, faults))


def ask_for_tickets(stack: Stack, faults: Mapping[str, str]) -> list[Talk]:
    """Bring one person a fault to where the next "yes" opens a ticket."""

    def begin(name: str) -> Talk:
        chat, email = stack.chat(), f"{re.sub('[^a-z0-9]', '-', name)}@broken.test"
        chat.say("your website crashes every time i open it, this is urgent")
        assert email in chat.say(email)
        return Talk(name, chat, email, email)

    with ThreadPoolExecutor(8) as people:
        return list(people.map(begin, faults))


def rules(operation: str, talks: list[Talk], faults: Mapping[str, str]) -> str:
    """Return a plan that gives each person their own fault."""
    return "\n".join(f"{operation}[{talk.about}]={faults[talk.fault]}" for talk in talks)


def meet(talks: list[Talk], send: Callable[[Talk], str]) -> None:
    """Let everybody send the message that meets their fault, and wait until all these turns are over."""
    for talk in talks:
        talk.message = send(talk)
        time.sleep(APART)
    for talk in talks:
        talk.chat.wait_for(talk.message)


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is true that another process makes so, and tell whether it came."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.25)
    return True
