"""How a request proves who we are, where the proof does not change: keys, passwords, signatures.

A kind of authentication is an `Auth`: it gives a credential for a request, and another one when that was refused.
With two live keys (one is being replaced by the other) a refused one is answered with the other, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from requests_oauthlib import OAuth1


class Auth(Protocol):
    """Give credentials for requests to one vendor; used by many threads."""

    def credential(self) -> AuthBase:
        """Return what to sign the next request with.

        Raises:
            BridgeError: there is none now.
        """

    def instead_of(self, refused: AuthBase) -> AuthBase | None:
        """Return another credential after one was refused with 401, or None where there is no other."""


class Header(AuthBase):
    """Put a key or a token into a header; with the defaults, as a bearer token."""

    def __init__(self, value: str, header: str = "Authorization", prefix: str = "Bearer ") -> None:
        self._header = header
        self._value = prefix + value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers[self._header] = self._value
        return request


def basic(user: str, password: str) -> AuthBase:
    """Return HTTP Basic authentication; UTF-8, where requests itself would take Latin-1."""
    return HTTPBasicAuth(user.encode(), password.encode())


def oauth1(key: str, secret: str) -> AuthBase:
    """Return one-legged OAuth 1.0a, which signs each request instead of sending the secret."""
    signing: AuthBase = OAuth1(key, client_secret=secret, signature_method="HMAC-SHA256")
    return signing


class Fixed:
    """Hold credentials that do not change by themselves.

    Args:
        credentials: the current one first; a second one while they are being replaced.
    """

    def __init__(self, credentials: Sequence[AuthBase]) -> None:
        self._credentials = list(credentials)

    def credential(self) -> AuthBase:
        """Return the one that worked last."""
        return self._credentials[0]

    def instead_of(self, refused: AuthBase) -> AuthBase | None:
        """Return the other one, and begin with it from now on."""
        others = [one for one in self._credentials if one is not refused]
        if not others:
            return None
        self._credentials = [*others, refused]
        return others[0]
