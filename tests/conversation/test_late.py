"""What comes late is told by itself, once, and an apology is not told a second time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bridge.bootstrap import Frontdesk, build
from bridge.conversation.results import TELL
from bridge.conversation.turns import Turn
from bridge.model.outcome import BackendState, Outcome
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from tests.support.frontdesk import Clock, make_settings, visit

SHIPPED = Outcome("utter_orders_shipped", {"order": "1001"})
FAILED = Outcome("utter_dialog_backend_unavailable", state=BackendState.FAILED)


@pytest.fixture
def frontdesk(database_url: str) -> Iterator[Frontdesk]:
    built = build(make_settings(database_url), Clock())
    yield built
    built.engine.dispose()


@pytest.fixture
def turn(frontdesk: Frontdesk) -> Turn:
    return visit(frontdesk)


def tellings(frontdesk: Frontdesk) -> int:
    """Count the messages that nobody typed."""
    with reading(frontdesk.engine) as connection:
        return int(
            connection.execute(sa.select(sa.func.count()).select_from(inbox).where(inbox.c.body == TELL)).scalar_one()
        )


def test_a_result_after_the_apology_is_told(frontdesk: Frontdesk, turn: Turn) -> None:
    job = frontdesk.jobs.begin(turn, "action_track_order")
    assert frontdesk.jobs.give_up(job.id) is None
    frontdesk.jobs.finish(job.id, SHIPPED)
    assert tellings(frontdesk) == 1
    assert frontdesk.jobs.late_outcomes(turn) == [SHIPPED]


def test_a_failure_after_the_apology_is_not_told(frontdesk: Frontdesk, turn: Turn) -> None:
    job = frontdesk.jobs.begin(turn, "action_track_order")
    frontdesk.jobs.give_up(job.id)
    frontdesk.jobs.finish(job.id, FAILED)
    assert tellings(frontdesk) == 0
    assert frontdesk.jobs.late_outcomes(turn) == []
    assert frontdesk.jobs.outcome(job.id) == FAILED


def test_an_answer_after_the_turn_is_told_by_itself(frontdesk: Frontdesk, turn: Turn) -> None:
    frontdesk.jobs.finish(frontdesk.jobs.begin(turn, "action_track_order").id, FAILED)
    frontdesk.results.tell(turn.conversation_id, SHIPPED)
    assert tellings(frontdesk) == 1
    assert frontdesk.jobs.late_outcomes(turn) == [SHIPPED]


def test_an_answer_that_a_second_try_has_told_is_not_told_again(frontdesk: Frontdesk, turn: Turn) -> None:
    frontdesk.jobs.finish(frontdesk.jobs.begin(turn, "action_track_order").id, SHIPPED)
    frontdesk.results.tell(turn.conversation_id, SHIPPED)
    assert tellings(frontdesk) == 0
    assert frontdesk.jobs.late_outcomes(turn) == []
