"""A Frontdesk with the embedded systems, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bridge.bootstrap import Frontdesk, build
from bridge.conversation.turns import Turn
from tests.adapters.embedded.worlds import CommerceWorld, HelpdeskWorld
from tests.support.frontdesk import Clock, make_settings, visit
from tests.usecases.away import Away

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tables of texts, which no database changes."""


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def frontdesk(database_url: str, clock: Clock) -> Iterator[Frontdesk]:
    """Return a Frontdesk on an empty database."""
    built = build(make_settings(database_url), clock)
    if built.engine.dialect.name == "sqlite":
        # Nothing here outlives the run, so nothing has to reach the disk.
        sa.event.listen(built.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield built
    built.engine.dispose()


@pytest.fixture
def turn(frontdesk: Frontdesk) -> Turn:
    """Return the first turn of a conversation with somebody unknown."""
    return visit(frontdesk)


@pytest.fixture
def shop(frontdesk: Frontdesk) -> CommerceWorld:
    """Return a way to put orders and products into the shop."""
    return CommerceWorld(frontdesk.engine, frontdesk.engine)


@pytest.fixture
def desk(frontdesk: Frontdesk) -> HelpdeskWorld:
    """Return a way to put tickets into the helpdesk."""
    return HelpdeskWorld(frontdesk.engine, frontdesk.engine)


@pytest.fixture
def away(frontdesk: Frontdesk, clock: Clock) -> Away:
    """Return use cases whose systems are there until they are told otherwise."""
    return Away(frontdesk, clock)
