"""Keep access tokens for all processes together: encrypted, replaced as a whole, and never renewed by two at once.

A refresh may end the old refresh token (Zendesk, new Salesforce apps). Were two processes to refresh, the slower one
would send a token that is no longer good, and some vendors then end all of them. So whoever renews holds a lease on the
row; the others wait for what it brings, or go on with the old token while that still works.
"""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.errors import UnavailableError
from bridge.storage.engine import insert_if_new, reading, writing
from bridge.storage.tokens import tokens
from bridge.storage.types import Clock

_log = structlog.get_logger(__name__)
_EARLIEST = timedelta(minutes=5)
LEASE = timedelta(seconds=30)
"""Longer than getting a token may take (oauth.py gives it 10 seconds)."""

_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Token:
    """Hold an access token and what is needed to renew it."""

    access: str = field(repr=False)
    refresh: str = field(repr=False, default="")
    expires_at: datetime | None = None
    """None where nobody knows: it works until it is refused."""
    fetched_at: datetime | None = None
    scope: str = ""

    def is_due(self, now: datetime) -> bool:
        """Tell whether it should be renewed: five minutes before its end, or a fifth of a short life."""
        if self.expires_at is None:
            return False
        life = self.expires_at - (self.fetched_at or now)
        return now >= self.expires_at - min(_EARLIEST, life / 5)

    def works(self, now: datetime) -> bool:
        """Tell whether it can still be used."""
        return self.expires_at is None or now < self.expires_at


Fetch = Callable[[Token | None], Token]
"""Gets a new token from the vendor, given the one that was kept."""


class Vault:
    """Keep tokens in the database.

    Args:
        secrets: the first encrypts, all decrypt; each is stretched to a key of its own.
    """

    def __init__(self, engine: sa.engine.Engine, secrets: Sequence[str], now: Clock) -> None:
        self._engine = engine
        self._fernet = MultiFernet([Fernet(_key(secret)) for secret in secrets])
        self._now = now
        self._owner = uuid.uuid4().hex
        self._seen: dict[str, Token] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def token(self, name: str, fetch: Fetch, refused: Token | None = None) -> Token:
        """Return a token that works; with `refused`, one that is not that one.

        Raises:
            BridgeError: what `fetch` raises where there is no other token left.
        """
        seen = self._usable(self._seen.get(name), refused)
        if seen and not seen.is_due(self._now()):
            return seen
        lock = self._locks[name]
        # Whoever still has a token that works need not wait for the thread that gets the next one.
        if not lock.acquire(blocking=seen is None) and seen:
            return seen
        try:
            token = self._seen[name] = self._renewed(name, fetch, refused)
            return token
        finally:
            lock.release()

    def _usable(self, token: Token | None, refused: Token | None) -> Token | None:
        if token is None or (refused and token.access == refused.access):
            return None
        return token if token.works(self._now()) else None

    def _renewed(self, name: str, fetch: Fetch, refused: Token | None) -> Token:
        until = time.monotonic() + LEASE.total_seconds()
        while time.monotonic() < until:
            version, kept = self._read(name)
            usable = self._usable(kept, refused)
            if usable and not usable.is_due(self._now()):
                return usable
            if self._claim(name, version):
                return self._fetched(name, version, fetch, kept, usable)
            if usable:
                return usable
            time.sleep(_POLL_SECONDS)
        raise UnavailableError("another process has been getting a token for too long")

    def _fetched(self, name: str, version: int, fetch: Fetch, kept: Token | None, usable: Token | None) -> Token:
        try:
            token = fetch(kept)
        except BaseException as error:
            self._let_go(name)
            if usable and isinstance(error, UnavailableError):
                return usable  # it was only to be renewed in good time, and there is time left to try again
            raise
        self._store(name, version, token)
        return token

    def _read(self, name: str) -> tuple[int, Token | None]:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(tokens).where(tokens.c.name == name)).mappings().first()
        if row is None:
            with writing(self._engine) as connection:
                insert_if_new(connection, tokens, {"name": name, "version": 0, "updated_at": self._now()})
            return 0, None
        return row["version"], self._opened(name, row["sealed"])

    def _claim(self, name: str, version: int) -> bool:
        now = self._now()
        is_free = sa.or_(tokens.c.lease_until.is_(None), tokens.c.lease_until <= now)
        claim = sa.update(tokens).where(tokens.c.name == name, tokens.c.version == version, is_free)
        with writing(self._engine) as connection:
            claimed = connection.execute(claim.values(lease_owner=self._owner, lease_until=now + LEASE))
            return bool(claimed.rowcount)

    def _let_go(self, name: str) -> None:
        mine = sa.update(tokens).where(tokens.c.name == name, tokens.c.lease_owner == self._owner)
        with writing(self._engine) as connection:
            connection.execute(mine.values(lease_owner=None, lease_until=None))

    def _store(self, name: str, version: int, token: Token) -> None:
        # By version and not by lease: a token that came after its lease ended is still better than none.
        current = sa.update(tokens).where(tokens.c.name == name, tokens.c.version == version)
        values = {"sealed": self._sealed(token), "version": version + 1, "updated_at": self._now()}
        with writing(self._engine) as connection:
            connection.execute(current.values(**values, lease_owner=None, lease_until=None))

    def _sealed(self, token: Token) -> bytes:
        return self._fernet.encrypt(json.dumps(asdict(token), default=datetime.isoformat).encode())

    def _opened(self, name: str, sealed: bytes | None) -> Token | None:
        if sealed is None:
            return None
        try:
            fields: dict[str, Any] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            _log.warning("token_unreadable", name=name)  # sealed with a secret that is no longer given
            return None
        for moment in ("expires_at", "fetched_at"):
            fields[moment] = fields[moment] and datetime.fromisoformat(fields[moment])
        return Token(**fields)


def _key(secret: str) -> bytes:
    stretched = HKDF(SHA256(), length=32, salt=None, info=b"frontdesk tokens").derive(secret.encode())
    return base64.urlsafe_b64encode(stretched)
