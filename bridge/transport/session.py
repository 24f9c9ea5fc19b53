"""One session per vendor and credential: what an adapter talks through."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

import requests
import structlog
from requests.auth import AuthBase

from bridge.errors import BridgeError, CredentialsError, ProtocolError
from bridge.storage.types import Clock, utc_now
from bridge.transport.auth import Auth
from bridge.transport.data import Data
from bridge.transport.reply import Reply
from bridge.transport.statuses import Vendor, error_of
from bridge.transport.wire import Request, Wire

_log = structlog.get_logger(__name__)
_READS = ("GET", "HEAD")
_TALKATIVE = ("urllib3.connection", "urllib3.connectionpool", "oauthlib", "requests_oauthlib")
"""At debug they log addresses with queries, keys and signatures; the first does so too when it warns of odd headers."""

Params = Mapping[str, str | int | Collection[str | int] | None]


class Session:
    """Send requests to one vendor with one credential; any number of threads may use it."""

    def __init__(self, vendor: Vendor, wire: Wire, auth: Auth, now: Clock = utc_now) -> None:
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.ERROR)
        self.vendor = vendor
        self._wire = wire
        self._auth = auth
        self._now = now

    def __repr__(self) -> str:
        return f"Session({self.vendor.name})"

    def get(self, path: str, *, params: Params | None = None, **values: Any) -> Reply:
        """Ask for something."""
        return self.send("GET", path, params=params, **values)

    def post(self, path: str, *, json: object = None, params: Params | None = None, **values: Any) -> Reply:
        """Make something."""
        return self.send("POST", path, json=json, params=params, **values)

    def put(self, path: str, *, json: object = None, params: Params | None = None, **values: Any) -> Reply:
        """Change something."""
        return self.send("PUT", path, json=json, params=params, **values)

    def patch(self, path: str, *, json: object = None, params: Params | None = None, **values: Any) -> Reply:
        """Change a part of something."""
        return self.send("PATCH", path, json=json, params=params, **values)

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        reads: bool = False,
        accept: Collection[int] = (),
        **values: Any,
    ) -> Reply:
        """Send a request and return the reply.

        Args:
            path: fixed text with `{names}`, under the address of the deployment; from its host with a leading "/".
            params: the query; None leaves one out.
            data: fields of a form, instead of JSON.
            reads: it changes nothing although its method says so.
            accept: statuses to return beside the successes; `reply.check()` raises what they are.
            values: what the names in the path stand for; they are quoted.

        Raises:
            BridgeError: the one that the status is in the vendor's table, or what befell the request on its way.
        """
        url = self._wire.address.to(path, values)
        # Written out here: requests would look for the kind of a mapping first, which costs more than writing it.
        query = urlencode({name: value for name, value in (params or {}).items() if value is not None}, doseq=True)
        asked = requests.Request(method, url, headers=dict(headers or {}), params=query)
        if json is not None:
            asked.json = json
        elif data is not None:
            asked.data = dict(data)
        writes = not reads and method not in _READS
        request = Request(f"{self.vendor.name}: {method} {path}", self._wire.prepare(asked), writes)
        return self._checked(self._exchange(request), accept)

    def follow(self, reply: Reply, link: str) -> Reply:
        """Ask for what a link in a reply leads to, such as the next page.

        Raises:
            ProtocolError: it leads to another host.
        """
        what = f"{reply.what} (next)" if not reply.what.endswith("(next)") else reply.what
        url, refusal = "", None
        try:
            url = self._wire.address.follow(reply.url, link)
        except ProtocolError as error:
            refusal = ProtocolError(f"{reply.what}: {error}")
        if refusal:
            raise refusal
        return self._checked(self._exchange(Request(what, self._wire.prepare(requests.Request("GET", url)), False)))

    def graphql(self, path: str, query: str, variables: Mapping[str, Any], *, reads: bool) -> Data:
        """Ask by GraphQL and return its `data`; errors come with status 200 and are raised all the same."""
        reply = self.send("POST", path, json={"query": query, "variables": dict(variables)}, reads=reads)
        if list(reply.data.each("errors")):
            raise self._error_of(reply)
        return reply.data["data"]

    def error(self, reply: Reply) -> BridgeError:
        """Return the error that a reply is, also one with status 200: by the word that the vendor's `trouble` reads."""
        return self._error_of(reply)

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def _exchange(self, request: Request) -> Reply:
        credential = self._auth.credential()
        reply = self._wire.exchange(request, credential)
        if reply.status != 401:
            return reply
        # Nothing was done, so that a write may be sent again; once, with other credentials.
        other: AuthBase | None = self._auth.instead_of(credential)
        return reply if other is None else self._wire.exchange(request, other)

    def _checked(self, reply: Reply, accept: Collection[int] = ()) -> Reply:
        reply.error_of = self._error_of
        return reply if reply.status in accept else reply.check()

    def _error_of(self, reply: Reply) -> BridgeError:
        error = error_of(reply, self.vendor, self._now())
        told = reply.headers.get("X-Request-Id", "")
        trace = told if told.isascii() and told.isprintable() and len(told) <= 80 else ""
        tell = _log.warning if isinstance(error, (CredentialsError, ProtocolError)) else _log.info
        tell("vendor_refused", request=reply.what, status=reply.status, error=type(error).__name__, trace=trace)
        return error
