"""OAuth 2: get an access token, renew it before it runs out, and once more when it is refused.

A grant says what to ask the token endpoint; the vault keeps what it answered, for all processes together.
"""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import jwt
import requests
import structlog
from requests.auth import AuthBase

from bridge.errors import CredentialsError, OutcomeUnknownError, ProtocolError, UnavailableError
from bridge.storage.types import Clock
from bridge.transport.auth import Header
from bridge.transport.data import Data
from bridge.transport.reply import Reply
from bridge.transport.statuses import Vendor, error_of, word
from bridge.transport.vault import Token, Vault
from bridge.transport.wire import Request, Wire

_log = structlog.get_logger(__name__)
_REFUSALS = {"invalid_client", "invalid_grant", "unauthorized_client", "access_denied", "invalid_scope"}
_LONGEST_LIFE = timedelta(days=3650)

Style = Literal["form", "json", "basic"]
"""How the client names itself: in a form, in JSON, or by HTTP Basic beside a form."""


@dataclass(frozen=True)
class Client:
    """Hold a client of the token endpoint; `secrets` has two while they are being replaced."""

    id: str
    secrets: Sequence[str] = field(repr=False)


class Grant:
    """Say what to ask the token endpoint for; `identity` tells one credential from another, without being one."""

    identity: str

    def asks(self, kept: Token | None) -> Mapping[str, str]:
        """Return the fields of the request, given the token that was kept last."""
        raise NotImplementedError


class ClientCredentials(Grant):
    """Act as the client itself."""

    def __init__(self, scope: str = "") -> None:
        self.identity = f"client_credentials {scope}"
        self._scope = scope

    def asks(self, kept: Token | None) -> Mapping[str, str]:
        """Return the same every time."""
        return {"grant_type": "client_credentials", **({"scope": self._scope} if self._scope else {})}


class Refresh(Grant):
    """Act for a user who allowed it once: each refresh may bring a new refresh token and end the old one.

    Args:
        first: the refresh token that the deployment brings; later ones are in the vault. Another first one begins anew.
    """

    def __init__(self, first: str) -> None:
        self.identity = f"refresh {first}"
        self._first = first

    def asks(self, kept: Token | None) -> Mapping[str, str]:
        """Return the newest refresh token."""
        return {"grant_type": "refresh_token", "refresh_token": (kept and kept.refresh) or self._first}


class Code(Refresh):
    """Do the same from an authorization code, which works once: what it brings is in the vault from then on."""

    def __init__(self, code: str, redirect_uri: str) -> None:
        super().__init__("")
        self.identity = f"code {code}"
        self._code = code
        self._redirect_uri = redirect_uri

    def asks(self, kept: Token | None) -> Mapping[str, str]:
        """Return the code, and after it the newest refresh token."""
        if kept and kept.refresh:
            return super().asks(kept)
        return {"grant_type": "authorization_code", "code": self._code, "redirect_uri": self._redirect_uri}


class JwtBearer(Grant):
    """Sign an assertion with a private key (RFC 7523), as Salesforce wants it.

    Args:
        key: the RSA key in PEM.
        audience: whom the assertion is for.
    """

    LIFE_SECONDS = 180

    def __init__(self, issuer: str, subject: str, audience: str, key: str) -> None:
        self.identity = f"jwt {issuer} {subject} {audience}"
        self._claims = {"iss": issuer, "sub": subject, "aud": audience}
        self._key = key

    def asks(self, kept: Token | None) -> Mapping[str, str]:
        """Return a new assertion."""
        claims = {**self._claims, "exp": int(time.time()) + self.LIFE_SECONDS, "jti": uuid.uuid4().hex}
        try:
            assertion = jwt.encode(claims, self._key, algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            assertion = ""
        if not assertion:
            raise CredentialsError("the private key is no RSA key in PEM")
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}


@dataclass(frozen=True)
class _Bearer(AuthBase):
    """Sign with a token of the vault, and remember which."""

    token: Token = field(repr=False)
    header: str = "Authorization"
    prefix: str = "Bearer "

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return Header(self.token.access, self.header, self.prefix)(request)


@dataclass(frozen=True)
class Endpoint:
    """Say where tokens are got and how they are shown afterwards.

    Args:
        path: at the vendor's host, such as "/oauth/tokens"; or a whole address on its token host.
        life: how long a token works where the vendor does not say; None asks anew only after a refusal.
    """

    path: str
    style: Style = "form"
    header: str = "Authorization"
    prefix: str = "Bearer "
    life: timedelta | None = None


class OAuth2:
    """Hold the tokens of one client at one vendor.

    Args:
        wire: to the host of the token endpoint.
    """

    def __init__(
        self, vendor: str, wire: Wire, endpoint: Endpoint, client: Client, grant: Grant, vault: Vault, now: Clock
    ) -> None:
        self._vendor = Vendor(vendor)
        self._wire = wire
        self._endpoint = endpoint
        self._client = client
        self._grant = grant
        self._vault = vault
        self._now = now
        who = f"{wire.address.origin} {endpoint.path} {client.id} {grant.identity}"
        self._name = f"{vendor}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"

    def credential(self) -> AuthBase:
        """Return a token that still works for a while."""
        return self._bearer(self._vault.token(self._name, self._fetch))

    def instead_of(self, refused: AuthBase) -> AuthBase | None:
        """Return a token that is newer than the refused one."""
        token = refused.token if isinstance(refused, _Bearer) else None
        return self._bearer(self._vault.token(self._name, self._fetch, refused=token))

    def granted(self) -> frozenset[str]:
        """Return the scopes that the vendor says the token has; empty where it does not tell."""
        return frozenset(self._vault.token(self._name, self._fetch).scope.replace(",", " ").split())

    def _bearer(self, token: Token) -> AuthBase:
        return _Bearer(token, self._endpoint.header, self._endpoint.prefix)

    def _fetch(self, kept: Token | None) -> Token:
        fields = self._grant.asks(kept)
        refusal: CredentialsError | None = None
        for secret in self._client.secrets or ("",):
            try:
                token = self._token(self._post(fields, secret), kept)
            except CredentialsError as error:
                refusal = error
                continue
            _log.info("token_fetched", system=self._vendor.name, grant=fields["grant_type"].rpartition(":")[2])
            return token
        raise refusal or CredentialsError(f"{self._vendor.name}: there is no client secret")

    def _post(self, fields: Mapping[str, str], secret: str) -> Reply:
        style, asked = self._endpoint.style, dict(fields)
        headers = {}
        if style == "basic":
            named = base64.b64encode(f"{self._client.id}:{secret}".encode()).decode()
            headers["Authorization"] = f"Basic {named}"
        else:
            asked["client_id"] = self._client.id
            if secret:
                asked["client_secret"] = secret
        body: dict[str, object] = {"json": asked} if style == "json" else {"data": asked}
        url = self._wire.address.to(self._endpoint.path, {})
        prepared = self._wire.prepare(requests.Request("POST", url, headers=headers, **body))
        what = f"{self._vendor.name}: POST {self._endpoint.path}"
        try:
            reply = self._wire.exchange(Request(what, prepared, writes=True))
        except OutcomeUnknownError as error:
            # Of a token nobody has to fear that there are two; but a refresh token that was used up may be lost.
            lost = UnavailableError(str(error))
        else:
            return self._checked(reply)
        raise lost

    def _checked(self, reply: Reply) -> Reply:
        """Return the reply if it is a success; RFC 6749 tells refused credentials by a word, with 400 or 401."""
        if 200 <= reply.status < 300:
            return reply
        if reply.status < 500 and reply.status != 429:
            said = word(_error_word(reply)) if _error_word(reply) in _REFUSALS else str(reply.status)
            raise CredentialsError(f"{reply.what} refused our credentials ({said})")
        error = error_of(reply, self._vendor, self._now())
        raise UnavailableError(str(error)) if isinstance(error, OutcomeUnknownError) else error

    def _token(self, reply: Reply, kept: Token | None) -> Token:
        data, now = reply.data, self._now()
        life = _life(data) or self._endpoint.life
        return Token(
            access=_token_text(data, "access_token"),
            # A vendor that does not rotate sends none: the old one goes on working.
            refresh=data.text("refresh_token", "") or (kept.refresh if kept else ""),
            expires_at=None if life is None else now + min(life, _LONGEST_LIFE),
            fetched_at=now,
            scope=data.text("scope", ""),
        )


def _token_text(data: Data, name: str) -> str:
    text = data.text(name)
    if not text or not text.isascii() or not text.isprintable():
        raise ProtocolError(f"{data[name].place} must be a token")
    return text


def _life(data: Data) -> timedelta | None:
    seconds = data.number("expires_in", 0)
    return timedelta(seconds=min(seconds, _LONGEST_LIFE.total_seconds())) if seconds > 0 else None


def _error_word(reply: Reply) -> str:
    try:
        return reply.data.text("error", "")
    except ProtocolError:
        return ""
