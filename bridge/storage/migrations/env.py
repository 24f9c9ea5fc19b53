"""Tell Alembic which tables to compare and which connection to use (given by engine.migrate)."""

from alembic import context

# Imported so that their tables are in the metadata.
from bridge.storage import business, chat, events, jobs, privacy, resilience, tokens  # noqa: F401
from bridge.storage.types import metadata

connection = context.config.attributes["connection"]
# render_as_batch: SQLite cannot alter most things in place.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
