"""Table of the access tokens that all processes share."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.storage.types import Utc, metadata

tokens = sa.Table(
    "tokens",
    metadata,
    # The system, and a hash of where, as whom and for what the token was got.
    sa.Column("name", sa.String(120), primary_key=True),
    # Encrypted (bridge/transport/vault.py); none until the first was got.
    sa.Column("sealed", sa.LargeBinary),
    # Grows with each token, so that who saw an older one cannot overwrite a newer.
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    # Who is getting a new one; until then, in case it dies.
    sa.Column("lease_owner", sa.String(32)),
    sa.Column("lease_until", Utc),
    sa.Column("updated_at", Utc, nullable=False),
)
