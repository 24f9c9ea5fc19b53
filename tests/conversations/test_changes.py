"""An order is cancelled, and sent elsewhere, by whoever is proven; what people say meanwhile; a shop that is away."""

from __future__ import annotations

import pytest

from bridge.adapters.embedded.commerce import EmbeddedCommerce
from bridge.model.commerce import Order
from bridge.model.identity import Claim
from tests.support.mail import Letters
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow

ANA = "ana.ruiz@example.test"
DEV = "dev.patel@example.test"


def order_of(stack: Stack, number: str, email: str) -> Order:
    return EmbeddedCommerce(stack.engine()).find_order(number, Claim(email=email))


def test_an_address_in_parts_with_a_wrong_code_a_question_and_a_correction_on_the_way(
    stack: Stack, chat: Chat, letters: Letters
) -> None:
    sent = len([mail for mail in letters.kept if mail["To"] == ANA])
    assert "which e-mail address did you order with?" in chat.say("please change the address of order 1002")
    assert "a code of six digits" in chat.say(ANA)
    code = letters.newest_code(ANA, after=sent)
    assert "not the code" in chat.say(f"{(int(code) + 1) % 10**6:06d}")
    assert "Where should order #1002 go?" in chat.say(code)
    assert "Which town" in chat.say("12 Elm Street")
    aside = chat.say("what payment methods do you have")
    assert "checkout" in aside
    assert "Which town" in aside
    assert "what's the postcode?" in chat.say("Springfield")
    assert "12 Elm Street\nSpringfield 62704\nUnited States" in chat.say("62704")
    assert "14 Elm Street\nSpringfield 62704" in chat.say("no, 14 Elm Street")
    assert order_of(stack, "1002", ANA).address.line1 != "14 Elm Street"  # type: ignore[union-attr]  # it has one
    assert "Done, order #1002 goes to the new address." in chat.say("yes")
    assert order_of(stack, "1002", ANA).address.line1 == "14 Elm Street"  # type: ignore[union-attr]  # as above


def test_an_order_that_left_is_told_before_anything_is_asked_of_the_address_twice(chat: Chat, letters: Letters) -> None:
    sent = len([mail for mail in letters.kept if mail["To"] == ANA])
    chat.say("send order 1001 to 18 Harbour Lane, Salem, OR 97301")
    chat.say(ANA)
    told = chat.say(letters.newest_code(ANA, after=sent))
    assert "Order #1001 is being packed or has left already" in told
    assert "Track it" in str(chat.history()[-1])


def test_never_mind_leaves_an_order_as_it_is(stack: Stack, chat: Chat, letters: Letters) -> None:
    before = order_of(stack, "1002", ANA).status
    sent = len([mail for mail in letters.kept if mail["To"] == ANA])
    chat.say("cancel order 1002")
    chat.say(ANA)
    assert "cancel order #1002" in chat.say(letters.newest_code(ANA, after=sent))
    assert "stays as it is" in chat.say("actually no")
    assert order_of(stack, "1002", ANA).status is before
