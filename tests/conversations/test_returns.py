"""Sending things back and hearing of the money, in the real processes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bridge.storage.business import order_returns
from bridge.storage.engine import reading
from tests.support.mail import Letters
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow


def proven(chat: Chat, letters: Letters, wish: str, email: str) -> str:
    """Say what is wished, and prove who wishes it; return what the bot says then."""
    assert "a code by e-mail" in chat.say(wish)
    before = sum(mail["To"] == email for mail in letters.kept)
    assert f"a code of six digits to {email}" in chat.say(email)
    return chat.say(letters.newest_code(email, after=before))


def notes(stack: Stack) -> list[str]:
    with reading(stack.engine()) as connection:
        return list(connection.execute(sa.select(order_returns.c.note)).scalars())


def test_what_the_first_message_told_is_sent_back_once(stack: Stack, chat: Chat, letters: Letters) -> None:
    wish = "the umbrella from order 1010 is broken, i want to send it back"
    shown = proven(chat, letters, wish, "elif.yilmaz@example.test")
    assert "order #1010: Pocket Umbrella. Reason: it's broken or has a fault. Is that right?" in shown
    assert "added that for our team" in chat.say("yes but the box is gone")
    assert "Its number is 1010-R1." in chat.say("yes")
    assert "Return 1010-R1 of order #1010, Pocket Umbrella, is asked for" in chat.say("where is my refund")
    assert notes(stack) == [f"{wish}\nthe box is gone"]
    assert "What of order #1010" in chat.say("i want to return something else from it")
    assert "the order to send back" in chat.say("three t-shirts")
    chat.say("the t-shirt")
    assert "White T-Shirt (S). Reason: no longer wanted." in chat.say("changed my mind")
    assert "haven't asked for anything" in chat.say("no")
    assert len(notes(stack)) == 1


def test_an_exchange_and_a_question_in_between(chat: Chat, letters: Letters) -> None:
    asked = proven(chat, letters, "can i swap the jeans from 1001 for a size 34", "ana.ruiz@example.test")
    assert "Why should it go back?" in asked
    assert "Blue T-Shirt, $" in chat.say("do you have blue t-shirts")
    shown = chat.click("Too small")
    assert 'What you\'d like instead: "can i swap the jeans from 1001 for a size 34"' in shown
    assert "Our team arranges the replacement" in chat.say("ok")


def test_what_cannot_go_back_leads_to_what_can_be_done(chat: Chat, letters: Letters) -> None:
    told = proven(chat, letters, "send back order 1008 please", "dev.patel@example.test")
    assert "Order #1008 hasn't left us yet" in told
    assert "#1008" in chat.click("Cancel the order")
    chat.say("stop")
    assert "couldn't find order #1004 among the orders of dev.patel@example.test" in chat.say(
        "i want to return order 1004"
    )
