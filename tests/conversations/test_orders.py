"""Where is my order? Through all layers, with the rows it leaves."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bridge.storage.chat import watches
from bridge.storage.engine import reading
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("number", "email", "says"),
    [
        (
            "1001",
            "ana.ruiz@example.test",
            "2 items (Blue T-Shirt, Black Jeans). Shipped with UPS, tracking 1Z999AA10123456784",
        ),
        ("1002", "ana.ruiz@example.test", "pending shipment and should leave us by"),
        ("1003", "ben.carter@example.test", "Part of it is on its way"),
        ("1004", "ben.carter@example.test", "Delivered on"),
        ("1005", "chloe.martin@example.test", "it's delayed"),
        ("1006", "chloe.martin@example.test", "was cancelled"),
        ("1007", "dev.patel@example.test", "We have your return"),
        ("1008", "dev.patel@example.test", "It's on hold"),
        ("1009", "elif.yilmaz@example.test", "It's being processed"),
        ("1010", "elif.yilmaz@example.test", " and "),
    ],
)
def test_every_state_has_its_own_sentence(chat: Chat, number: str, email: str, says: str) -> None:
    chat.say(f"where is my order {number}")
    told = chat.say(email)
    assert told.startswith(f"Order #{number} from ")
    assert says in told
    assert "{" not in told


def test_the_answer_has_a_card_and_a_product_of_a_row_can_be_asked_for(chat: Chat) -> None:
    chat.say("where is my order 1001")
    chat.say("ana.ruiz@example.test")
    text, card = chat.history()[-2:]
    assert (text["card"], card["text"], card["buttons"]) == (None, "", [])
    assert (card["card"]["title"], card["card"]["subtitle"]) == ("Order #1001", "Shipped")
    chat.say("do you have jackets?")
    row = chat.history()[-1]["card"]
    first = row["items"][0]
    chat.wait_for(chat.send(payload=first["buttons"][0]["payload"]))
    text, card = chat.history()[-2:]
    assert first["title"] in text["text"]
    assert card["card"]["title"] == first["title"]


@pytest.mark.parametrize("first", ["#1001", "order 1001", "1001?", "Where is #1001 please", "1001"])
def test_the_number_may_be_written_in_many_ways(chat: Chat, first: str) -> None:
    assert "postcode" in chat.say(first)
    assert chat.say("my zip is 94107").startswith("Order #1001 from ")


def test_a_wrong_number_and_a_wrong_email_cannot_be_told_apart(stack: Stack) -> None:
    wrong_email, wrong_number = stack.chat(), stack.chat()
    wrong_email.say("where is my order 1004")
    wrong_number.say("where is my order 999999")
    assert wrong_email.say("someone.else@example.test") == wrong_number.say("ben.carter@example.test")


def test_after_five_wrong_tries_even_the_right_answer_waits(stack: Stack) -> None:
    guessing = stack.chat()
    for attempt in range(5):
        guessing.say("where is my order 1117")
        assert "couldn't find" in guessing.say(f"guess{attempt}@example.test")
    guessing.say("where is my order 1003")
    assert "minutes" in guessing.say("ben.carter@example.test"), "the address is locked for every record"
    other_address = stack.chat()
    other_address.say("where is my order 1117")
    assert "minutes" in other_address.say("guess9@example.test"), "the record is locked for every address"


def test_a_correction_of_the_number_is_taken(chat: Chat) -> None:
    chat.say("where is my order 1002")
    assert "postcode" in chat.say("no, the number is 1001")
    assert chat.say("94107").startswith("Order #1001 from ")


def test_an_aside_is_answered_and_the_question_comes_back_once(chat: Chat) -> None:
    chat.say("where is my order 1001")
    aside = chat.say("are you a bot?")
    assert "automated" in aside
    assert aside.count("which e-mail address or postcode") == 1
    assert chat.say("ana.ruiz@example.test").startswith("Order #1001 from ")


def test_stop_ends_the_form_and_forgets_the_number(chat: Chat) -> None:
    chat.say("where is my order 1001")
    assert "stopped" in chat.say("stop")
    assert "order number" in chat.say("where is my order")


def test_a_spelled_out_address_is_asked_for_again_kindly(chat: Chat) -> None:
    chat.say("where is my order 1001")
    told = chat.say("ana at example dot test")
    assert "type it the way" in told
    assert chat.say("Ana.Ruiz@Example.TEST").startswith("Order #1001 from ")


def test_a_lookup_leaves_a_watch(stack: Stack, chat: Chat) -> None:
    chat.say("where is my order 1001")
    chat.say("ana.ruiz@example.test")
    with reading(stack.engine()) as connection:
        watch = connection.execute(sa.select(watches).where(watches.c.conversation_id == chat.conversation)).one()
    assert (watch.system, watch.identity_level) == ("embedded", "claimed")
    assert watch.record.startswith("order:")


def test_after_a_wrong_address_the_right_one_is_enough(chat: Chat) -> None:
    chat.say("where is my order 1001")
    assert chat.say("wrong@example.test").count("couldn't find") == 1
    assert chat.say("ana.ruiz@example.test").startswith("Order #1001 from ")


def test_everything_in_one_message_is_answered_at_once(chat: Chat) -> None:
    assert chat.say("1010, elif.yilmaz@example.test").startswith("Order #1010 from ")


def test_a_second_order_is_asked_for_in_passing(chat: Chat) -> None:
    chat.say("1001")
    chat.say("94107")
    assert chat.say("what about 1002").startswith("Order #1002 from ")


def test_the_proof_may_come_before_the_number(chat: Chat) -> None:
    chat.say("where is my order")
    assert "without its number" in chat.say("i do not know it")
    chat.say("ana.ruiz@example.test")
    assert chat.say("1001").startswith("Order #1001 from ")


def test_after_a_wrong_number_the_right_one_is_taken_too(chat: Chat) -> None:
    chat.say("where is my order 1118")
    assert "couldn't find" in chat.say("94107")
    chat.say("1001")
    assert chat.say("94107").startswith("Order #1001 from ")
