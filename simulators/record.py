"""Keep what came in, for tests: whole in memory, without secrets where anybody can ask for it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

SHOWN_HEADERS = ("content-type", "idempotency-key", "user-agent")
_SECRET = re.compile("key|secret|token|signature|password|assertion|nonce|code", re.IGNORECASE)


@dataclass(frozen=True)
class Recorded:
    """Hold one request and the status it got; 0 where the connection was cut."""

    at: datetime
    method: str
    path: str
    query: str
    headers: dict[str, str]
    """By lower-case name, all of them."""
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        """Return the body, which must be JSON."""
        return json.loads(self.body)

    def shown(self) -> dict[str, Any]:
        """Return what may be seen from outside this process."""
        return {
            "at": self.at.isoformat(),
            "method": self.method,
            "path": self.path,
            "query": _veiled(dict(parse_qsl(self.query))),
            "headers": {name: self.headers[name] for name in SHOWN_HEADERS if name in self.headers},
            "body": _veiled(self._fields()),
            "status": self.status,
        }

    def _fields(self) -> Any:
        text = self.body.decode(errors="replace")
        try:
            return json.loads(text)
        except ValueError:
            return dict(parse_qsl(text))


def _veiled(value: Any) -> Any:
    if isinstance(value, list):
        return [_veiled(one) for one in value]
    if isinstance(value, dict):
        return {name: "***" if _SECRET.search(name) else _veiled(one) for name, one in value.items()}
    return value
