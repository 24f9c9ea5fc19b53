"""Take the webhooks of systems: POST /hooks/{system}, on the public port because vendors call from anywhere."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.events.hooks import Taken
from gateway.chat.requests import read_body
from gateway.core import gateway_of

BODY_LIMIT = 1024 * 1024
"""An order with hundreds of lines has some hundred kilobytes."""


async def take(request: Request) -> Response:
    """Store a delivery and answer at once: vendors wait for a few seconds, and send again for hours."""
    gateway, system = gateway_of(request), request.path_params["system"]
    if system not in gateway.desk.hooks.systems:
        raise HTTPException(404)
    if gateway.hook_bodies.locked():
        # The port is public: strangers must not fill the memory with bodies that turn out not to be signed.
        return Response(status_code=503, headers={"Retry-After": "5"})
    async with gateway.hook_bodies:
        body = await read_body(request, BODY_LIMIT)
    taken = await gateway.threads.write(gateway.desk.hooks.take, system, dict(request.headers), body)
    # Without a word on what was wrong: whoever tries signatures learns nothing.
    return Response(status_code=401 if taken is Taken.FORGED else 200)


routes = [Route("/hooks/{system}", take, methods=["POST"])]
