"""Stand for the table in which Rasa keeps its conversations."""

from __future__ import annotations

import sqlalchemy as sa


class RasaTable:
    """Stand for Rasa's own table of events: in a file of its own beside SQLite, in our database on PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, future=True)
        self.table = sa.Table(
            "events",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("sender_id", sa.String(255), nullable=False, index=True),
            sa.Column("data", sa.Text),
        )
        self.table.create(self._engine)

    def add(self, conversation_id: str, data: str) -> None:
        """Store an event, as the end of a turn does."""
        with self._engine.begin() as connection:
            connection.execute(sa.insert(self.table).values(sender_id=conversation_id, data=data))

    def senders(self) -> list[str]:
        """Return whose events are there."""
        with self._engine.connect() as connection:
            return list(connection.execute(sa.select(self.table.c.sender_id)).scalars())

    def close(self) -> None:
        """Leave the database as it was."""
        self.table.drop(self._engine)
        self._engine.dispose()


def rows_of(url: str, conversation_id: str) -> int:
    """Count what Rasa itself keeps of a conversation."""
    engine = sa.create_engine(url, future=True)
    try:
        with engine.connect() as connection:
            counted = sa.text("SELECT count(*) FROM events WHERE sender_id = :sender")
            return int(connection.execute(counted, {"sender": conversation_id}).scalar_one())
    finally:
        engine.dispose()
