"""The smallest simulator: notes that can be made and read."""

from __future__ import annotations

import hashlib
import hmac
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from simulators.frame import Simulator
from simulators.seed import Fields


class Toy(Simulator):
    """Keep notes."""

    vendor: ClassVar[str] = "toy"
    environment: ClassVar[dict[str, str]] = {}

    def first_state(self, shop: Fields) -> Fields:
        return {"notes": [shop["orders"][0]["number"]]}

    def routes(self) -> list[BaseRoute]:
        return [Route("/notes", self._notes), Route("/notes", self._add, methods=["POST"])]

    def signed(self, hook: Fields, topic: str, body: bytes) -> dict[str, str]:
        return {"X-Toy": topic, "X-Toy-Signature": hmac.new(hook["secret"].encode(), body, hashlib.sha256).hexdigest()}

    async def _notes(self, _request: Request) -> Response:
        return JSONResponse(self.state["notes"])

    async def _add(self, request: Request) -> Response:
        self.state["notes"].append((await request.json())["text"])
        self.announce("note.made", {"text": self.state["notes"][-1]})
        return JSONResponse({"made": len(self.state["notes"])}, 201)
