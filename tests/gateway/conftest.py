"""A gateway with its Rasa for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bridge.settings.schema import Chat
from gateway.timing import Timing
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.harness import INTERNAL, QUICK, Client, Stack, settings_for

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
    stacks: list[Stack] = []

    async def make(timing: Timing = QUICK, chat: Chat | None = None, **changes: Any) -> Stack:
        rasa = FakeRasa(INTERNAL)
        await rasa.start()
        settings = settings_for(sqlite_url, rasa.port, chat, **changes)
        stack = Stack(make_engine(sqlite_url), rasa, settings, timing)
        stacks.append(stack)
        await stack.start()
        return stack

    yield make
    for stack in stacks:
        await stack.stop()
        await stack.rasa.close()


@pytest_asyncio.fixture
async def stack(make_stack: MakeStack) -> Stack:
    """Return a running gateway with its Rasa."""
    return await make_stack()


@pytest_asyncio.fixture
async def client(stack: Stack) -> Client:
    """Return a client with a new conversation."""
    return await stack.client()
