"""Tokens of the chat API: one for a conversation and the origin it was opened from, one-use tickets for its stream."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from bridge.settings.chat import Chat
from gateway.errors import ApiError


@dataclass(frozen=True)
class Grant:
    """Say which conversation a token opens, from which origin, since when and until when (Unix time)."""

    conversation_id: str
    origin: str
    """Of the page; empty for pages of our own and for whatever sends none (gateway/chat/origins.py)."""
    since: float
    issued: float
    until: float


class Tokens:
    """Issue and check conversation tokens and stream tickets."""

    def __init__(
        self, secret: str, limits: Chat, *, ticket_seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._tokens = URLSafeSerializer(secret, salt="frontdesk.chat.token.2")
        self._tickets = URLSafeSerializer(secret, salt="frontdesk.chat.ticket.2")
        self._seconds = limits.token_minutes * 60
        self._renewable_seconds = limits.renew_hours * 3600
        self._session_seconds = limits.session_days * 86_400
        self._ticket_seconds = ticket_seconds
        self._clock = clock

    def issue(self, conversation_id: str, origin: str, renewed: Grant | None = None) -> tuple[str, datetime]:
        """Return a token for a conversation, and when it expires.

        Args:
            renewed: the grant that is exchanged for it, if the session goes on.
        """
        now = int(self._clock())
        since = int(renewed.since) if renewed else now
        until = min(now + self._seconds, since + self._session_seconds)
        token = self._tokens.dumps([conversation_id, origin, since, now, until])
        return str(token), datetime.fromtimestamp(0, timezone.utc) + timedelta(seconds=until)

    def check(self, token: str, origin: str) -> Grant:
        """Return what a token grants to a page of an origin.

        Raises:
            ApiError: it is forged, expired, another origin's or something else.
        """
        grant = self._grant(token, origin)
        if grant.until <= self._clock():
            raise ApiError(401, "token_invalid")
        return grant

    def check_renewal(self, token: str, origin: str) -> Grant:
        """Return what a token granted that may be exchanged for a new one: also an expired one, for a while.

        A machine that slept or whose clock is wrong cannot renew in time, and should not lose its conversation by it.

        Raises:
            ApiError: as for `check`, or the session has gone on for as long as one may.
        """
        grant, now = self._grant(token, origin), self._clock()
        is_late = now >= max(grant.until, grant.issued + self._renewable_seconds)
        if is_late or now >= grant.since + self._session_seconds:
            raise ApiError(401, "token_invalid")
        return grant

    def seconds_left(self, grant: Grant) -> float:
        """Return for how long a grant still holds."""
        return grant.until - self._clock()

    def issue_ticket(self, grant: Grant) -> str:
        """Return a ticket that opens one stream, once and soon."""
        soon = self._clock() + self._ticket_seconds
        content = [grant.conversation_id, grant.origin, grant.since, grant.issued, grant.until]
        return str(self._tickets.dumps([*content, soon, secrets.token_urlsafe(12)]))

    def read_ticket(self, ticket: str, origin: str) -> tuple[Grant, str, datetime]:
        """Return what a ticket grants, its mark, and when it expires; whether it was used is known by that mark.

        Raises:
            ApiError: it is forged, expired or another origin's.
        """
        *content, soon, mark = self._read(self._tickets, ticket, 7, "ticket_invalid")
        grant = Grant(*content)
        if soon <= self._clock() or grant.origin != origin:
            raise ApiError(401, "ticket_invalid")
        return grant, mark, datetime.fromtimestamp(soon, timezone.utc)

    def _grant(self, token: str, origin: str) -> Grant:
        grant = Grant(*self._read(self._tokens, token, 5, "token_invalid"))
        if grant.origin != origin:
            raise ApiError(401, "token_origin")
        return grant

    @staticmethod
    def _read(serializer: Any, token: str, parts: int, code: str) -> list[Any]:
        try:
            content = serializer.loads(token)
        except BadData:
            raise ApiError(401, code) from None
        if not isinstance(content, list) or len(content) != parts:
            raise ApiError(401, code)
        return content
