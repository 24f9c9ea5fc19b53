"""Tokens by which the host site vouches for a person: JSON web tokens, each key bound to its algorithm."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import jwt

from bridge.conversation.identities import Voucher
from bridge.settings import Settings
from bridge.settings.user_tokens import HostKey
from gateway.errors import ApiError

CLOCK_SKEW = 60
"""Seconds by which the host site's clock may differ from ours."""
_LONGEST = 8192
_CODES: list[tuple[type[jwt.PyJWTError], str]] = [
    (jwt.InvalidAlgorithmError, "user_token_algorithm"),
    (jwt.InvalidAudienceError, "user_token_audience"),
    (jwt.InvalidIssuerError, "user_token_issuer"),
    (jwt.MissingRequiredClaimError, "user_token_incomplete"),
    (jwt.PyJWTError, "user_token_invalid"),
]


class HostTokens:
    """Verify them."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._limits = settings.deployment.user_tokens
        self._clock = clock
        self._keys = {key.kid: key for key in settings.user_token_keys}
        if settings.user_token_secret:
            self._keys[""] = HostKey("", "HS256", settings.user_token_secret)

    def read(self, token: object) -> Voucher:
        """Return what a token says, once its signature holds; one that has expired says so.

        Raises:
            ApiError: tokens are not set up here, or why this one does not hold.
        """
        if not self._keys:
            raise ApiError(422, "user_token_unsupported")
        if not isinstance(token, str) or len(token) > _LONGEST:
            raise ApiError(401, "user_token_invalid")
        claims = self._verified(token)
        subject, email = claims["sub"], claims.get("email")
        if not 0 < len(subject) <= 200:
            raise ApiError(401, "user_token_invalid")
        until = self._check_times(claims)
        usable = isinstance(email, str) and "@" in email and len(email) <= 254
        return Voucher(
            subject,
            str(email).strip() if usable else None,
            mark=_mark(token, claims),
            until=datetime.fromtimestamp(0, timezone.utc) + timedelta(seconds=until + CLOCK_SKEW),
            expired=until + CLOCK_SKEW <= self._clock(),
        )

    def _verified(self, token: str) -> dict[str, Any]:
        required = ["exp", "sub", "aud", *(["iss"] if self._limits.issuer else [])]
        # The times are checked here, by our own clock and in one place.
        options = {"require": required, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        try:
            key = self._key(jwt.get_unverified_header(token))
            claims: dict[str, Any] = jwt.decode(
                token,
                key.material,
                algorithms=[key.algorithm],
                audience=self._limits.audience,
                issuer=self._limits.issuer,
                options=options,
            )
        except jwt.PyJWTError as error:
            raise ApiError(401, next(code for kind, code in _CODES if isinstance(error, kind))) from None
        except (ValueError, RecursionError):
            # Numbers and nesting that the parser itself refuses.
            raise ApiError(401, "user_token_invalid") from None
        return claims

    def _key(self, header: dict[str, Any]) -> HostKey:
        """Return the key that a token names; one that names none means the key without a name, or the only one."""
        kid = header.get("kid", "")
        if kid == "" and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        if not isinstance(kid, str) or kid not in self._keys:
            raise ApiError(401, "user_token_key")
        return self._keys[kid]

    def _check_times(self, claims: dict[str, Any]) -> float:
        """Return when a token expires."""
        now, longest = self._clock(), self._limits.longest_minutes * 60
        until = _time(claims["exp"])
        issued = _time(claims.get("iat", now))
        if issued > now + CLOCK_SKEW or _time(claims.get("nbf", now)) > now + CLOCK_SKEW:
            raise ApiError(401, "user_token_early")
        if until - min(issued, now) > longest + CLOCK_SKEW:
            raise ApiError(401, "user_token_long")
        return until


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not (math.isfinite(value) and value >= 0):
        raise ApiError(401, "user_token_invalid")
    return float(value)


def _mark(token: str, claims: dict[str, Any]) -> str:
    """Return what names a token whatever its signature looks like: of one content there can be several."""
    if claims.get("jti"):
        return f"jti:{claims.get('iss', '')}:{claims['jti']}"
    return f"content:{token.rpartition('.')[0]}"
