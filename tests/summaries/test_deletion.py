"""A summary goes with its conversation while it is not sent; from then on the audit names it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bridge.conversation.erasure import Erasures
from bridge.conversation.files import Files
from bridge.conversation.retention import Housekeeping
from bridge.errors import UnavailableError
from bridge.settings.privacy import Retention
from bridge.storage.chat import conversations
from bridge.storage.engine import reading
from bridge.storage.resilience import audit
from tests.summaries.conftest import EMAIL, QUIET, Scene


def test_before_it_is_sent_nothing_is_sent(scene: Scene) -> None:
    ann = scene.contact()
    scene.track()
    scene.pass_time(**QUIET)
    assert Erasures(scene.engine, (), scene.clock).erase(scene.conversation) == 0, "nobody was promised it"
    assert scene.kept() == []
    scene.relay()
    assert scene.notes(ann) == []
    with reading(scene.engine) as connection:
        assert connection.execute(sa.select(conversations)).all() == []


def test_before_it_is_over_nothing_is_kept(scene: Scene) -> None:
    scene.track()
    Erasures(scene.engine, (), scene.clock).erase(scene.conversation)
    assert scene.pass_time(**QUIET) == 0


def test_after_it_was_sent_the_audit_names_it(scene: Scene) -> None:
    ann = scene.contact()
    scene.track()
    scene.pass_time(**QUIET)
    scene.clock.forward(seconds=400)
    while scene.desk.relay.once():
        pass
    Erasures(scene.engine, (), scene.clock).erase(scene.conversation)
    assert scene.desk.guards.trail.flush(20)
    wanted = sa.select(audit).where(audit.c.conversation_id == scene.conversation)
    with reading(scene.engine) as connection:
        rows = connection.execute(wanted.order_by(audit.c.id)).mappings().all()
        (stored,) = connection.execute(sa.text("SELECT id FROM interactions")).scalars().all()
    written = [(row["system"], row["record"], row["outcome"]) for row in rows if row["operation"] == "log_interaction"]
    assert written == [("embedded", f"id:{stored}", "ok")]
    assert "erase" in {row["operation"] for row in rows}
    assert len(scene.notes(ann)) == 1
    assert EMAIL not in str(rows)


@pytest.mark.parametrize("state", ["waiting", "dead"])
def test_age_takes_a_summary_that_no_crm_took(scene: Scene, state: str, tmp_path: Path) -> None:
    scene.track()
    scene.pass_time(**QUIET)
    if state == "dead":
        scene.crm.trouble = UnavailableError("down")
        scene.clock.forward(hours=25)
        scene.relay()
    assert scene.kept()[0]["state"] == state
    scene.clock.forward(days=31)
    files = Files(scene.engine, tmp_path / "files", scene.clock)
    erasures = Erasures(scene.engine, (), scene.clock)
    limits = Retention(conversations_days=30)
    Housekeeping(scene.engine, erasures, files, limits, 90, scene.clock).look()
    assert scene.kept() == []
