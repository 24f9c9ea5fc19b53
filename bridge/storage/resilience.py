"""Table of the guard: who asked which system for what, and how it ended."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.storage.types import Utc, metadata

# Rows are only added, and deleted when they are old. No foreign key: a deleted conversation keeps its audit.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),
    # Who asked; empty where no conversation did (a relay, a health check).
    sa.Column("conversation_id", sa.String(64), nullable=False, index=True),
    sa.Column("identity_level", sa.String(10), nullable=False),
    sa.Column("domain", sa.String(40), nullable=False),
    sa.Column("system", sa.String(40), nullable=False),
    sa.Column("operation", sa.String(60), nullable=False),
    # "id:" and the system's own id of the record, or "hash:" and a keyed hash of what was asked for.
    sa.Column("record", sa.String(120), nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("duration_ms", sa.Integer, nullable=False),
    # 0: answered from the cache, or refused before anything was sent.
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("correlation_id", sa.String(64), nullable=False),
)
