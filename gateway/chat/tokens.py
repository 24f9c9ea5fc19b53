"""Tokens of the chat API: one for a conversation, one-use tickets for its stream, and the host site's user tokens."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import jwt
from itsdangerous import BadData, URLSafeSerializer

from gateway.errors import ApiError

_CLOCK_SKEW = 10


@dataclass(frozen=True)
class Grant:
    """Say which conversation a token opens, and until when (Unix time)."""

    conversation_id: str
    until: float


@dataclass(frozen=True)
class User:
    """Hold whom the host site vouches for."""

    subject: str
    email: str | None


class Tokens:
    """Issue and check conversation tokens and stream tickets."""

    def __init__(
        self, secret: str, *, hours: int, ticket_seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._tokens = URLSafeSerializer(secret, salt="frontdesk.chat.token")
        self._tickets = URLSafeSerializer(secret, salt="frontdesk.chat.ticket")
        self._seconds = hours * 3600
        self._ticket_seconds = ticket_seconds
        self._clock = clock

    def issue(self, conversation_id: str) -> tuple[str, datetime]:
        """Return a token for a conversation, and when it expires."""
        until = int(self._clock()) + self._seconds
        token = self._tokens.dumps([conversation_id, until])
        return str(token), datetime.fromtimestamp(0, timezone.utc) + timedelta(seconds=until)

    def check(self, token: str) -> Grant:
        """Return what a token grants.

        Raises:
            ApiError: it is forged, expired or something else.
        """
        conversation_id, until = self._read(self._tokens, token, 2, "token_invalid")
        return self._grant(conversation_id, until, "token_invalid")

    def seconds_left(self, grant: Grant) -> float:
        """Return for how long a grant still holds."""
        return grant.until - self._clock()

    def issue_ticket(self, grant: Grant) -> str:
        """Return a ticket that opens one stream, once and soon."""
        soon = self._clock() + self._ticket_seconds
        return str(self._tickets.dumps([grant.conversation_id, soon, grant.until, secrets.token_urlsafe(12)]))

    def read_ticket(self, ticket: str) -> tuple[Grant, str, datetime]:
        """Return what a ticket grants, its mark, and when it expires; whether it was used is known by that mark.

        Raises:
            ApiError: it is forged or expired.
        """
        conversation_id, soon, until, mark = self._read(self._tickets, ticket, 4, "ticket_invalid")
        self._grant(conversation_id, soon, "ticket_invalid")
        return Grant(conversation_id, until), mark, datetime.fromtimestamp(soon, timezone.utc)

    def _grant(self, conversation_id: str, until: float, code: str) -> Grant:
        if until <= self._clock():
            raise ApiError(401, code)
        return Grant(conversation_id, until)

    @staticmethod
    def _read(serializer: Any, token: str, parts: int, code: str) -> list[Any]:
        try:
            content = serializer.loads(token)
        except BadData:
            raise ApiError(401, code) from None
        if not isinstance(content, list) or len(content) != parts:
            raise ApiError(401, code)
        return content


def read_user_token(user_token: object, secret: str | None, audience: str) -> User:
    """Verify the host site's token.

    Raises:
        ApiError: tokens are not set up here, or this one does not hold.
    """
    if not secret:
        raise ApiError(422, "user_token_unsupported")
    try:
        claims = jwt.decode(
            str(user_token),
            secret,
            algorithms=["HS256"],
            audience=audience,
            leeway=_CLOCK_SKEW,
            options={"require": ["exp", "sub", "aud"]},
        )
    except jwt.PyJWTError:
        raise ApiError(401, "user_token_invalid") from None
    subject, email = claims["sub"], claims.get("email")
    if not isinstance(subject, str) or not 0 < len(subject) <= 200:
        raise ApiError(401, "user_token_invalid")
    usable = isinstance(email, str) and "@" in email and len(email) <= 254
    return User(subject, email.strip() if usable else None)
