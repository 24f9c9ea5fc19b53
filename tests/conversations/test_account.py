"""A person proves who they are by a code; what else they may say meanwhile; what it is good for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bridge.storage.business import customers
from bridge.storage.engine import reading, writing
from bridge.storage.types import utc_now
from tests.support.mail import Letters
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow


@pytest.fixture
def ill(letters: Letters) -> Iterator[Letters]:
    """Return the mail server, to be made ill; it recovers."""
    yield letters
    letters.answers.clear()


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_with_a_code_nobody_has_to_prove_an_order_any_more(stack: Stack, chat: Chat, letters: Letters) -> None:
    assert "Which address" in chat.say("i want to verify my identity")
    assert "a code of six digits to ana.ruiz@example.test" in chat.say("ana.ruiz@example.test")
    assert "you're ana.ruiz@example.test" in chat.say(letters.newest_code("ana.ruiz@example.test"))
    told = chat.say("where is my order 1001")
    assert told.startswith("Order #1001 from ")
    assert "you're ana.ruiz@example.test" in chat.say("verify me")


def test_a_wrong_code_a_question_and_a_new_code_in_between(chat: Chat, letters: Letters) -> None:
    chat.say("send a verification code to between@example.test")
    first = letters.newest_code("between@example.test")
    assert "not the code" in chat.say(other(first))
    assert "six digits" in chat.say("1234")
    aside = chat.say("do you have blue t-shirts")
    assert "six-digit code" in aside
    assert "mailbox can know" in chat.say("why do you need that?")
    assert "a code of six digits" in chat.say("i didn't get the code, send it again")
    second = letters.newest_code("between@example.test", after=1)
    assert "you're between@example.test" in chat.say(f"the code is {second[:3]} {second[3:]}")


def test_stop_leaves_it(chat: Chat, letters: Letters) -> None:
    chat.say("send a verification code to stopped@example.test")
    letters.newest_code("stopped@example.test")
    assert "I've stopped" in chat.say("stop")
    assert "order" in chat.say("where is my order")


def test_a_mail_server_that_refuses_is_told_with_another_way(chat: Chat, ill: Letters) -> None:
    ill.answers["RCPT"] = "451 try later"
    told = chat.say("send a verification code to ill@example.test")
    assert "can't send e-mails right now" in told
    assert "help@" in told
    ill.answers.clear()
    assert "a code of six digits to ill@example.test" in chat.click("Try again")
    assert "you're ill@example.test" in chat.say(ill.newest_code("ill@example.test"))


def test_no_log_holds_a_code(stack: Stack, chat: Chat, letters: Letters) -> None:
    chat.say("send a verification code to unlogged@example.test")
    code = letters.newest_code("unlogged@example.test")
    assert "you're unlogged" in chat.say(code)
    logs = sorted((stack.folder / "log").glob("*.log"))
    assert logs
    assert not [path.name for path in logs if code in path.read_text(errors="replace")]


def test_who_is_proven_changes_their_phone_number_once(stack: Stack, chat: Chat, letters: Letters) -> None:
    bea = "bea.lindqvist@example.test"
    with writing(stack.engine()) as connection:
        connection.execute(
            sa.insert(customers).values(email=bea, name="Bea Lindqvist", phone="+14155550100", created_at=utc_now())
        )
    assert "I'll send you a code" in chat.say("i have a new phone number")
    chat.say(bea)
    assert "new phone number" in chat.say(letters.newest_code(bea))
    assert "isn't a phone number" in chat.say("12345")
    assert "(so far ***00) to +14155552671?" in chat.say("(415) 555-2671")
    assert "contact details are changed" in chat.say("yes please")
    assert "recognise you by" in chat.say("and please change my email address too")
    with reading(stack.engine()) as connection:
        (row,) = connection.execute(sa.select(customers).where(customers.c.email == bea)).mappings().all()
    assert (row["name"], row["phone"]) == ("Bea Lindqvist", "+14155552671")
