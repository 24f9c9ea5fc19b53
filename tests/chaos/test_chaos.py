"""The short form of `make chaos`: each process is killed once while systems flap, on the database whose turn it is."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.chaos.plan import draw
from tests.chaos.play import play
from tests.chaos.report import details, table
from tests.support.postgres import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WRITES, TALKERS = 20, 8
PLANS = (36, 11)
"""Even seeds are played on SQLite, odd ones on PostgreSQL: one a day, in turn. Drawing anew is for `make chaos`."""
SEED = int(os.environ.get("FRONTDESK_TEST_SEED", PLANS[datetime.now(timezone.utc).toordinal() % 2]))


def test_nothing_is_lost_and_nothing_doubled(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = None
    if SEED % 2:
        postgres: Cluster = request.getfixturevalue("postgres")
        url = postgres.url(postgres.create_database())
    print(f"seed {SEED}")  # noqa: T201  # shown where it fails
    result = play(draw(SEED, WRITES), tmp_path, url, TALKERS, print)
    assert result.findings == [], f"{details(result, tmp_path / 'log')}\n{table(result)}"
    assert result.ledger.promised == WRITES
    assert min(result.killed.values()) > 0, result.killed
