"""What a vendor answered: status, headers, and a body that is read as JSON only when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, NoReturn

from bridge.errors import BridgeError, ProtocolError
from bridge.transport.data import Data

_NO_CONTENT = (204, 205)


class Reply:
    """Hold one answer.

    Args:
        what: system, method and path without its values, such as "zendesk: GET tickets/{id}".
        url: where it came from, for links that are relative to it.
        writes: the request may have changed something.
    """

    def __init__(
        self, what: str, url: str, status: int, headers: Mapping[str, str], body: bytes, *, writes: bool = False
    ) -> None:
        self.what = what
        self.url = url
        self.status = status
        self.headers = headers
        self.body = body
        self.writes = writes
        self.error_of: Callable[[Reply], BridgeError] = _unexpected

    def __repr__(self) -> str:
        return f"Reply({self.what}, {self.status})"

    @cached_property
    def data(self) -> Data:
        """Return the body as JSON; numbers with a point are exact decimals, and a reply without content is null.

        Raises:
            ProtocolError: it is no JSON: a page of a proxy, a login form, or half of an answer.
        """
        return Data(self._json(), f"{self.what}: reply")

    def check(self) -> Reply:
        """Return the reply if it is a success.

        Raises:
            BridgeError: the one that its status is.
        """
        if not 200 <= self.status < 300:
            raise self.error_of(self)
        return self

    def _json(self) -> Any:
        if self.status in _NO_CONTENT or not self.body.strip():
            return None
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml"):
            raise ProtocolError(f"{self.what} answered a page of HTML")
        try:
            return json.loads(self.body, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError):
            pass
        raise ProtocolError(f"{self.what} answered something that is no JSON")


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _unexpected(reply: Reply) -> BridgeError:
    return ProtocolError(f"{reply.what} answered {reply.status}")
