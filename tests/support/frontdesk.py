"""A whole Frontdesk on the test's database, with a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
import yaml

from bridge.bootstrap import Frontdesk
from bridge.conversation.identities import Identities, Voucher
from bridge.conversation.turns import Turn
from bridge.events.outbox import settle
from bridge.model.outcome import Outcome
from bridge.settings import Settings
from bridge.settings.connections import Reached
from bridge.storage.engine import writing

ROOT = Path(__file__).parents[2]
DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))

NOW = datetime(2026, 1, 21, 15, 0, tzinfo=timezone.utc)
"""A Wednesday."""


class Clock:
    """Tell a time that only a test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def make_settings(database_url: str, **deployment: Any) -> Settings:
    """Return settings as the loader would, with the systems of the demo."""
    fields = {
        "name": "Test shop",
        "contact": {"phone": "+1 202-555-0143", "email": "help@example.test"},
        "shop": {"checkout_url": "https://shop.example.test/checkout/"},
        "tickets": {"default_team": "Care", "teams": {"delivery": "Shipping", "payment": "Billing"}},
    }
    return Settings(
        deployment={**fields, **deployment},
        database_url=database_url,
        host="127.0.0.1",
        port=1,
        internal_port=2,
        rasa_port=3,
        actions_port=4,
        secret="s" * 32,
        internal_secret="i" * 32,
        user_token_secret=None,
        demo=False,
    )


def reached(base_url: str, secrets: Mapping[str, str], **how: Any) -> Reached:
    """Return a connection as the loader would, with one secret of each name."""
    usual = {"auth": None, "fields": {}, "mapping": {}, "proxy": None, "ca_bundle": None, "insecure": False}
    kept = {name: (value,) for name, value in secrets.items()}
    return Reached(**{**usual, "base_url": base_url, "secrets": kept, **how})


def say(frontdesk: Frontdesk, conversation: str, text: str = "hello", message: str = "m1") -> Turn:
    """Send a message as the gateway does, and return the turn that an action finds."""
    frontdesk.inbox.receive_text(conversation, message, text)
    waiting = frontdesk.inbox.oldest(conversation)
    assert waiting is not None
    frontdesk.inbox.claim(waiting.id)
    return frontdesk.turns.current(conversation, "of the tracker")


def sign_in(identities: Identities, conversation: str, subject: str, email: str | None) -> None:
    """Prove who is in a conversation, as the host site's token does."""
    far = datetime(9999, 1, 1, tzinfo=timezone.utc)
    assert identities.sign_in(conversation, Voucher(subject, email, uuid4().hex, far), "en", "") == conversation


def visit(frontdesk: Frontdesk, address: str = "203.0.113.7") -> Turn:
    """Open a conversation from a client address and send its first message."""
    return say(frontdesk, frontdesk.sessions.open("en", address))


def told(outcome: Outcome) -> str:
    """Return the text that the person reads: the response of domain.yml, with the values of the outcome.

    A response that does not exist or has a placeholder without a value raises KeyError.
    """
    (response,) = DOMAIN["responses"][outcome.response]
    return str(response["text"].format_map(outcome.values))


def as_job(engine: sa.engine.Engine, outcome: Outcome) -> Outcome:
    """Settle what an outcome settles, as the job of a use case does, where one is run without a job."""
    with writing(engine) as connection:
        settle(connection, outcome.settles)
    return outcome
