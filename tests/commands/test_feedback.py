"""An operator sees how people were helped, and nobody in particular."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bridge.__main__ import main
from bridge.commands.feedback import summary
from bridge.conversation.sessions import Sessions
from bridge.conversation.surveys import TALK, TICKET, Answer
from bridge.storage.chat import surveys
from bridge.storage.engine import migrate, open_engine, writing

NEW_YEAR = datetime(2025, 12, 31, 12, 0, tzinfo=timezone.utc)
"""It belongs to the first week of 2026."""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.engine.Engine:
    """Return the database of the commands."""
    url = f"sqlite:///{tmp_path}/frontdesk.db"
    monkeypatch.setenv("DATABASE_URL", url)
    return open_engine(url)


def answered(engine: sa.engine.Engine, *given: tuple[str, int, int | None]) -> str:
    """Keep answers (kind, days after the new year, rating); return the conversation that they are of."""
    conversation = Sessions(engine, "s" * 32).open("en", "203.0.113.7")
    with writing(engine) as connection:
        for subject, (kind, days, rating) in enumerate(given):
            at = NEW_YEAR + timedelta(days=days)
            row = {"kind": kind, "subject": f"S-{subject}", "wanted_at": at, "asked_at": at, "rating": rating}
            connection.execute(sa.insert(surveys).values(conversation_id=conversation, **row))
    return conversation


def test_one_line_a_week_or_a_kind(engine: sa.engine.Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback"]) == 2, "there are no tables yet"
    migrate(engine)
    assert main(["feedback"]) == 0
    assert "Nobody was asked yet." in capsys.readouterr().err
    conversation = answered(engine, (TALK, 0, 5), (TALK, 1, 2), (TICKET, 8, None), (TICKET, 9, 4))
    assert main(["feedback"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines() == [
        "week\tasked\tanswered\tmean\t5\t4\t3\t2\t1",
        "2026-W01\t2\t2\t3.5\t1\t0\t0\t1\t0",
        "2026-W02\t2\t1\t4.0\t0\t1\t0\t0\t0",
    ]
    assert conversation not in out
    assert main(["feedback", "--by", "kind", "--json", "--since", "2026-01-02"]) == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["kind"], line["asked"], line["answered"], line["mean"]) == ("ticket", 2, 1, 4.0)
    engine.dispose()


def test_what_nobody_answered_has_no_mean(engine: sa.engine.Engine, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(engine)
    answered(engine, (TALK, 0, None))
    assert main(["feedback", "--by", "kind"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "talk\t1\t0\t-\t0\t0\t0\t0\t0"
    engine.dispose()


@given(
    st.lists(
        st.builds(
            Answer,
            st.sampled_from([TALK, TICKET]),
            st.integers(0, 4_000).map(lambda days: NEW_YEAR + timedelta(days=days)),
            st.none() | st.integers(1, 5),
        )
    ),
    st.sampled_from(["week", "kind"]),
)
def test_every_answer_is_counted_once(answers: list[Answer], by: str) -> None:
    lines: list[dict[str, Any]] = summary(answers, by)
    given = [answer.rating for answer in answers if answer.rating]
    assert sum(line["asked"] for line in lines) == len(answers)
    assert sum(line["answered"] for line in lines) == len(given)
    assert [sum(line[str(rating)] for line in lines) for rating in range(1, 6)] == [
        given.count(rating) for rating in range(1, 6)
    ]
    assert all(line["mean"] is None or 1 <= line["mean"] <= 5 for line in lines)
