"""The stores behind the gateway keep their promises on both databases, with many writers at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.conversation.inbox import Inbox, Receipt
from bridge.conversation.log import EventLog, Page
from bridge.conversation.offers import Offers
from bridge.conversation.sessions import Sessions
from bridge.errors import InvalidError, NotFoundError

BODY = {"text": "Hi.", "buttons": [{"title": "More", "payload": "/more"}], "card": None, "image": None}


@pytest.fixture
def conversation(engine: sa.engine.Engine) -> str:
    """Return the id of a new conversation."""
    return Sessions(engine, "secret").open("en", "192.0.2.1")


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run something in so many threads at the same moment."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_one_id_from_many_threads_is_one_message(engine: sa.engine.Engine, conversation: str) -> None:
    inbox = Inbox(engine)
    receipts = at_once(12, lambda _: inbox.receive_text(conversation, "same", "hello"))
    assert sorted(receipts, key=lambda receipt: receipt.fresh) == [Receipt(1, False)] * 11 + [Receipt(1, True)]
    assert inbox.depth() == 1


def test_the_log_has_no_gaps_and_no_doubles(engine: sa.engine.Engine, conversation: str) -> None:
    log = EventLog(engine)
    seqs = at_once(12, lambda number: log.say(conversation, "bot", {"text": str(number)}))
    assert sorted(seqs) == list(range(1, 13))
    assert [event["seq"] for event in log.after(conversation, 0)] == list(range(1, 13))
    assert [event["seq"] for event in log.after(conversation, 3, limit=2)] == [4, 5]
    assert log.last_seqs([conversation, "nobody"]) == {conversation: 12}


def test_the_log_is_read_backwards_page_by_page(engine: sa.engine.Engine, conversation: str) -> None:
    log = EventLog(engine)
    assert log.before(conversation, None, 50) == Page([], False, None)
    log.say(conversation, "status", {"mode": "waiting"})
    for number in range(2, 8):
        log.say(conversation, "bot", {"text": str(number)})
    page, seqs = log.before(conversation, None, 3), []
    assert page.status is not None
    assert (page.status["seq"], page.status["mode"]) == (1, "waiting")
    while page.more:
        seqs = [event["seq"] for event in page.events] + seqs
        page = log.before(conversation, seqs[0], 3)
    assert [event["seq"] for event in page.events] + seqs == [1, 2, 3, 4, 5, 6, 7]
    assert log.before(conversation, 1, 3).events == []


def test_replies_of_a_second_attempt_are_compared_by_place_and_content(
    engine: sa.engine.Engine, conversation: str
) -> None:
    inbox, log = Inbox(engine), EventLog(engine)
    inbox.receive_text(conversation, "1", "hello")
    message = inbox.oldest(conversation)
    assert message is not None
    inbox.claim(message.id)
    assert [log.reply(conversation, "bot", BODY), log.reply(conversation, "bot", BODY)] == [2, 3]
    inbox.claim(message.id)
    assert log.reply(conversation, "bot", BODY) is None
    assert log.reply(conversation, "bot", BODY | {"text": "Other."}) == 4
    assert log.reply(conversation, "bot", BODY) == 5
    assert inbox.replies(message.id) == 3


def test_the_buttons_of_cards_may_be_pressed(engine: sa.engine.Engine, conversation: str) -> None:
    one, other = {"title": "One", "payload": "/one"}, {"title": "Other", "payload": "/other"}
    card = {"buttons": [one, {"title": "No payload"}, 7], "items": [{"buttons": [other]}, {"buttons": "odd"}, None]}
    EventLog(engine).reply(conversation, "bot", BODY | {"card": card})
    EventLog(engine).reply(conversation, "bot", BODY | {"card": {"items": "odd"}})
    offers = Offers(engine)
    assert [offers.title(conversation, payload) for payload in ("/one", "/other", "/no")] == ["One", "Other", None]


def test_a_second_attempt_that_needs_no_notice_says_its_answer_once(
    engine: sa.engine.Engine, conversation: str
) -> None:
    inbox, log = Inbox(engine), EventLog(engine)
    inbox.receive_text(conversation, "1", "hello")
    message = inbox.oldest(conversation)
    assert message is not None
    inbox.claim(message.id)
    notice = {"text": "One moment."}
    assert [log.reply(conversation, "notice", notice), log.reply(conversation, "bot", BODY)] == [2, 3]
    inbox.claim(message.id)
    assert log.reply(conversation, "bot", BODY) is None
    assert log.reply(conversation, "bot", BODY | {"text": "And more."}) == 4


def test_backstop_and_bot_do_not_both_speak(engine: sa.engine.Engine, conversation: str) -> None:
    inbox, log = Inbox(engine), EventLog(engine)
    inbox.receive_text(conversation, "1", "hello")
    message = inbox.oldest(conversation)
    assert message is not None
    inbox.claim(message.id)
    spoken = at_once(8, lambda _: log.apologise(conversation, message.id, BODY))
    assert sorted(seq for seq in spoken if seq) == [2]
    assert log.hint(conversation, message.id, {"text": "wait"}) is None


def test_nothing_is_said_about_a_message_that_is_done(engine: sa.engine.Engine, conversation: str) -> None:
    inbox, log = Inbox(engine), EventLog(engine)
    inbox.receive_text(conversation, "1", "hello")
    message = inbox.oldest(conversation)
    assert message is not None
    inbox.finish(message.id)
    assert log.apologise(conversation, message.id, BODY) is None
    assert log.hint(conversation, message.id, {"text": "wait"}) is None
    assert inbox.oldest(conversation) is None


def test_a_payload_is_taken_from_whom_it_was_offered_to(engine: sa.engine.Engine, conversation: str) -> None:
    inbox, offers = Inbox(engine), Offers(engine)
    offers.allow(conversation, [{"title": "More", "payload": "/more"}])
    offers.allow(conversation, [{"title": "Even more", "payload": "/more"}])
    assert offers.title(conversation, "/more") == "Even more"
    assert inbox.receive_payload(conversation, "1", "/more") == Receipt(1, True)
    for other in ("/More", "/more ", "/more{}", "more"):
        with pytest.raises(InvalidError, match="payload"):
            inbox.receive_payload(conversation, "2", other)
    assert EventLog(engine).after(conversation, 0)[0]["text"] == "Even more"


def test_nobody_writes_into_a_conversation_that_is_not_there(engine: sa.engine.Engine) -> None:
    with pytest.raises(NotFoundError):
        Inbox(engine).receive_text("nobody", "1", "hello")
    with pytest.raises(NotFoundError):
        EventLog(engine).reply("nobody", "bot", BODY)


def test_a_turn_cannot_be_older_than_the_end_of_the_one_before(engine: sa.engine.Engine, conversation: str) -> None:
    inbox = Inbox(engine)
    inbox.receive_text(conversation, "1", "1001")
    inbox.receive_text(conversation, "2", "1001")
    first = inbox.oldest(conversation)
    assert first is not None
    inbox.claim(first.id)
    inbox.finish(first.id)
    second = inbox.oldest(conversation)
    assert second is not None
    assert second.id > first.id
    assert second.not_before > first.not_before


def test_an_address_is_hashed_with_the_secret(engine: sa.engine.Engine) -> None:
    one, other = Sessions(engine, "one"), Sessions(engine, "other")
    assert one.client_hash("192.0.2.1") == one.client_hash("192.0.2.1")
    assert one.client_hash("192.0.2.1") != other.client_hash("192.0.2.1")
