"""The relay in the gateway: there by default, gone with it, absent where the deployment runs it elsewhere."""

from __future__ import annotations

import asyncio
import threading

import pytest
import sqlalchemy as sa

from bridge.settings.schema import Outbox
from gateway.core import Gateway
from tests.gateway.harness import QUICK, desk_for, settings_for


class Worker:
    """Note that it began and ended."""

    def __init__(self) -> None:
        self.began, self.ended = threading.Event(), threading.Event()
        self.thread = ""

    def run(self, stop: threading.Event) -> None:
        self.thread = threading.current_thread().name
        self.began.set()
        stop.wait(20)
        self.ended.set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("embedded", [True, False])
async def test_it_runs_while_the_gateway_runs_unless_it_runs_elsewhere(
    engine: sa.engine.Engine, embedded: bool
) -> None:
    settings = settings_for(str(engine.url), 1)
    deployment = settings.deployment.copy(update={"outbox": Outbox(relay_in_gateway=embedded)})
    desk = desk_for(engine, settings.copy(update={"deployment": deployment}))
    desk.relay = worker = Worker()
    async with Gateway(desk, QUICK).running():
        assert await asyncio.to_thread(worker.began.wait, 10 if embedded else 0) is embedded
        assert not worker.ended.is_set()
    assert worker.ended.is_set() is embedded
    assert (worker.thread == "relay") is embedded
