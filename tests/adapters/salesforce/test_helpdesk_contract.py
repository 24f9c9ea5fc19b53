"""Salesforce keeps the contract of the helpdesk."""

from __future__ import annotations

import pytest

from bridge.testing.helpdesk import HelpdeskContract
from tests.adapters.salesforce.world import SalesforceWorld


@pytest.fixture(scope="module")
def org(desk: SalesforceWorld) -> SalesforceWorld:
    return desk


class TestSalesforceHelpdesk(HelpdeskContract):
    """The world is in conftest.py."""
