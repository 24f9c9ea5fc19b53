"""A Salesforce org on loopback, with the adapter connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.salesforce import Salesforce
from tests.adapters.salesforce.world import SalesforceWorld
from tests.support.simulated import simulated

CLIENT = {
    "client_id": Salesforce.environment["SALESFORCE_CLIENT_ID"],
    "client_secret": Salesforce.environment["SALESFORCE_CLIENT_SECRET"],
}
VALUES = {
    "statuses": {"solved": "solved", "closed": "closed"},
    "given": {"pending": "Waiting on Customer", "hold": "On Hold", "solved": "Solved"},
    "priorities": {"urgent": "Critical"},
    "fields": {"due": "SlaExitDate"},
}


@pytest.fixture(scope="module")
def database(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return where tokens are kept."""
    path = tmp_path_factory.mktemp("salesforce") / "tokens.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def org(database: str) -> Iterator[SalesforceWorld]:
    """Run one org for all tests of a module; each brings people of its own."""
    way = {"auth": "client_credentials"}
    with simulated(Salesforce(), SalesforceWorld, database, "crm", CLIENT, "/services/data/*", **way) as made:
        yield made


@pytest.fixture(scope="module")
def desk(database: str) -> Iterator[SalesforceWorld]:
    """Run one org whose administrator has added the values of its cases that stock orgs lack."""
    way = {"auth": "client_credentials", "mapping": {"helpdesk": VALUES}}
    with simulated(Salesforce(), SalesforceWorld, database, "helpdesk", CLIENT, "/services/data/*", **way) as made:
        yield made


@pytest.fixture
def world(org: SalesforceWorld) -> Iterator[SalesforceWorld]:
    yield org
    org.mend()
