"""Give and check access tokens: client credentials, refresh tokens that work once, and API tokens until they end."""

from __future__ import annotations

import base64
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.seed import Fields

LIFE_SECONDS = 1800
API_TOKENS_END = date(2027, 4, 30)


class Tokens:
    """Hold the tokens of one account; `state` keeps them."""

    def __init__(self, state: Fields, environment: dict[str, str]) -> None:
        self._state = state
        self._client = environment["ZENDESK_CLIENT_ID"], environment["ZENDESK_CLIENT_SECRET"]
        user = f"{environment['ZENDESK_EMAIL']}/token:{environment['ZENDESK_API_TOKEN']}"
        self._basic = base64.b64encode(user.encode()).decode()
        state.setdefault("refresh", {environment["ZENDESK_REFRESH_TOKEN"]: "read write"})

    async def give(self, request: Request, now: datetime) -> Response:
        """Answer POST /oauth/tokens."""
        asked: dict[str, Any] = await request.json()
        if (asked.get("client_id"), asked.get("client_secret")) != self._client:
            return _refused("invalid_client", "Client authentication failed")
        if asked.get("grant_type") == "client_credentials":
            return JSONResponse(self._new(asked.get("scope", "read write"), now))
        if asked.get("grant_type") == "refresh_token":
            # Both tokens of before end here, whoever still holds them.
            scope = self._state["refresh"].pop(asked.get("refresh_token"), None)
            if scope is None:
                return _refused("invalid_grant", "The provided authorization grant is invalid")
            self.expire()
            token = self._new(scope, now)
            refresh = secrets.token_hex(16)
            self._state["refresh"][refresh] = scope
            return JSONResponse({**token, "refresh_token": refresh, "refresh_token_expires_in": 2_592_000})
        return _refused("unsupported_grant_type", "The authorization grant type is not supported")

    def expire(self) -> None:
        """End every access token."""
        self._state["tokens"].clear()

    def scopes(self, request: Request, now: datetime) -> set[str] | None:
        """Return what a request may do, or None where nobody knows who sends it."""
        kind, _, proof = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic" and proof == self._basic and now.date() <= API_TOKENS_END:
            return {"read", "write"}
        token = self._state["tokens"].get(proof) if kind == "Bearer" else None
        if token is None or token["until"] < now.isoformat():
            return None
        return set(token["scope"].split())

    def _new(self, scope: str, now: datetime) -> Fields:
        access = secrets.token_hex(20)
        until = now + timedelta(seconds=LIFE_SECONDS)
        self._state["tokens"][access] = {"scope": scope, "until": until.isoformat()}
        return {"access_token": access, "token_type": "bearer", "scope": scope, "expires_in": LIFE_SECONDS}


def _refused(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, 401 if error == "invalid_client" else 400)
