"""An engine whose database never answers, beside the one that does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa


@pytest.fixture
def dead_engine(
    engine: sa.engine.Engine, make_engine: Callable[[str], sa.engine.Engine], tmp_path: Path
) -> sa.engine.Engine:
    """Return an engine of the same kind as `engine`, with nothing behind its address."""
    folder = tmp_path / "nothing here"
    folder.mkdir()
    if engine.dialect.name == "sqlite":
        return make_engine(f"sqlite:///{folder}")
    return make_engine(f"postgresql+psycopg2://frontdesk@/frontdesk?host={folder}")
