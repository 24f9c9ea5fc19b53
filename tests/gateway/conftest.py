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

from bridge.settings.schema import Chat
from gateway.timing import Timing
from tests.gateway.harness import QUICK, Client, Stack, running_stack

MakeStack = Callable[..., Awaitable[Stack]]


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """Return the address of a migrated SQLite database: the gateway's own tests need no second one."""
    path = tmp_path / "frontdesk.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest_asyncio.fixture
async def make_stack(sqlite_url: str, make_engine: Callable[[str], sa.engine.Engine]) -> AsyncIterator[MakeStack]:
    """Start gateways; each is stopped when the test is over."""
    async with contextlib.AsyncExitStack() as stacks:

        async def make(timing: Timing = QUICK, chat: Chat | None = None, **changes: Any) -> Stack:
            return await stacks.enter_async_context(running_stack(make_engine(sqlite_url), timing, chat, **changes))

        yield make


@pytest_asyncio.fixture
async def stack(make_stack: MakeStack) -> Stack:
    """Return a running gateway with its Rasa."""
    return await make_stack()


@pytest_asyncio.fixture
async def client(stack: Stack) -> Client:
    """Return a client with a new conversation."""
    return await stack.client()
