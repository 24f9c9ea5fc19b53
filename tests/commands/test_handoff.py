"""Anybody at a terminal can be the person whom somebody asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.conversation.log import EventLog
from bridge.conversation.sessions import Sessions
from bridge.handoff.queue import HandoffQueue
from bridge.storage.engine import migrate, open_engine


def test_take_say_and_close_also_before_anybody_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/frontdesk.db"
    monkeypatch.setenv("DATABASE_URL", url)
    engine = open_engine(url)
    migrate(engine)
    assert main(["handoff", "list"]) == 0
    conversation = Sessions(engine, "s" * 32).open("en", "203.0.113.7")
    EventLog(engine).say(conversation, "bot", {"text": "Hello there.", "buttons": []})
    assert main(["handoff", "take", conversation, "--name", "Maya"]) == 1
    HandoffQueue(engine).open(conversation, "asked", "T-1")
    assert main(["handoff", "say", conversation, "hi"]) == 1
    capsys.readouterr()
    assert main(["handoff", "take", conversation, "--name", "Maya"]) == 0
    assert capsys.readouterr().out.strip().endswith(" bot: Hello there.")
    assert main(["handoff", "list"]) == 0
    assert " human " in capsys.readouterr().out
    assert [main(["handoff", *words]) for words in (["say", conversation, "hi"], ["close", conversation])] == [0, 0]
    assert [main(["handoff", "close", each]) for each in (conversation, "nobody")] == [1, 1]
    HandoffQueue(engine).open(conversation, "asked", "T-2")
    assert main(["handoff", "close", conversation]) == 0
    events = EventLog(engine).after(conversation, 0)
    assert [event["type"] for event in events] == ["bot", "status", "status", "agent", "status", "status", "status"]
    engine.dispose()
