"""Tickets: opened, found again, added to; what is said and what stands in the database."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.storage.business import ticket_comments, tickets
from bridge.storage.engine import reading
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow


def tickets_of(stack: Stack, email: str) -> list[Any]:
    with reading(stack.engine()) as connection:
        return connection.execute(sa.select(tickets).where(tickets.c.email == email)).all()


def test_a_ticket_is_made_after_the_yes_and_found_again(stack: Stack, chat: Chat) -> None:
    assert "what happened" in chat.say("i want to open a ticket")
    assert "order" in chat.say("the zip of my jacket broke on the first day")
    assert "urgent" in chat.say("1001")
    chat.click("Normal")
    shown = chat.say("zip@example.test")
    assert "the zip of my jacket broke" in shown
    assert "order #1001" in shown
    assert tickets_of(stack, "zip@example.test") == [], "nothing is made before the yes"
    made = chat.click("Yes, please")
    number = re.search(r"T-\d+", made)
    assert number, made
    assert "within 24 hours" in made
    (row,) = tickets_of(stack, "zip@example.test")
    assert (row.number, row.priority, row.order_number, row.status) == (number[0], "normal", "1001", "new")

    later = stack.chat()
    later.say(f"status of ticket {number[0]}")
    assert "waiting for a colleague" in later.say("zip@example.test")


def test_what_the_first_message_tells_is_not_asked(chat: Chat) -> None:
    told = chat.say("your website crashes every time i open it, this is urgent")
    assert "e-mail" in told
    shown = chat.say("crashing@example.test")
    assert "priority urgent" in shown
    assert "website crashes" in shown


def test_a_no_makes_nothing(stack: Stack, chat: Chat) -> None:
    chat.say("your website crashes every time i open it, this is urgent")
    chat.say("no.ticket@example.test")
    assert "haven't sent anything" in chat.say("no")
    assert tickets_of(stack, "no.ticket@example.test") == []


def test_a_double_click_on_yes_makes_one_ticket(stack: Stack, chat: Chat) -> None:
    chat.say("your website crashes every time i open it, this is urgent")
    chat.say("double@example.test")
    first, second = chat.send(payload="/affirm"), chat.send(payload="/affirm")
    chat.wait_for(first)
    chat.wait_for(second)
    assert len(tickets_of(stack, "double@example.test")) == 1


def test_a_corrected_address_is_shown_again_before_anything_is_made(stack: Stack, chat: Chat) -> None:
    chat.say("your website crashes every time i open it, this is urgent")
    chat.say("old@example.test")
    assert "new@example.test" in chat.say("no, the email is new@example.test")
    chat.say("yes")
    assert tickets_of(stack, "old@example.test") == []
    assert len(tickets_of(stack, "new@example.test")) == 1


def test_a_ticket_is_shown_to_its_requester_only(stack: Stack) -> None:
    owner, stranger = stack.chat(), stack.chat()
    owner.say("status of ticket T-10001")
    stranger.say("status of ticket T-10001")
    assert "broken zip" in owner.say("ana.ruiz@example.test")
    refused = stranger.say("stranger@example.test")
    assert "couldn't find" in refused
    assert "zip" not in refused


def test_a_comment_is_added_once_it_is_confirmed(stack: Stack, chat: Chat) -> None:
    chat.say("add a comment to ticket T-10002")
    assert "add" in chat.say("ben.carter@example.test")
    chat.say("Please call me in the morning, not later.")
    assert "added" in chat.say("yes please")
    with reading(stack.engine()) as connection:
        bodies = connection.execute(sa.select(ticket_comments.c.body)).scalars().all()
    assert bodies.count("Please call me in the morning, not later.") == 1


def test_a_closed_ticket_takes_no_comment(chat: Chat) -> None:
    chat.say("add a comment to ticket T-10004")
    chat.say("dev.patel@example.test")
    chat.say("It broke again.")
    assert "closed" in chat.say("yes")
