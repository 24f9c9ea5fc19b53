"""The migrations make exactly the tables that the code knows, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bridge.storage import business, chat
from bridge.storage.engine import migrate
from bridge.storage.types import metadata

MakeEngine = Callable[[str], sa.engine.Engine]


def test_migrated_database_differs_in_nothing_from_the_tables(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_comparison_would_see_a_difference(engine: sa.engine.Engine) -> None:
    # Never committed: the tables stay as they are for the tests that follow.
    with engine.connect() as connection:
        connection.execute(sa.text("ALTER TABLE customers ADD COLUMN forgotten INTEGER"))
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [change[0] for change in compare_metadata(context, metadata)] == ["remove_column"]


def test_every_table_module_is_in_the_migrations(engine: sa.engine.Engine) -> None:
    made = set(sa.inspect(engine).get_table_names())
    assert {business.orders.name, chat.chat_events.name} <= made
    assert made == set(metadata.tables) | {"alembic_version"}


def test_migrating_an_empty_database_and_again_changes_nothing_more(
    empty_database_url: str, make_engine: MakeEngine
) -> None:
    engine = make_engine(empty_database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(business.products).values(code="shirt", name="Shirt"))
    migrate(engine)
    with engine.connect() as connection:
        (row,) = connection.execute(sa.select(business.products)).all()
    assert (row.name, row.description, row.active) == ("Shirt", "", True)
