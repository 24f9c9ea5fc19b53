"""Write a migration from the difference between the tables in code and the newest migration.

Usage: python scripts/new_migration.py "what changes"
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bridge.storage.engine import MIGRATIONS, migrate, open_engine  # noqa: E402  # needs the path above


def main() -> None:
    """Compare against a throw-away SQLite database that has all migrations so far."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    number = 1 + len(list((MIGRATIONS / "versions").glob("[0-9]*.py")))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/compare.db")
        migrate(engine)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, sys.argv[1], autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    main()
