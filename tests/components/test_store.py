"""Hold our tracker store to keep and tell what Rasa's own does, whatever happens in a conversation."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

KINDS = ("text", "quoted", "action", "slot", "session", "restart")
turns = st.lists(st.lists(st.sampled_from(KINDS), max_size=6), min_size=1, max_size=6)


def store(url: str, *, ours: bool) -> Any:
    """Return a store on a database of its own."""
    from rasa.core.tracker_store import SQLTrackerStore  # noqa: PLC0415  # the fast tests refuse Rasa
    from rasa.shared.core.domain import Domain  # noqa: PLC0415

    from components.store import ConversationStore  # noqa: PLC0415

    domain = Domain.from_dict({"intents": ["ask"], "slots": {"number": {"type": "text", "mappings": []}}})
    return (ConversationStore if ours else SQLTrackerStore)(domain=domain, dialect="sqlite", db=url)


def happen(kind: str, at: float) -> Any:
    """Return something that happens in a conversation."""
    from rasa.shared.core import events  # noqa: PLC0415  # the fast tests refuse Rasa

    parse = {"intent": {"name": "ask", "confidence": 0.9}, "entities": []}
    return {
        "text": lambda: events.UserUttered("where is it", parse["intent"], [], parse, timestamp=at),
        "quoted": lambda: events.BotUttered('it\'s "there" \u05d0\U0001f642', {"quick": [1]}, timestamp=at),
        "action": lambda: events.ActionExecuted("action_listen", timestamp=at),
        "slot": lambda: events.SlotSet("number", "1001", timestamp=at),
        "session": lambda: events.SessionStarted(timestamp=at),
        "restart": lambda: events.Restarted(timestamp=at),
    }[kind]()


async def live(keeper: Any, plan: list[list[str]]) -> Any:
    """Let turns happen, each read, lived and written, and return the conversation as it is read after them."""
    at = 1000.0
    for turn in plan:
        tracker = await keeper.get_or_create_tracker("someone", append_action_listen=False)
        for kind in turn:
            at += 1
            tracker.update(happen(kind, at))
        await keeper.save(tracker)
    return await keeper.retrieve("someone")


def rows(keeper: Any) -> list[tuple[Any, ...]]:
    table = keeper.SQLEvent.__table__
    with keeper.engine.connect() as connection:
        found = connection.execute(sa.select(table).order_by(table.c.id)).mappings().all()
    return [(*(row[name] for name in row if name not in ("id", "data")), json.loads(row["data"])) for row in found]


@settings(max_examples=40)
@given(plan=turns)
def test_any_conversation_is_kept_and_told_as_by_rasas_own_store(
    tmp_path_factory: pytest.TempPathFactory, plan: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    ours, stock = (store(str(folder / f"{mine}.db"), ours=mine) for mine in (True, False))
    mine, theirs = (asyncio.run(live(keeper, plan)) for keeper in (ours, stock))
    assert rows(ours) == rows(stock)
    assert (mine is None) == (theirs is None)
    if theirs is not None:
        assert [*mine.events] == [*theirs.events]
        assert mine.current_slot_values() == theirs.current_slot_values()
    whole, its_whole = (asyncio.run(keeper.retrieve_full_tracker("someone")) for keeper in (ours, stock))
    assert (whole and [*whole.events]) == (its_whole and [*its_whole.events])


async def test_nothing_is_written_of_a_conversation_in_which_nothing_happened(tmp_path: Path) -> None:
    ours = store(str(tmp_path / "ours.db"), ours=True)
    tracker = await ours.get_or_create_tracker("someone")
    assert rows(ours) == []
    assert [event.type_name for event in tracker.events] == ["action"]
    tracker.update(happen("text", 2e9))
    await ours.save(tracker)
    assert [row[1] for row in rows(ours)] == ["action", "user"]


async def test_a_conversation_saved_twice_in_a_turn_is_written_once(tmp_path: Path) -> None:
    ours = store(str(tmp_path / "ours.db"), ours=True)
    tracker = await ours.get_or_create_tracker("someone")
    for _ in range(2):
        await ours.save(tracker)
    assert len(rows(ours)) == 1


async def test_a_turn_that_was_not_saved_leaves_nothing(tmp_path: Path) -> None:
    ours = store(str(tmp_path / "ours.db"), ours=True)
    await live(ours, [["text"]])
    (await ours.retrieve("someone")).update(happen("quoted", 3e9))
    await live(ours, [["slot"]])
    assert [row[1] for row in rows(ours)] == ["user", "slot"]


async def test_a_tracker_that_was_not_read_here_is_saved_as_rasa_does(tmp_path: Path) -> None:
    from rasa.shared.core.trackers import DialogueStateTracker  # noqa: PLC0415  # the fast tests refuse Rasa

    ours = store(str(tmp_path / "ours.db"), ours=True)
    await live(ours, [["text"]])
    given_events = [happen("text", 1001.0), happen("slot", 1002.0)]
    await ours.save(DialogueStateTracker.from_events("someone", given_events, ours.domain.slots))
    assert [row[1] for row in rows(ours)] == ["user", "slot"]


async def test_each_store_goes_on_with_what_the_other_wrote(tmp_path: Path) -> None:
    both = [store(str(tmp_path / "shared.db"), ours=mine) for mine in (True, False)]
    for keeper in (*both, *both):
        await live(keeper, [["text", "quoted"]])
    assert [row[1] for row in rows(both[0])] == ["user", "bot"] * 4
