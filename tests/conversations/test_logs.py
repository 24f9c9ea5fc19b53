"""One message has one name in every log, and no log holds what a person wrote."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from bridge.storage.resilience import audit
from tests.support.stack import Chat, Stack

pytestmark = pytest.mark.slow

EMAIL = "ana.ruiz@example.test"
TOLD = "the zipper of my purple parka exploded"
PRIVATE = ("example.test", "zipper", "parka", "1ZZ", "Ruiz", "where is my order")


def read_log(stack: Stack, name: str) -> str:
    return (stack.folder / "log" / f"{name}.log").read_text(encoding="utf-8")


def events_of(stack: Stack, name: str, correlation: str) -> list[str]:
    lines: list[dict[str, Any]] = [json.loads(line) for line in read_log(stack, name).splitlines()]
    return [line["event"] for line in lines if line.get("correlation") == correlation]


def read_all(chat: Chat, wanted: sa.sql.Select) -> list[Any]:
    with reading(chat.engine) as connection:
        return list(connection.execute(wanted).scalars().all())


def test_one_name_follows_a_message_and_nothing_private_is_logged(stack: Stack, chat: Chat) -> None:
    chat.say("where is my order 1001")
    assert "1001" in chat.say(EMAIL)
    chat.say(f"I want to open a ticket: {TOLD}")
    with reading(chat.engine) as connection:
        mine = sa.select(inbox.c.id).where(inbox.c.conversation_id == chat.conversation).order_by(inbox.c.id)
        second = connection.execute(mine).scalars().all()[1]
    name = f"message-{second}"
    assert {"message stored", "turn over"} <= set(events_of(stack, "gateway", name))
    assert events_of(stack, "actions", name) == ["use case over"]
    asked = sa.select(audit.c.operation).where(
        audit.c.conversation_id == chat.conversation, audit.c.correlation_id == name
    )
    # The audit is written behind the call, so that it never delays one.
    deadline = time.monotonic() + 10
    while not (audited := read_all(chat, asked)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert audited == ["find_order"]
    for log in ("gateway", "actions", "rasa"):
        text = read_log(stack, log)
        assert [word for word in PRIVATE if word in text] == [], log
