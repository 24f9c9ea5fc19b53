"""What every simulator has: state that outlives it, faults, a record of requests, webhooks, and a control endpoint.

Under /_simulator, for whoever rehearses or tests:

    GET    health
    GET    requests            what came in, without secrets
    PUT    faults              the body is a plan (simulators/faults.py)
    POST   webhooks            {"url", "secret", "topics"?}: tell this address, all topics unless some are named
    POST   records/{number}    change an order or a ticket as the people of the shop would; what depends on the vendor
    POST   reset               back to the first state
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from simulators.faults import Plan
from simulators.front import Pause, answer
from simulators.record import Recorded
from simulators.seed import Fields, seed

KEPT_REQUESTS = 1000
WEBHOOK_SECONDS = 5.0


def utc_now() -> datetime:
    """Return the present."""
    return datetime.now(timezone.utc)


class Simulator:
    """Stand at the root of every simulator; a vendor's own class gives what differs.

    Everything runs in one event loop, so handlers need no locks; they must be `async def`.

    Args:
        clock: what tells the present to tokens and dates.
        state_file: where the state is kept between runs; in memory without it.
        faults: a plan (simulators/faults.py).
    """

    vendor: ClassVar[str]
    """The registry name."""
    environment: ClassVar[dict[str, str]]
    """The credentials it takes, under the names of the variables that the sandbox reads."""
    webhook_secret: ClassVar[str] = ""
    """What the webhooks of the sandbox are signed with; without it there are none."""

    def __init__(
        self, *, clock: Callable[[], datetime] = utc_now, state_file: Path | None = None, faults: str = ""
    ) -> None:
        self.clock = clock
        self.pause: Pause = asyncio.sleep
        """Passes the time of a fault; a test may let a time of its own pass."""
        self.faults = Plan(faults)
        self.requests: deque[Recorded] = deque(maxlen=KEPT_REQUESTS)
        self.deliveries: list[tuple[str, int]] = []
        """Topic of each webhook that was sent, with the status that came back; 0 where nothing came."""
        self._state_file = state_file
        self._subscribed: list[Fields] = []
        self._sender = ThreadPoolExecutor(1, thread_name_prefix=f"{self.vendor}-webhooks")
        self._sending: list[Future[None]] = []
        self.state = self._saved() or self._first()

    def first_state(self, shop: Fields) -> Fields:
        """Return the vendor's records of the demo shop, as what JSON can hold."""
        raise NotImplementedError

    def routes(self) -> list[BaseRoute]:
        """Return the vendor's routes."""
        raise NotImplementedError

    def failure(self, status: int, message: str = "") -> Response:
        """Return the vendor's error body for a status."""
        return JSONResponse({"error": message or f"error {status}"}, status)

    def busy(self, seconds: float) -> Response:
        """Return how the vendor asks for a pause."""
        return Response(status_code=429, headers={"Retry-After": f"{seconds:g}"})

    def errors(self) -> Response:
        """Return how the vendor says with status 200 that it failed; most say so with another one."""
        return self.failure(500)

    def signed(self, hook: Fields, topic: str, body: bytes) -> dict[str, str]:
        """Return the headers of a webhook, its signature among them."""
        raise NotImplementedError

    def change(self, number: str, wanted: Fields) -> bool:
        """Change the record with this number as its shop or team would; tell whether that could be done."""
        return False

    def subscribe(self, url: str) -> None:
        """Tell an address of everything, for as long as this runs."""
        if self.webhook_secret:
            self._subscribed.append({"url": url, "secret": self.webhook_secret})

    def app(self) -> ASGIApp:
        """Return the application; requests must carry a way to cut their connection (simulators/server.py)."""
        inner = Starlette(routes=[Mount("/_simulator", routes=self._control()), *self.routes()])
        inner.add_exception_handler(HTTPException, self._told)

        async def outer(scope: Scope, receive: Receive, send: Send) -> None:
            await answer(self, inner, scope, receive, send)

        return outer

    def announce(self, topic: str, payload: Any) -> None:
        """Send a webhook to everybody who asked for this topic, without waiting for them."""
        body = json.dumps(payload).encode()
        for hook in (*self._subscribed, *self.state["webhooks"]):
            if not hook.get("topics") or topic in hook["topics"]:
                self._sending.append(self._sender.submit(self._deliver, hook, topic, body))

    def settle(self) -> None:
        """Wait until every webhook was sent."""
        wait(self._sending)

    def save(self) -> None:
        """Write the state down, if it is kept."""
        if self._state_file is not None:
            self._state_file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._state_file.with_suffix(".new")
            draft.write_text(json.dumps(self.state), encoding="utf-8")
            draft.replace(self._state_file)

    def reset(self) -> None:
        """Go back to the first state, without faults and without a memory of requests."""
        self.state = self._first()
        self.faults.put("")
        self.requests.clear()
        self.save()

    def close(self) -> None:
        """Send what is still to be sent, and stop."""
        self._sender.shutdown()

    def _first(self) -> Fields:
        return {"webhooks": [], **self.first_state(seed(self.clock().date()))}

    def _saved(self) -> Fields | None:
        if self._state_file is None or not self._state_file.exists():
            return None
        read: Fields = json.loads(self._state_file.read_text(encoding="utf-8"))
        return read

    async def _told(self, _request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return self.failure(error.status_code, error.detail)

    def _deliver(self, hook: Fields, topic: str, body: bytes) -> None:
        headers = {"Content-Type": "application/json", **self.signed(hook, topic, body)}
        try:
            status = httpx.post(hook["url"], content=body, headers=headers, timeout=WEBHOOK_SECONDS).status_code
        except httpx.HTTPError:
            status = 0
        self.deliveries.append((topic, status))

    def _control(self) -> list[BaseRoute]:
        async def health(_request: Request) -> Response:
            return JSONResponse({"vendor": self.vendor})

        async def requests(_request: Request) -> Response:
            return JSONResponse([one.shown() for one in self.requests])

        async def faults(request: Request) -> Response:
            try:
                self.faults.put((await request.body()).decode())
            except ValueError as error:
                return PlainTextResponse(str(error), 422)
            return Response(status_code=204)

        async def webhooks(request: Request) -> Response:
            self.state["webhooks"].append(await request.json())
            return Response(status_code=204)

        async def records(request: Request) -> Response:
            done = self.change(request.path_params["number"], await request.json())
            self.save()
            return Response(status_code=204 if done else 422)

        async def reset(_request: Request) -> Response:
            self.reset()
            return Response(status_code=204)

        return [
            Route("/health", health),
            Route("/requests", requests),
            Route("/faults", faults, methods=["PUT"]),
            Route("/webhooks", webhooks, methods=["POST"]),
            Route("/records/{number}", records, methods=["POST"]),
            Route("/reset", reset, methods=["POST"]),
        ]
