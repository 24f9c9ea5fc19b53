"""One Request Tracker for all tests here; each brings people of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.request_tracker.proxy import Proxy
from tests.adapters.request_tracker.server import PASSWORD, USER, missing, running
from tests.adapters.request_tracker.world import MAPPING, RequestTrackerWorld
from tests.support.simulated import simulated

SECRETS = {"user": USER, "password": PASSWORD}


@pytest.fixture(scope="session")
def tracker_world(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTrackerWorld]:
    if why := missing():
        pytest.skip(why)
    path = tmp_path_factory.mktemp("request_tracker") / "frontdesk.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    values = (f"sqlite:///{path}", "helpdesk", SECRETS, "/REST/2.0/*")
    with (
        running() as tracker,
        simulated(
            Proxy(tracker.url), RequestTrackerWorld, *values, tracker=tracker, auth="basic", mapping=MAPPING
        ) as made,
    ):
        yield made


@pytest.fixture
def world(tracker_world: RequestTrackerWorld) -> Iterator[RequestTrackerWorld]:
    yield tracker_world
    tracker_world.mend()
