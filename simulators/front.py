"""Stand before a simulator's routes: write down what came in, and let faults befall it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.faults import AFTERWARDS, STATUS, Rule
from simulators.record import Recorded

if TYPE_CHECKING:
    from simulators.frame import Simulator

ABORT = "simulators.abort"
"""In the scope of a connection: cuts it (simulators/server.py puts it there)."""
Pause = Callable[[float], Awaitable[object]]
"""Lets so many seconds pass."""
HUGE = 50_000_000
DRIPS = 20
_PAGE = "<!doctype html><title>Just a moment</title><h1>Please wait</h1>"


@dataclass(frozen=True)
class Reply:
    """Hold a whole answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def answer(simulator: Simulator, inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request, or fail as the plan says."""
    request = Request(scope, receive)
    body = await request.body()
    if request.url.path.startswith("/_simulator/"):
        await _send(await _ask(inner, scope, body), send)
        return
    # Read before anything is written down: the body of a GraphQL request holds most of what tells it apart.
    rule = simulator.faults.fault_of(request.method, request.url.path, f"{request.url.query} {body.decode('latin-1')}")
    reply = await _failing(simulator, rule, lambda: _ask(inner, scope, body))
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    status = reply.status if reply else 0
    simulator.requests.append(
        Recorded(simulator.clock(), request.method, request.url.path, request.url.query, headers, body, status)
    )
    if request.method != "GET":
        simulator.save()
    if reply is None:
        scope[ABORT]()
    elif rule is not None and rule.fault == "reset_in_answer":
        await _send(replace(reply, body=reply.body[: len(reply.body) // 2]), send, whole=False)
        scope[ABORT]()
    else:
        drips = rule.number if rule is not None and rule.fault == "slow_drip" else 0
        await _send(reply, _slowly(send, simulator.pause, drips) if drips else send)


async def _failing(simulator: Simulator, rule: Rule | None, work: Callable[[], Any]) -> Reply | None:
    """Return the answer that a rule lets through, or None where the connection is to be cut."""
    fault = rule.fault if rule else "none"
    if fault == "hang" and rule:
        await simulator.pause(rule.number)
    if fault in ("hang", "reset"):
        return None
    if fault == "errors":
        return _whole(simulator.errors())
    if fault == "429":
        return _whole(simulator.busy(rule.number if rule else 0))
    if STATUS.fullmatch(fault):
        return _whole(simulator.failure(int(fault)))
    if fault == "delay" and rule:
        await simulator.pause(rule.number)
    reply: Reply = await work()
    return _spoilt(fault, reply) if fault in AFTERWARDS else reply


def _spoilt(fault: str, reply: Reply) -> Reply | None:
    if fault == "reset_after_write":
        return None
    if fault in ("html", "502_after_write"):
        return _whole(HTMLResponse(_PAGE, 502 if fault == "502_after_write" else 200))
    if fault == "truncated_json":
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    if fault in _SPOILT_VALUES:
        spoilt = _each(json.loads(reply.body or b"null"), _SPOILT_VALUES[fault])
        return replace(reply, body=json.dumps(spoilt).encode())
    if fault == "huge_body":
        return replace(reply, body=b'{"padding": "' + b"x" * HUGE + b'"}')
    return reply


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return JSON of the same shape with other values in it."""
    if isinstance(value, list):
        return [_each(one, change) for one in value]
    if isinstance(value, dict):
        return {name: _each(one, change) for name, one in value.items()}
    return change(value)


def _of_another_type(value: Any) -> Any:
    return {"was": value} if isinstance(value, str) else [value]


_SPOILT_VALUES: dict[str, Callable[[Any], Any]] = {"nulls": lambda _: None, "wrong_types": _of_another_type}


def _whole(response: Response) -> Reply:
    return Reply(response.status_code, list(response.raw_headers), bytes(response.body))


async def _ask(inner: ASGIApp, scope: Scope, body: bytes) -> Reply:
    """Let the vendor's routes answer and return what they said."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    await inner(dict(scope), receive, send)
    start = next(message for message in said if message["type"] == "http.response.start")
    parts = [message.get("body", b"") for message in said if message["type"] == "http.response.body"]
    return Reply(start["status"], list(start["headers"]), b"".join(parts))


async def _send(reply: Reply, send: Send, whole: bool = True) -> None:
    """Send an answer, or with the promise of more than there is, where a fault wants that."""
    length = len(reply.body) if whole else 2 * len(reply.body) + 1
    headers = [(name, value) for name, value in reply.headers if name.lower() != b"content-length"]
    if reply.status != 204:
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": not whole})


def _slowly(send: Send, pause: Pause, seconds: float) -> Send:
    """Return what sends a body drop by drop."""

    async def drip(message: Message) -> None:
        body = message.get("body", b"")
        parts = range(0, len(body), len(body) // DRIPS + 1)
        for start in parts:
            await pause(seconds / len(parts))
            await send({**message, "body": body[start : start + parts.step], "more_body": True})
        await send({**message, "body": b""} if parts else message)

    return drip
