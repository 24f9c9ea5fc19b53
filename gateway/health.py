"""Say whether the process lives, and whether a message could be answered now."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import httpx
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from gateway.core import Gateway

_KEEP = 1.0
"""Seconds for which an answer holds: anybody may ask, and asking must not become a load on Rasa."""
_SOON = 2.0
"""Seconds that whoever has to go on without them gives the parts to answer."""


class Readiness:
    """Ask the three parts that an answer needs."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.actions_url = f"http://127.0.0.1:{gateway.settings.actions_port}/health"
        self._lock = asyncio.Lock()
        self._checks: dict[str, bool] = {}
        self._at = -_KEEP

    async def checks(self) -> dict[str, bool]:
        """Return for each part whether it answers."""
        async with self._lock:
            if time.monotonic() - self._at >= _KEEP:
                answers = await asyncio.gather(self._database(), self._gateway.rasa.is_ready(), self._action_server())
                self._checks = dict(zip(("database", "rasa", "actions"), answers, strict=True))
                self._at = time.monotonic()
            return self._checks

    async def is_ready(self) -> bool:
        """Tell whether a message could be answered now; what takes long to say so could not."""
        try:
            checks = await asyncio.wait_for(self.checks(), _SOON)
        except asyncio.TimeoutError:
            return False
        return all(checks.values())

    def forget(self) -> None:
        """Ask anew at the next question."""
        self._at = -_KEEP

    async def _database(self) -> bool:
        try:
            await self._gateway.threads.read(self._gateway.desk.sessions.ping)
        except Exception:
            return False
        return True

    async def _action_server(self) -> bool:
        try:
            async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
                return (await client.get(self.actions_url)).status_code == 200
        except httpx.HTTPError:
            return False


async def healthz(_request: Request) -> Response:
    """Say that the process lives."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Say whether everything that an answer needs is there."""
    checks = await _gateway(request).readiness.checks()
    ready = all(checks.values())
    return JSONResponse({"status": "ready" if ready else "not ready", "checks": checks}, 200 if ready else 503)


async def metrics(request: Request) -> Response:
    """Show the numbers of the chat and those of the bridge in this process."""
    gateway = _gateway(request)
    gateway.metrics.queue.set(await gateway.threads.read(gateway.desk.inbox.depth))
    ours = await gateway.threads.read(generate_latest, gateway.desk.registry)  # counts the outbox
    return Response(generate_latest(gateway.metrics.registry) + ours, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


public_routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
internal_routes = [Route("/healthz", healthz), Route("/metrics", metrics)]
