"""A server that answers what a real WooCommerce 11.0.1 answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from simulators.frame import Simulator
from simulators.seed import Fields
from tests.support.specs import FOLDER

_REQUEST = re.compile(r"# request:(?: -X (?P<method>[A-Z]+))?.*?http://[^/]+(?P<path>/[^\s?]*)")


class RecordedShop(Simulator):
    """Replay exchanges by method and path."""

    vendor: ClassVar[str] = "woocommerce-recorded"
    environment: ClassVar[dict[str, str]] = {}

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        super().__init__()

    def first_state(self, shop: Fields) -> Fields:
        """Keep nothing."""
        return {}

    def routes(self) -> list[BaseRoute]:
        """Return a route for each exchange."""
        return [self._route(name) for name in self._names]

    @staticmethod
    def _route(name: str) -> Route:
        head, _, body = (FOLDER / "woocommerce" / "recorded" / f"{name}.http").read_text().partition("\n\n")
        first, status, *headers = head.splitlines()
        found = _REQUEST.match(first)
        assert found, first
        kept = dict(line.split(": ", 1) for line in headers if line.startswith(("Content-Type", "X-WP", "Link")))

        async def answer(_request: Request) -> Response:
            return Response(body, int(status.split()[1]), kept)

        return Route(found["path"], answer, methods=[found["method"] or "GET"])
