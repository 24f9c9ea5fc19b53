"""Give and check tokens: client credentials and JWT bearer. A token has no end that its client is told."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.seed import Fields

AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST_ASSERTION = timedelta(minutes=3)


class Tokens:
    """Hold the tokens of one org; `state` keeps them.

    Args:
        certificate: the public key that was uploaded for the app, in PEM; empty without one.
    """

    def __init__(self, state: Fields, environment: dict[str, str], certificate: str) -> None:
        self._state = state
        self._id, self._secret = environment["SALESFORCE_CLIENT_ID"], environment["SALESFORCE_CLIENT_SECRET"]
        self._user = environment["SALESFORCE_USERNAME"]
        self._certificate = certificate

    async def give(self, request: Request, now: datetime) -> Response:
        """Answer POST /services/oauth2/token."""
        asked = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if asked.get("grant_type") == "client_credentials":
            basic = base64.b64encode(f"{self._id}:{self._secret}".encode()).decode()
            named = (asked.get("client_id"), asked.get("client_secret")) == (self._id, self._secret)
            if not named and request.headers.get("authorization") != f"Basic {basic}":
                return _refused("invalid_client", "invalid client credentials")
        elif asked.get("grant_type") == JWT_BEARER:
            if wrong := self._wrong(asked.get("assertion", ""), now):
                return _refused("invalid_grant", wrong)
        else:
            return _refused("unsupported_grant_type", "grant type not supported")
        token = f"00Dxx!{secrets.token_hex(24)}"
        self._state["tokens"][token] = now.isoformat()
        return JSONResponse(
            {
                "access_token": token,
                "instance_url": str(request.base_url).rstrip("/"),
                "id": f"{AUDIENCES[0]}/id/00Dxx/005xx",
                "token_type": "Bearer",
                "issued_at": str(int(now.timestamp() * 1000)),
                "signature": secrets.token_hex(16),
            }
        )

    def known(self, request: Request) -> bool:
        """Tell whether a request carries a token of this org."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind in ("Bearer", "OAuth") and token in self._state["tokens"]

    def _wrong(self, assertion: str, now: datetime) -> str:
        try:
            claims = jwt.decode(assertion, self._certificate, ["RS256"], audience=AUDIENCES, issuer=self._id)
        except (jwt.PyJWTError, ValueError):
            return "invalid assertion"
        if claims.get("exp", 0) > (now + LONGEST_ASSERTION + timedelta(seconds=5)).timestamp():
            return "assertion is valid for too long"
        return "" if claims.get("sub") == self._user else "user hasn't approved this consumer"


def _refused(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, 400)
