"""What adapters need that talk to a vendor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bridge.storage.engine import migrate, open_engine


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.engine.Engine]:
    """Return a database to keep tokens in."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('vault') / 'tokens.db'}")
    migrate(engine)
    yield engine
    engine.dispose()
