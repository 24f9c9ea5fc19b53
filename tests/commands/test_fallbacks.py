"""The trainers' commands: what was not understood, as a list and as lines to annotate."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
import yaml

from bridge.commands.fallbacks import TO_ANNOTATE, export
from bridge.storage.chat import inbox
from bridge.storage.engine import writing
from tests.conversation.test_fallbacks import LONG_AGO, UNCLEAR, WHICH, Talk
from tests.loading.conftest import Bridge

SLOW = pytest.mark.slow  # each runs the command as a process
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the query itself is tested on both


@pytest.fixture
def talk(engine: sa.engine.Engine) -> Talk:
    """Say one thing that was cleared up and one that was not."""
    talk = Talk(engine)
    talk.says("get rid of it", WHICH)
    talk.says(WHICH[0]["payload"], intent="return_item")
    spans = [{"entity": "email", "value": "ana@shop.test", "start": 5, "end": 18}]
    talk.says("call ana@shop.test\n\x1b[2J now", parse={**UNCLEAR["parse"], "entities": spans})
    return talk


@SLOW
@ON_SQLITE
def test_the_list_has_one_line_a_message_and_moves_no_cursor(bridge: Bridge, talk: Talk) -> None:
    told = bridge("fallbacks")
    assert (told.code, told.err) == (0, "")
    header, newest, oldest = told.out.splitlines()
    assert header.split("\t") == ["at", "conversation_id", "candidates", "chosen", "text"]
    assert oldest.split("\t")[1:] == [
        talk.conversation,
        "return_item 0.22, refund_status 0.21",
        "return_item",
        "get rid of it",
    ]
    assert "\\x1b[2J" in newest


@SLOW
@ON_SQLITE
def test_json_has_every_field(bridge: Bridge, talk: Talk) -> None:
    first = json.loads(bridge("fallbacks", "--json", "--conversation", talk.conversation).out.splitlines()[1])
    assert (first["meant"], first["asked"], first["model_id"]) == ("return_item", "Which?", "model-1")
    assert first["candidates"] == [["return_item", 0.22], ["refund_status", 0.21]]


@SLOW
@ON_SQLITE
def test_the_export_names_nobody_and_sorts_by_what_was_chosen(bridge: Bridge, talk: Talk) -> None:
    blocks = {block["intent"]: block["examples"] for block in yaml.safe_load(bridge("fallbacks", "--nlu").out)["nlu"]}
    assert {intent: [each["text"] for each in examples] for intent, examples in blocks.items()} == {
        "return_item": ["get rid of it\n"],
        TO_ANNOTATE: ["call name@example.com \x1b[2J now\n"],
    }
    assert blocks[TO_ANNOTATE][0]["metadata"]["candidates"] == {"return_item": 0.22, "refund_status": 0.21}


@SLOW
@ON_SQLITE
def test_the_deployment_says_how_long_they_are_kept(bridge: Bridge, talk: Talk) -> None:
    with writing(talk.engine) as connection:
        connection.execute(sa.update(inbox).values(received_at=LONG_AGO))
    assert bridge("fallbacks").err == "No message fits.\n"
    assert bridge("fallbacks", "--purge").out == "Forgot the guesses of 2 messages older than 90 days.\n"


def test_an_export_of_nothing_is_still_training_data() -> None:
    assert yaml.safe_load(export([])) == {"version": "3.1", "nlu": []}
