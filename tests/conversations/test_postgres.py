"""The same assistant with everything in PostgreSQL: business data, conversations, and Rasa's tracker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bridge.storage.business import tickets
from bridge.storage.engine import reading
from tests.support.postgres import Cluster
from tests.support.rasa_table import rows_of
from tests.support.stack import Stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, postgres: Cluster) -> Iterator[Stack]:
    """Run an assistant on a PostgreSQL database of its own."""
    running = Stack(tmp_path_factory.mktemp("postgres"), postgres.url(postgres.create_database()))
    running.start()
    yield running
    assert running.stop() == 0, running.output


def test_an_order_a_ticket_and_a_person(stack: Stack) -> None:
    chat = stack.chat()
    chat.say("where is my order 1001")
    assert "1Z999AA10123456784" in chat.say("ana.ruiz@example.test")
    chat.say("open a ticket: your website crashes every time i open it, this is urgent")
    assert "T-10201" in chat.say("yes")
    with reading(stack.engine()) as connection:
        made = connection.execute(sa.select(tickets.c.email).where(tickets.c.number == "T-10201")).scalars().all()
        events = connection.execute(sa.text("SELECT count(*) FROM events")).scalar_one()
    assert made == ["ana.ruiz@example.test"]
    assert events > 0, "Rasa's tracker is in the same database"
    chat.say("i want to talk to a human")
    assert [event["mode"] for event in chat.history() if event["type"] == "status"] == ["waiting"]


def test_nothing_of_a_deleted_conversation_stays_with_rasa(stack: Stack) -> None:
    chat, other = stack.chat(), stack.chat()
    for each in (chat, other):
        each.say("do you have blue t-shirts")
        assert rows_of(stack.database_url, each.conversation) > 0
    chat.erase()
    assert rows_of(stack.database_url, chat.conversation) == 0
    assert rows_of(stack.database_url, other.conversation) > 0
