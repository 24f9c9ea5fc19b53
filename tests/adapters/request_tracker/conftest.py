"""One Request Tracker for all tests here; each brings people of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.storage.engine import migrate, open_engine
from tests.adapters.request_tracker.proxy import before
from tests.adapters.request_tracker.server import missing, running
from tests.adapters.request_tracker.world import RequestTrackerWorld

IN_MEMORY = Path("/dev/shm")  # noqa: S108  # RT waits for the disk at every step of making its database


@pytest.fixture(scope="session")
def tracker_world() -> Iterator[RequestTrackerWorld]:
    if why := missing():
        pytest.skip(why)
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        engine = open_engine(f"sqlite:///{folder}/frontdesk.db")
        migrate(engine)
        with running(Path(folder)) as tracker, before(tracker.url) as proxy:
            yield RequestTrackerWorld(tracker, proxy, engine)
        engine.dispose()


@pytest.fixture
def world(tracker_world: RequestTrackerWorld) -> Iterator[RequestTrackerWorld]:
    yield tracker_world
    tracker_world.mend()
