"""The embedded CRM keeps the contract of its port, on SQLite and on PostgreSQL."""

import pytest
import sqlalchemy as sa

from bridge.testing.crm import CrmContract
from tests.adapters.embedded.worlds import CrmWorld


class TestEmbeddedCrm(CrmContract):
    @pytest.fixture
    def world(self, engine: sa.engine.Engine, dead_engine: sa.engine.Engine) -> CrmWorld:
        return CrmWorld(engine, dead_engine)
