"""Who may ask: a key pair over https, a signature over plain http, and one answer to all who may not."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request

MINUTES = 15
"""How far the clock of a signature may be off."""


class Keys:
    """Tell which permission a request proves: "read", "read_write", or none.

    Args:
        pairs: secret and permission by consumer key.
    """

    def __init__(self, pairs: dict[str, tuple[str, str]]) -> None:
        self._pairs = pairs
        self._nonces: set[tuple[str, str]] = set()

    def permission(self, request: Request, now: datetime) -> str:
        """Return what the request may do; "" is nothing."""
        # Behind a proxy that ends TLS, WordPress knows by this header only that it was there.
        if request.url.scheme == "https" or request.headers.get("X-Forwarded-Proto") == "https":
            return self._by_pair(request)
        return self._by_signature(request, now)

    def _by_pair(self, request: Request) -> str:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        key = request.query_params.get("consumer_key", "")
        secret = request.query_params.get("consumer_secret", "")
        if kind.lower() == "basic":
            try:
                key, _, secret = base64.b64decode(value).decode().partition(":")
            except (binascii.Error, ValueError):
                return ""
        known, permission = self._pairs.get(key, ("", ""))
        return permission if known and hmac.compare_digest(known.encode(), secret.encode()) else ""

    def _by_signature(self, request: Request, now: datetime) -> str:
        given = _oauth_parameters(request)
        known, permission = self._pairs.get(given.get("oauth_consumer_key", ""), ("", ""))
        if not known or given.get("oauth_signature_method") not in ("HMAC-SHA256", "HMAC-SHA1"):
            return ""
        moment, nonce = given.get("oauth_timestamp", ""), given.get("oauth_nonce", "")
        if not moment.isdecimal() or abs(now.timestamp() - int(moment)) > MINUTES * 60 or not nonce:
            return ""
        if (moment, nonce) in self._nonces:
            return ""
        digest = hashlib.sha256 if given["oauth_signature_method"] == "HMAC-SHA256" else hashlib.sha1
        made = hmac.new(f"{known}&".encode(), _base_string(request, given).encode(), digest).digest()
        if not hmac.compare_digest(base64.b64encode(made).decode(), given.get("oauth_signature", "")):
            return ""
        self._nonces.add((moment, nonce))
        return permission


def _oauth_parameters(request: Request) -> dict[str, str]:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "oauth":
        pairs = (part.strip().partition("=") for part in value.split(","))
        return {name: unquote(text.strip('"')) for name, _, text in pairs}
    return {name: text for name, text in request.query_params.items() if name.startswith("oauth_")}


def _base_string(request: Request, given: dict[str, str]) -> str:
    signed = {name: text for name, text in given.items() if name not in ("oauth_signature", "realm")}
    asked = [pair for pair in parse_qsl(request.url.query, keep_blank_values=True) if not pair[0].startswith("oauth_")]
    pairs = sorted((_escaped(name), _escaped(text)) for name, text in [*asked, *signed.items()])
    address = f"{request.url.scheme}://{request.url.netloc}{request.url.path}"
    joined = "&".join(f"{name}={text}" for name, text in pairs)
    return "&".join([request.method, _escaped(address), _escaped(joined)])


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")
