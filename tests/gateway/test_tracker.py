"""Rasa's words are read as Rasa means them."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from typing import Any

import pytest

from gateway.chat.tracker import bot_event, find_turn, own_event

BUTTONS = [{"title": "Yes", "payload": "/affirm"}]
UTTERANCES: list[dict[str, Any]] = [
    {"text": text, "data": dict(zip(("buttons", "custom", "image", "attachment", "elements"), rest, strict=True))}
    for text, *rest in itertools.product(
        ("Hi.", " One.\n\nTwo. ", None),
        (None, BUTTONS),
        (None, {"card": {"kind": "order"}}),
        (None, "/a.svg"),
        (None, "/a.svg", "/a.pdf"),
        (None, [{"title": "T", "subtitle": "S", "buttons": BUTTONS}]),
    )
    if text or not rest[0]
]

ASK_RASA = """
import asyncio, json, sys
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.events import BotUttered
answers = []
for utterance in json.load(sys.stdin):
    channel = CollectingOutputChannel()
    asyncio.run(channel.send_response("c", BotUttered(utterance["text"], utterance["data"]).message()))
    answers.append(channel.messages)
print(json.dumps(answers))
"""


def tracker(*utterances: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a tracker with one turn."""
    return [{"event": "user", "text": "hi", "timestamp": 10.0}, *({"event": "bot", **each} for each in utterances)]


@pytest.mark.slow
def test_an_utterance_is_split_as_rasa_splits_it() -> None:
    command = [sys.executable, "-W", "ignore", "-c", ASK_RASA]
    output = subprocess.run(command, input=json.dumps(UTTERANCES), capture_output=True, text=True, check=True).stdout
    for utterance, messages in zip(UTTERANCES, json.loads(output), strict=True):
        turn = find_turn(tracker(utterance), "hi", 10.0)
        assert turn is not None
        ours = [bot_event(message, "") for message in turn.messages]
        assert ours == [bot_event(message, "") for message in messages], utterance


def test_a_turn_ends_at_the_next_user_message() -> None:
    events = [
        *tracker({"text": "one"}),
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": "other", "timestamp": 11.0},
        {"event": "bot", "text": "two"},
    ]
    turn = find_turn(events, "hi", 10.0)
    assert turn is not None
    assert turn.messages == [{"text": "one"}]


@pytest.mark.parametrize(("text", "not_before"), [("hi", 10.5), ("Hi", 10.0), ("h", 0)])
def test_another_message_is_not_it(text: str, not_before: float) -> None:
    assert find_turn(tracker({"text": "one"}), text, not_before) is None


def test_what_the_gateway_said_is_no_answer_of_rasas() -> None:
    own = own_event({"text": "Sorry.", "buttons": BUTTONS})
    turn = find_turn([*tracker(), own, {"event": "bot", "text": "Here."}], "hi", 10.0)
    assert turn is not None
    assert turn.messages == [{"text": "Here."}]


def test_an_understanding_that_lacks_everything_is_kept_as_such() -> None:
    turn = find_turn(tracker(), "hi", 0)
    assert turn is not None
    assert turn.understood == {
        "model_id": None,
        "intent": None,
        "parse": {"intent": {"name": None, "confidence": None}, "entities": []},
        "candidates": [],
    }
