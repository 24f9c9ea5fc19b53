"""A Zendesk account on loopback, with the adapter connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.zendesk import Zendesk
from simulators.zendesk.records import ORDER_FIELD
from tests.adapters.zendesk.world import ZendeskWorld
from tests.support.simulated import simulated

CLIENT = {"client_id": "frontdesk_sandbox", "client_secret": "zd_secret_sandbox"}
MAPPING = {"helpdesk": {"fields": {"order_number": str(ORDER_FIELD)}}}


@pytest.fixture(scope="module")
def account(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZendeskWorld]:
    """Run one account for all tests of a module; each brings people of its own."""
    path = tmp_path_factory.mktemp("zendesk") / "tokens.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = f"sqlite:///{path}"
    with simulated(Zendesk(), ZendeskWorld, database, "helpdesk", CLIENT, "/api/*", mapping=MAPPING) as made:
        yield made


@pytest.fixture
def world(account: ZendeskWorld) -> Iterator[ZendeskWorld]:
    yield account
    account.mend()
