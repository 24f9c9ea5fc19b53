"""The embedded helpdesk keeps the contract of its port, on SQLite and on PostgreSQL."""

import pytest
import sqlalchemy as sa

from bridge.testing.helpdesk import HelpdeskContract
from tests.adapters.embedded.worlds import HelpdeskWorld


class TestEmbeddedHelpdesk(HelpdeskContract):
    @pytest.fixture
    def world(self, engine: sa.engine.Engine, dead_engine: sa.engine.Engine) -> HelpdeskWorld:
        return HelpdeskWorld(engine, dead_engine)
