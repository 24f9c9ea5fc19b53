"""A gateway with its Rasa for each test."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bridge.settings.chat import Chat
from bridge.storage.engine import open_engine
from gateway.timing import Timing
from tests.gateway.harness import QUICK, Client, Stack, eventually, running_stack

MakeStack = Callable[..., Awaitable[Stack]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the asynchronous tests here in one event loop: starting a gateway for each would take most of the time."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Run one gateway for all tests that leave it as they find it."""
    path = tmp_path_factory.mktemp("gateway") / "frontdesk.db"
    shutil.copy(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    # Nothing here outlives the run, so nothing has to reach the disk.
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    async with running_stack(engine) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="package")
async def stack(shared: Stack) -> AsyncIterator[Stack]:
    """Return the shared gateway, with a Rasa that is well."""
    shared.rasa.behave()
    yield shared
    # What a test leaves behind must not meet the next one's Rasa.
    await eventually(lambda: shared.gateway.desk.inbox.depth() == 0)


@pytest_asyncio.fixture(loop_scope="package")
async def client(stack: Stack) -> Client:
    """Return a client with a new conversation."""
    return await stack.client()


@pytest_asyncio.fixture(loop_scope="package")
async def make_stack(
    migrated_sqlite: Path, tmp_path: Path, make_engine: Callable[[str], sa.engine.Engine]
) -> AsyncIterator[MakeStack]:
    """Start gateways with timings and limits of their own; each is stopped when the test is over."""
    path = tmp_path / "frontdesk.db"
    shutil.copy(migrated_sqlite, path)
    async with contextlib.AsyncExitStack() as stacks:

        async def make(timing: Timing = QUICK, chat: Chat | None = None, **changes: Any) -> Stack:
            engine = make_engine(f"sqlite:///{path}")
            return await stacks.enter_async_context(running_stack(engine, timing, chat, **changes))

        yield make
