"""An outbox on both databases, with a clock that stands still and dice that fall alike."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from bridge.conversation.sessions import Sessions
from bridge.events.outbox import NewEntry, Outbox
from bridge.settings.schema import Outbox as Limits
from tests.support.frontdesk import Clock

TICKET = {
    "subject": "The zip is broken",
    "description": "The zip is broken",
    "email": "ann@example.test",
    "priority": "normal",
    "team": "Care",
    "name": "",
    "order_number": "",
    "tags": ["chat"],
    "verified": False,
}
CONTENT = {"ticket": TICKET, "level": "anonymous"}


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def outbox(engine: sa.engine.Engine, clock: Clock) -> Outbox:
    """Return an empty outbox that gives up after 4 tries or 24 hours."""
    return Outbox(engine, Limits(attempts=4), clock, random.Random(7))


@pytest.fixture
def conversation(engine: sa.engine.Engine) -> str:
    """Return a conversation."""
    return Sessions(engine, "s" * 32).open("en", "203.0.113.7")


@pytest.fixture
def new(conversation: str) -> NewEntry:
    """Return a ticket that is to be kept."""
    return NewEntry(f"{conversation}:create_ticket:1", conversation, "tickets.create", CONTENT)
