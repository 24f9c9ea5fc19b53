"""Tables of what happens by itself: writes kept until a system can take them, and alerts for operators."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.storage.types import Utc, metadata

SUMMARY = "crm.summary"
NOTICE = "notices.look"
UNPROMISED = (SUMMARY, NOTICE)
"""Operations of the outbox that nobody was promised: they hold up no deletion, and go with their conversation."""

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # The idempotency key of the write itself: kept twice it is one entry, and the system gets it with every try.
    sa.Column("key", sa.String(200), nullable=False, unique=True),
    # Who hears what became of it; erasing a conversation erases what it asked for.
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("operation", sa.String(40), nullable=False),
    # What the write needs, people's words and addresses included; emptied when it is done and told, or discarded.
    sa.Column("content", sa.JSON(none_as_null=True)),
    # waiting | leased | done | dead | discarded
    sa.Column("state", sa.String(10), nullable=False),
    # When a worker may take it: the next try of a waiting entry, the end of the lease of a leased one.
    sa.Column("due_at", Utc, nullable=False),
    # The worker's token, new with every claim: whoever comes back late with an old one changes nothing.
    sa.Column("lease", sa.String(32)),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    # Whether a try may have written already, so that the next one looks first.
    sa.Column("unknown", sa.Boolean, nullable=False, server_default=sa.text("false")),
    # The message that asked for it: its name in logs and audit, and where its trace goes on.
    sa.Column("correlation_id", sa.String(64), nullable=False, server_default=""),
    sa.Column("trace", sa.String(55), nullable=False, server_default=""),
    sa.Column("kept_at", Utc, nullable=False),
    sa.Column("finished_at", Utc),
    # What the write gave (its record's number), and why the last try failed, in words for operators.
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Column("reason", sa.String(200), nullable=False, server_default=""),
    sa.Index("ix_outbox_state_due_at", "state", "due_at"),
)

# What systems delivered by their webhooks, so that the same delivery counts once: no content. Who watched the record
# has an entry of the outbox since the same transaction. Kept for longer than any vendor repeats one.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("system", sa.String(40), primary_key=True),
    # The vendor's own id of it, or what its signature stands for.
    sa.Column("delivery", sa.String(100), primary_key=True),
    sa.Column("record", sa.String(120), nullable=False),
    sa.Column("received_at", Utc, nullable=False, index=True),
)

# How far something is that operators hear of: 1 of an aged outbox, how many entries are dead, when a breaker opened.
conditions = sa.Table(
    "conditions",
    metadata,
    sa.Column("name", sa.String(160), primary_key=True),
    sa.Column("level", sa.BigInteger, nullable=False),
)

# What is still to be posted to the deployment's webhook; gone when it was, or given up.
alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("alert", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(120), nullable=False),
    sa.Column("text", sa.String(200), nullable=False),
    sa.Column("at", Utc, nullable=False),
    # When a process may post it: at once, after a refusal, or when the lease of one that was at it has ended.
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
)
