"""Tables of what people may have deleted: the files they sent, and the deletions that are not over yet."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.storage.types import Utc, metadata

# A file that a person sent and the deployment took; its content lies in the folder of the conversation under its id.
files = sa.Table(
    "files",
    metadata,
    # Random: it is also the name on the disk.
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # The client's own id: the same file sent again after a lost answer is one file.
    sa.Column("upload_id", sa.String(64), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    # As the person called it, cleaned.
    sa.Column("name", sa.String(120), nullable=False),
    # As its content says, never as its name or its sender does.
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.UniqueConstraint("conversation_id", "upload_id"),
)

# A conversation that was deleted and may still be written to by what was under way: nothing brings it back while its
# row is here, and Rasa's own database and the disk are cleaned until it is gone. No foreign key: it outlives the row.
erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("conversation_id", sa.String(64), primary_key=True),
    sa.Column("asked_at", Utc, nullable=False),
    # When it is worked on again.
    sa.Column("due_at", Utc, nullable=False, index=True),
    # Whether the last try reached everything: Rasa's database, the disk.
    sa.Column("reached", sa.Boolean, nullable=False, server_default=sa.text("false")),
)
