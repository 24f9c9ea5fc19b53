"""What was not understood is found again: the guesses, the question that followed, the choice."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.conversation.fallbacks import Fallbacks
from bridge.conversation.inbox import Inbox
from bridge.conversation.log import EventLog
from bridge.conversation.sessions import Sessions
from bridge.conversation.wishes import TurnEnd, Wishes
from bridge.storage.chat import inbox
from bridge.storage.engine import reading, writing

LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)
WHICH = [
    {"title": "Send something back", "payload": '/return_item{"said": "it"}'},
    {"title": "Hear about your refund", "payload": '/refund_status{"said": "it"}'},
    {"title": "Neither", "payload": "/nlu_fallback"},
]
UNCLEAR = {
    "model_id": "model-1",
    "intent": "nlu_fallback",
    "parse": {"intent": {"name": "nlu_fallback", "confidence": 0.25}, "entities": []},
    "candidates": [
        {"name": "nlu_fallback", "confidence": 0.25},
        {"name": "return_item", "confidence": 0.22},
        {"name": "refund_status", "confidence": 0.21},
    ],
}


class Talk:
    """Exchange messages as the gateway does."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self.engine = engine
        self.conversation = Sessions(engine, "s" * 32).open("en", "203.0.113.7")
        self._number = 0

    def says(self, text: str, buttons: list[dict[str, str]] | None = None, **understood: Any) -> None:
        """Send a text, or press the button that it is the payload of, and answer."""
        self._number += 1
        box = Inbox(self.engine)
        receive = box.receive_payload if text.startswith("/") else box.receive_text
        receive(self.conversation, f"m{self._number}", text)
        message = box.oldest(self.conversation)
        assert message is not None
        box.claim(message.id)
        EventLog(self.engine).reply(self.conversation, "bot", {"text": "Which?", "buttons": buttons or []})
        Wishes(self.engine).finish(message, TurnEnd(UNCLEAR | understood), lambda when, wish: {"text": when + wish})


@pytest.fixture
def talk(engine: sa.engine.Engine) -> Talk:
    """Open a conversation."""
    return Talk(engine)


def test_a_choice_among_the_guesses_says_what_was_meant(talk: Talk) -> None:
    talk.says("get rid of it", WHICH)
    talk.says(WHICH[1]["payload"], intent="refund_status")
    (found,) = Fallbacks(talk.engine).read(LONG_AGO)
    assert (found.text, found.model_id, found.message_id) == ("get rid of it", "model-1", "m1")
    assert found.candidates == (("return_item", 0.22), ("refund_status", 0.21))
    assert (found.asked, found.offered) == ("Which?", ("return_item", "refund_status", "nlu_fallback"))
    assert (found.chosen, found.meant) == ("refund_status", "refund_status")


def test_neither_and_a_way_out_are_told_but_confirm_nothing(talk: Talk) -> None:
    way_out = [{"title": "Open a ticket", "payload": '/create_ticket{"said": "x"}'}]
    talk.says("get rid of it", WHICH)
    talk.says("/nlu_fallback")
    talk.says("gone it must be", way_out)
    talk.says(way_out[0]["payload"], intent="create_ticket")
    found = Fallbacks(talk.engine).read(LONG_AGO)
    assert [(one.text, one.chosen, one.meant) for one in found] == [
        ("gone it must be", "create_ticket", ""),
        ("get rid of it", "nlu_fallback", ""),
    ]


def test_a_button_of_an_older_question_chooses_nothing_here(talk: Talk) -> None:
    talk.says("get rid of it", WHICH)
    talk.says("zzz")
    talk.says(WHICH[0]["payload"], intent="return_item")
    assert [one.chosen for one in Fallbacks(talk.engine).read(LONG_AGO)] == ["", ""]


def test_what_was_understood_is_none_of_them_and_the_newest_come_first(talk: Talk) -> None:
    talk.says("where is it", intent="track_order")
    talk.says("one")
    talk.says("two")
    other = Talk(talk.engine)
    other.says("three")
    everything = Fallbacks(talk.engine)
    assert [one.text for one in everything.read(LONG_AGO)] == ["three", "two", "one"]
    assert [one.text for one in everything.read(LONG_AGO, limit=2)] == ["three", "two"]
    assert [one.text for one in everything.read(LONG_AGO, talk.conversation)] == ["two", "one"]
    assert everything.read(datetime.now(timezone.utc) + timedelta(hours=1)) == []


def test_old_guesses_are_forgotten_and_the_conversation_is_not(talk: Talk) -> None:
    talk.says("one")
    with writing(talk.engine) as connection:
        connection.execute(sa.update(inbox).values(received_at=LONG_AGO))
    talk.says("two")
    everything = Fallbacks(talk.engine)
    assert everything.purge(LONG_AGO + timedelta(days=1)) == 1
    assert everything.purge(LONG_AGO + timedelta(days=1)) == 0
    assert [one.text for one in everything.read(LONG_AGO)] == ["two"]
    with reading(talk.engine) as connection:
        rows = connection.execute(sa.select(inbox.c.body, inbox.c.parse, inbox.c.candidates).order_by(inbox.c.id)).all()
    assert tuple(rows[0]) == ("one", None, None)
    assert rows[1].candidates == UNCLEAR["candidates"]
