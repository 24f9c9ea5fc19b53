"""Stand before the real server with the faults of the simulators."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import requests
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.frame import Simulator
from simulators.seed import Fields

_PASSED_ON = ("Authorization", "Content-Type", "Accept", "User-Agent")
_PATIENCE = 60


class Proxy(Simulator):
    """Pass on what the plan of faults lets through."""

    vendor = "request_tracker"
    environment: ClassVar[dict[str, str]] = {}

    def __init__(self, target: str) -> None:
        self._target = target
        super().__init__()

    def first_state(self, shop: Fields) -> Fields:
        """Return nothing: the records are in the server."""
        return {}

    def routes(self) -> list[BaseRoute]:
        """Return what leads everywhere."""
        return [Route("/{path:path}", self._pass_on, methods=["GET", "POST", "PUT"])]

    def failure(self, status: int, message: str = "") -> Response:
        """Return an error as RT's REST 2 tells it."""
        return JSONResponse({"message": message or f"error {status}"}, status)

    async def _pass_on(self, request: Request) -> Response:
        answer = await asyncio.to_thread(
            requests.request,
            request.method,
            f"{self._target}{request.url.path}?{request.url.query}",
            headers={name: request.headers[name] for name in _PASSED_ON if name in request.headers},
            data=await request.body(),
            timeout=_PATIENCE,
        )
        return Response(answer.content, answer.status_code, {"Content-Type": answer.headers["Content-Type"]})
