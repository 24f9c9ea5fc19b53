"""The judge finds what is wrong: a good conversation passes, and each way to spoil it is found by its own rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.bootstrap import Frontdesk, build
from bridge.events.handlers import TICKET, ticket_content
from bridge.events.outbox import NewEntry
from bridge.model.helpdesk import NewTicket, Priority
from bridge.model.identity import Level
from bridge.model.outcome import Outcome
from bridge.storage.business import tickets
from bridge.storage.chat import chat_events, conversations, inbox
from bridge.storage.engine import writing
from bridge.storage.events import outbox
from bridge.storage.jobs import jobs
from tests.chaos.client import Acknowledged
from tests.chaos.evidence import collect, pending
from tests.chaos.judge import judge
from tests.support.frontdesk import Clock, as_job, make_settings, told

EMAIL = "ana.ruiz@example.test"


class Scene:
    """Play one good conversation: a ticket that is made at once, and another one that has to be kept first."""

    def __init__(self, frontdesk: Frontdesk, clock: Clock) -> None:
        self.frontdesk = frontdesk
        self.conversation = frontdesk.sessions.open("en", "203.0.113.7")
        self.acknowledged: list[Acknowledged] = []
        told_of = "your website crashes, case abc"
        self._answer("m1", told_of, lambda turn: frontdesk.tickets.draft(turn, told_of, EMAIL, "", Priority.URGENT))
        self._answer("m2", "yes", lambda turn: frontdesk.tickets.create(turn, True))
        self._answer("m3", "another one", lambda turn: self._keep())
        clock.forward(minutes=1)
        assert frontdesk.relay.once()
        self._tell()

    def _answer(self, message: str, text: str, call: Callable[[Any], Outcome]) -> None:
        receipt = self.frontdesk.inbox.receive_text(self.conversation, message, text)
        self.acknowledged.append(Acknowledged(self.conversation, message))
        self._reply(receipt.id, lambda turn: [call(turn)])

    def _keep(self) -> Outcome:
        ticket = NewTicket("It crashes", "it crashes, case def", EMAIL, Priority.URGENT)
        new = NewEntry(f"{self.conversation}:create_ticket:99", self.conversation, TICKET, self._content(ticket))
        self.frontdesk.outbox.keep(new, lambda _connection: None)
        return Outcome("utter_tickets_kept")

    @staticmethod
    def _content(ticket: NewTicket) -> dict[str, Any]:
        return ticket_content(ticket, Level.ANONYMOUS)

    def _tell(self) -> None:
        waiting = self.frontdesk.inbox.oldest(self.conversation)
        assert waiting is not None
        self._reply(waiting.id, self.frontdesk.jobs.late_outcomes)

    def _reply(self, inbox_id: int, call: Callable[[Any], list[Outcome]]) -> None:
        self.frontdesk.inbox.claim(inbox_id)
        for outcome in call(self.frontdesk.turns.current(self.conversation, "")):
            as_job(self.frontdesk.engine, outcome)
            self.frontdesk.log.reply(self.conversation, "bot", {"text": told(outcome)})
        self.frontdesk.inbox.finish(inbox_id)

    def rules(self) -> set[str]:
        """Return the rules that the judge finds broken."""
        return {finding.rule for finding in judge(collect(self.frontdesk.engine), self.acknowledged)}

    def events(self, *which: Any) -> Any:
        """Return the condition for events of the conversation."""
        return sa.and_(chat_events.c.conversation_id == self.conversation, *which)


@pytest.fixture
def scene(database_url: str) -> Scene:
    clock = Clock()
    return Scene(build(make_settings(database_url), clock), clock)


def saying(words: str) -> Any:
    return chat_events.c.body["text"].as_string().like(f"%{words}%")


def again(scene: Scene, connection: sa.engine.Connection, words: str) -> None:
    """Log an event a second time, with the next number."""
    row = dict(connection.execute(sa.select(chat_events).where(scene.events(saying(words)))).mappings().one())
    last = connection.execute(sa.select(conversations.c.last_seq)).scalar_one()
    connection.execute(sa.insert(chat_events).values({**row, "seq": last + 1}))
    connection.execute(sa.update(conversations).values(last_seq=last + 1))


def copy_ticket(connection: sa.engine.Connection, conversation: str) -> None:
    row = dict(connection.execute(sa.select(tickets).limit(1)).mappings().one())
    changed = {"id": 999, "number": "T-999", "idempotency_key": f"{conversation}:create_ticket:77"}
    connection.execute(sa.insert(tickets).values({**row, **changed}))


def without(words: str) -> Callable[[Scene, sa.engine.Connection], Any]:
    return lambda scene, connection: connection.execute(sa.delete(chat_events).where(scene.events(saying(words))))


def test_a_good_conversation_passes(scene: Scene) -> None:
    assert scene.rules() == set()
    assert pending(scene.frontdesk.engine) == 0


SPOILT: dict[str, tuple[str, Callable[[Scene, sa.engine.Connection], Any]]] = {
    "the message is gone from the log": ("acknowledged, but lost", without("another one")),
    "the message has no answer": ("acknowledged, but not answered", without("your ticket is")),
    "the message still waits": (
        "acknowledged, but not answered",
        lambda scene, connection: connection.execute(
            sa.update(inbox).where(inbox.c.message_id == "m2").values(state="queued")
        ),
    ),
    "the ticket is gone": (
        "promised, but lost",
        lambda scene, connection: connection.execute(sa.delete(tickets).where(tickets.c.description.like("%abc"))),
    ),
    "the kept ticket is gone": (
        "promised, but lost",
        lambda scene, connection: connection.execute(sa.delete(tickets).where(tickets.c.description.like("%def"))),
    ),
    "the ticket is there twice": (
        "doubled",
        lambda scene, connection: copy_ticket(connection, scene.conversation),
    ),
    "nobody was told of the ticket": ("made, but not told", without("your ticket is T-")),
    "nobody was told of the kept ticket": ("a kept write is not told once", without("The ticket system is back")),
    "the kept ticket was told twice": (
        "a kept write is not told once",
        lambda scene, connection: again(scene, connection, "The ticket system is back"),
    ),
    "the kept write was given up": (
        "left in the outbox",
        lambda scene, connection: connection.execute(sa.update(outbox).values(state="dead")),
    ),
    "an answer is there twice": (
        "said twice in a turn",
        lambda scene, connection: again(scene, connection, "Is that right?"),
    ),
    "a number is missing": ("a gap in the log", without("I've kept your message")),
    "a late result waits": (
        "a late result was not told",
        lambda scene, connection: connection.execute(sa.update(jobs).values(told_in=None)),
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_whatever_is_spoilt_is_found(scene: Scene, what: str) -> None:
    rule, spoil = SPOILT[what]
    with writing(scene.frontdesk.engine) as connection:
        spoil(scene, connection)
    assert rule in scene.rules()


def test_what_is_under_way_is_waited_for(scene: Scene) -> None:
    with writing(scene.frontdesk.engine) as connection:
        connection.execute(sa.update(outbox).values(state="waiting"))
        connection.execute(sa.update(jobs).values(told_in=None))
        connection.execute(sa.update(inbox).where(inbox.c.message_id == "m1").values(state="dispatched"))
    assert pending(scene.frontdesk.engine) == 3
