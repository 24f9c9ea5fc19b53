"""A person is asked for: the queue, the ticket, the silence of the bot, and the way back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bridge.storage.business import ticket_comments, tickets
from bridge.storage.chat import handoffs, inbox
from bridge.storage.engine import reading
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow


def test_a_handoff_leaves_a_queue_row_and_a_ticket_with_the_transcript_for_agents(stack: Stack, chat: Chat) -> None:
    chat.say("where is my order 1005")
    chat.say("i want to talk to a human")
    with reading(stack.engine()) as connection:
        handoff = connection.execute(sa.select(handoffs).where(handoffs.c.conversation_id == chat.conversation)).one()
        ticket = connection.execute(sa.select(tickets).where(tickets.c.number == handoff.ticket_number)).one()
        note = connection.execute(sa.select(ticket_comments).where(ticket_comments.c.ticket_id == ticket.id)).one()
    assert handoff.state == "waiting"
    assert note.public is False, "what was said is not mailed to whoever gave an address"
    assert "where is my order 1005" in note.body
    assert "i want to talk to a human" in note.body
    assert ticket.priority == "high"
    assert any(event["type"] == "status" and event["mode"] == "waiting" for event in chat.history())


def test_while_a_person_is_awaited_the_bot_keeps_silent_until_it_is_called_back(stack: Stack, chat: Chat) -> None:
    chat.say("let me talk to a real person")
    told = chat.say("where is my order 1001")
    assert "postcode" not in told, "Rasa must not answer while a person is awaited"
    with reading(stack.engine()) as connection:
        mine = sa.select(inbox).where(inbox.c.conversation_id == chat.conversation).order_by(inbox.c.id.desc())
        row = connection.execute(mine).first()
    assert (row.state, row.model_id) == ("done", None)
    chat.say("back to bot")
    assert [event["mode"] for event in chat.history() if event["type"] == "status"][-1] == "bot"
    assert "postcode" in chat.say("where is my order 1001")


def test_asking_twice_opens_one(stack: Stack, chat: Chat) -> None:
    chat.say("talk to a person please")
    chat.say("i want to talk to a human")
    with reading(stack.engine()) as connection:
        rows = connection.execute(sa.select(handoffs).where(handoffs.c.conversation_id == chat.conversation)).all()
    assert len(rows) == 1
