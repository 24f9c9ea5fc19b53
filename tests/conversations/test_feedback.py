"""How it was: asked by the gateway, answered through Rasa, and in nobody's way."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bridge.handoff.talks import Talks
from bridge.storage.chat import surveys
from bridge.storage.engine import reading
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow
QUESTION = "How well did we take care of ticket T-10003?"
SOLVED = ("status of ticket T-10003", "chloe.martin@example.test")


def kept(stack: Stack, chat: Chat) -> list[Any]:
    """Return what was asked in a conversation and what was answered."""
    mine = sa.select(surveys.c.kind, surveys.c.rating).where(surveys.c.conversation_id == chat.conversation)
    with reading(stack.engine()) as connection:
        return connection.execute(mine.order_by(surveys.c.id)).all()


def test_a_solved_ticket_is_asked_about_once_and_a_second_click_changes_nothing(stack: Stack, chat: Chat) -> None:
    chat.say(SOLVED[0])
    assert "was solved" in chat.say(SOLVED[1])
    # It is asked when the turn is over, and before the next one begins.
    assert "welcome" in chat.say("thank you").lower()
    assert QUESTION in chat.bot_texts()
    assert chat.click("Good") == "Thank you for telling us."
    assert "already" in chat.click("Very bad")
    assert kept(stack, chat) == [("ticket", 4)]
    assert "was solved" in chat.say("status of ticket T-10003")
    chat.say("thank you")
    assert chat.bot_texts().count(QUESTION) == 1


def test_after_a_talk_it_is_asked_is_in_nobodys_way_and_can_be_answered_inside_a_form(stack: Stack, chat: Chat) -> None:
    chat.say("i want to talk to a human")
    Talks(stack.engine()).take(chat.conversation, "Maya")
    chat.say("back to bot")
    assert chat.bot_texts()[-1] == "How was it to talk with our team?"
    assert "postcode" in chat.say("where is my order 1001")
    assert kept(stack, chat) == [("talk", None)]
    answered = chat.click("Very bad")
    assert "sorry" in answered
    assert "postcode" in answered, "the form's question is asked again"
    assert "postcode" not in chat.say("94107")
    assert kept(stack, chat) == [("talk", 1)]
