"""One relay process of the kill test; it names each step, so that it can be killed at any of them."""

from __future__ import annotations

import os
import random
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import Mock

import sqlalchemy as sa

from bridge.conversation.results import tell
from bridge.conversation.watches import Watches
from bridge.events.handlers import Handlers
from bridge.events.outbox import Outbox
from bridge.events.relay import Relay
from bridge.model.outcome import Outcome
from bridge.storage.engine import open_engine
from tests.events.fakes import FileClock, FileHelpdesk


def drain(url: str, folder: Path, seed: int, steps: Connection) -> None:
    """Work until nothing is due, and say each step before it is done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    chance = random.Random(seed)
    engine = open_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    clock = FileClock(folder / "clock")

    def told(connection: sa.engine.Connection, conversation_id: str, outcome: Outcome) -> None:
        steps.send("about to tell")
        tell(connection, conversation_id, outcome)
        steps.send("about to commit")

    helpdesk = FileHelpdesk(folder / "tickets", steps.send, chance)
    # This operation needs neither a CRM nor a count of guesses.
    handlers = Handlers(helpdesk, Mock(spec=[]), Mock(spec=[]), Watches(engine, clock), Mock(spec=[]), clock)
    relay = Relay(Outbox(engine, clock=clock, chance=chance), handlers, told, lambda _refusal: {})
    while relay.once():
        steps.send("settled")
    engine.dispose()
    steps.close()
    # What multiprocessing does at an exit is of no interest here.
    os._exit(0)
