"""The table of use cases that run for a conversation: any replica of the action server can see how far one is."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.storage.types import Utc, metadata

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # The message that asked; none for what the outbox did.
    sa.Column("inbox_id", sa.ForeignKey("inbox.id", ondelete="CASCADE")),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("started_at", Utc, nullable=False),
    # Renewed while the process that runs it lives; once it is over, another one may take the job.
    sa.Column("lease_until", Utc),
    sa.Column("finished_at", Utc),
    # The Outcome, once there is one.
    sa.Column("outcome", sa.JSON),
    # The person was told that it takes too long: the outcome is told by itself when it comes.
    sa.Column("late", sa.Boolean, nullable=False, server_default=sa.text("false")),
    # The message in whose turn a late outcome was told.
    sa.Column("told_in", sa.Integer),
    sa.UniqueConstraint("inbox_id", "name"),
    sa.Index("ix_jobs_conversation_id_late", "conversation_id", "late"),
)
