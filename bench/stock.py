"""Measure Rasa's own channels, as they come, with the echo behind them: REST and socket.io (bench/gateway.py)."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import websockets

from bench.load_shape import PATIENCE, Shape, evenly, until, words
from bench.processes import cpu_of, memory_kb, python
from tests.support.stack import free_port


@dataclass
class Stock:
    """Collect what was measured: seconds, and the server's numbers by name."""

    rest: list[float] = field(default_factory=list)
    sockets: list[float] = field(default_factory=list)
    lost: int = 0
    numbers: dict[str, str] = field(default_factory=dict)


async def measure(shape: Shape) -> Stock:
    """Say everything once through REST, and once through as many open sockets as there are streams on our side."""
    port, found = free_port(), Stock()
    with python(["-m", "bench.echo", "stock", str(port)]) as process:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
            await until(lambda: http.get("/webhooks/rest/"))
            rest = await cpu_of(process.pid, evenly(shape, lambda: _say_by_rest(http, found)))
            before = memory_kb(process.pid)
            people = [await _Person.connected(f"ws://127.0.0.1:{port}") for _ in range(shape.streams)]
            each_kb = (memory_kb(process.pid) - before) / len(people)
            busy = await cpu_of(process.pid, evenly(shape, lambda: random.choice(people).say(found)))  # a load
            for person in people:
                await person.close()
    found.numbers = {
        "stock REST: CPU": f"{1000 * rest / len(found.rest):.1f} ms a message",
        "stock socket.io: sockets open": f"{len(people)}, {each_kb:.1f} kB each",
        "stock socket.io: CPU": f"{1000 * busy / shape.messages:.1f} ms a message; {found.lost} lost",
    }
    return found


async def _say_by_rest(http: httpx.AsyncClient, found: Stock) -> None:
    began, text = time.perf_counter(), words()
    answer = await http.post("/webhooks/rest/webhook", json={"sender": text, "message": text})
    if answer.json() != [{"recipient_id": text, "text": f"You said: {text}"}]:
        raise SystemExit(f"stock REST answered {answer.text}")
    found.rest.append(time.perf_counter() - began)


class _Person:
    """Stand for one open page on the socket.io channel; by hand, as the library's client wants another aiohttp."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._awaited: dict[str, asyncio.Future[None]] = {}
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def connected(cls, url: str) -> _Person:
        """Open a socket and a session on it."""
        socket = await websockets.connect(f"{url}/socket.io/?EIO=4&transport=websocket", open_timeout=20)
        for sends, wants in (("", "0{"), ("40", "40")):
            if sends:
                await socket.send(sends)
            got = await asyncio.wait_for(socket.recv(), 20)
            if not got.startswith(wants):
                raise SystemExit(f"stock socket.io opened no session: {got[:80]!r}")
        return cls(socket)

    async def say(self, found: Stock) -> None:
        """Say one message and wait for its answer."""
        began, text = time.perf_counter(), words()
        answer = self._awaited[text] = asyncio.get_running_loop().create_future()
        await self._socket.send("42" + json.dumps(["user_uttered", {"message": text}]))
        try:
            await asyncio.wait_for(answer, PATIENCE)
            found.sockets.append(time.perf_counter() - began)
        except asyncio.TimeoutError:
            found.lost += 1

    async def close(self) -> None:
        """Leave."""
        self._listening.cancel()
        await self._socket.close()

    async def _listen(self) -> None:
        async for frame in self._socket:
            if frame == "2":
                await self._socket.send("3")
            elif frame.startswith("42"):
                _name, said = json.loads(frame[2:])
                if waiting := self._awaited.pop(said.get("text", "").removeprefix("You said: "), None):
                    waiting.set_result(None)
