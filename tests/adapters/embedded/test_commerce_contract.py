"""The embedded shop keeps the contract of its port, on SQLite and on PostgreSQL."""

import pytest
import sqlalchemy as sa

from bridge.testing.commerce import CommerceContract
from tests.adapters.embedded.worlds import CommerceWorld


class TestEmbeddedCommerce(CommerceContract):
    @pytest.fixture
    def world(self, engine: sa.engine.Engine, dead_engine: sa.engine.Engine) -> CommerceWorld:
        return CommerceWorld(engine, dead_engine)
