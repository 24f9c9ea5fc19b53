"""Measure one gateway process with 1,000 open event streams and 50 messages a second, beside Rasa's own channels.

Both sides only echo (bench/echo.py), so that what is measured is the front door and not what stands behind it: ours
stores every message before it acknowledges it, forwards it, takes the answer as a callback, logs it and streams it; the
stock channels (REST, and socket.io with as many open sockets) call their agent and answer. Each part is a process of
its own. Processor time is counted beside the clock, because a busy machine changes it least. Ends with 1 where a target
is missed or a message is lost.

Usage: python -m bench.gateway [--streams 1000] [--rate 50] [--seconds 20] [--database URL]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml

from bench.echo import SECRET
from bench.load_shape import PATIENCE, Shape, evenly, ms, until, words
from bench.processes import cpu_of, memory_kb, python, raise_open_files
from bench.stock import measure
from bridge.storage.engine import migrate, open_engine
from tests.support.stack import ROOT, free_port

ACKNOWLEDGED_P95_MS = 50


@dataclass
class Conversation:
    """Hold one person's end: a token, an open stream, and what is awaited on it."""

    headers: dict[str, str]
    awaited: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    after: int = 0
    wrong: int = 0
    """Answers that nobody awaits: said twice, or another's."""

    async def listen(self, host: str, port: int) -> asyncio.StreamWriter:
        """Open the stream with as little work as can be: the client shares the machine."""
        reader, writer = await asyncio.open_connection(host, port)
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        writer.write(f"GET /chat/events?after={self.after} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode())
        head = await reader.readuntil(b"retry: 2000\n\n")
        if b" 200 " not in head.splitlines()[0]:
            raise SystemExit(f"a stream was refused: {head!r}")
        self.reading = asyncio.create_task(self._read(reader))
        return writer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if line.startswith(b"data: ") and b'"bot"' in line:
                now, event = time.perf_counter(), json.loads(line[6:])
                waiting = self.awaited.pop(event["text"].removeprefix("You said: "), None)
                if waiting is None:
                    self.wrong += 1
                elif not waiting.done():
                    waiting.set_result(now)


@dataclass
class Found:
    """Collect what was measured, in seconds."""

    acknowledged: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    lost: int = 0


async def main() -> int:
    """Measure both sides, print, and judge."""
    chosen = _chosen()
    shape = Shape(chosen.streams, chosen.rate, chosen.seconds)
    raise_open_files(chosen.streams * 2 + 500)
    print(f"load average before: {os.getloadavg()[0]:.1f}, cores: {os.cpu_count()}")
    with tempfile.TemporaryDirectory() as folder:
        ours, numbers = await _ours(shape, Path(folder), chosen.database)
    stock = await measure(shape)
    print(f"load average after: {os.getloadavg()[0]:.1f}\n")
    print(f"{'':44} {'p50 ms':>8} {'p95 ms':>8}")
    for name, seconds in (
        ("Frontdesk: sent until acknowledged (stored)", ours.acknowledged),
        ("Frontdesk: sent until the answer is streamed", ours.delivered),
        ("stock REST: sent until answered", stock.rest),
        ("stock socket.io: sent until answered", stock.sockets),
    ):
        print(f"{name:44} {ms(seconds, 0.5):8.1f} {ms(seconds, 0.95):8.1f}")
    ratio = ms(ours.delivered, 0.95) / ms(stock.rest, 0.95)
    print(f"ratio of the p95: Frontdesk's whole way : stock REST = {ratio:.1f}\n")
    for name, value in {**numbers, **stock.numbers}.items():
        print(f"{name:44} {value}")
    missed = ms(ours.acknowledged, 0.95) > ACKNOWLEDGED_P95_MS
    print(f"target: acknowledged p95 <= {ACKNOWLEDGED_P95_MS} ms: {'MISSED' if missed else 'met'}; lost: {ours.lost}")
    return int(missed or ours.lost > 0)


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=50, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--database", help="of its own and empty; a SQLite file unless given")
    return parser.parse_args()


async def _ours(shape: Shape, folder: Path, database: str | None) -> tuple[Found, dict[str, str]]:
    with _gateway(folder, shape, database) as (url, process):
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
            await until(lambda: http.get("/healthz"))
            people = [Conversation(await _session(http)) for _ in range(shape.streams)]
            await _warm_up(http, people[:20])
            before = memory_kb(process.pid)
            writers = [await person.listen(http.base_url.host, http.base_url.port or 80) for person in people]
            streams_kb = memory_kb(process.pid) - before
            idle = await cpu_of(process.pid, asyncio.sleep(5))
            found = Found()
            busy = await cpu_of(process.pid, evenly(shape, lambda: _message(http, random.choice(people), found)))
            at_the_end = memory_kb(process.pid)
            for writer in writers:
                writer.close()
    if doubled := sum(person.wrong for person in people):
        raise SystemExit(f"{doubled} answers were said twice or to the wrong person")
    sent = len(found.acknowledged)
    return found, {
        "streams open": str(len(writers)),
        "memory of the gateway before, per stream": f"{before / 1024:.0f} MB, {streams_kb / len(writers):.1f} kB",
        "memory of the gateway at the end": f"{at_the_end / 1024:.0f} MB",
        "CPU with idle streams": f"{100 * idle / 5:.1f} % of a core",
        "CPU under load": f"{100 * busy / shape.seconds:.0f} % of a core, {1000 * busy / sent:.1f} ms a message",
        "messages": f"{sent} in {shape.seconds:.0f} s",
    }


async def _session(http: httpx.AsyncClient) -> dict[str, str]:
    answer = (await http.post("/chat/session", json={})).raise_for_status().json()
    return {"Authorization": f"Bearer {answer['token']}"}


async def _warm_up(http: httpx.AsyncClient, people: list[Conversation]) -> None:
    """Let some people talk before anything is measured, and wait until each has an answer."""
    for person in people:
        message = {"id": str(uuid.uuid4()), "text": "hello"}
        (await http.post("/chat/messages", json=message, headers=person.headers)).raise_for_status()
        while person.after < 2:
            events = (await http.get("/chat/history", headers=person.headers)).json()["events"]
            person.after = events[-1]["seq"]


async def _message(http: httpx.AsyncClient, person: Conversation, found: Found) -> None:
    text, answer = words(), asyncio.get_running_loop().create_future()
    person.awaited[text] = answer
    began = time.perf_counter()
    response = await http.post("/chat/messages", json={"id": str(uuid.uuid4()), "text": text}, headers=person.headers)
    if response.status_code != httpx.codes.ACCEPTED:
        raise SystemExit(f"a message was refused: {response.text}")
    found.acknowledged.append(time.perf_counter() - began)
    try:
        found.delivered.append(await asyncio.wait_for(answer, PATIENCE) - began)
    except asyncio.TimeoutError:
        found.lost += 1


@contextlib.contextmanager
def _gateway(folder: Path, shape: Shape, database: str | None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a gateway with wide rates, and its Rasa."""
    content = yaml.safe_load((ROOT / "deployments" / "demo.yml").read_text(encoding="utf-8"))
    rates = [
        f"{whose}_per_minute"
        for whose in ("messages", "client_messages", "sessions", "total_messages", "total_sessions")
    ]
    content["chat"] = {**content.get("chat", {}), **dict.fromkeys(rates, 10**6), "streams": shape.streams + 100}
    (folder / "deployment.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    ports = {name: str(free_port()) for name in ("PORT", "INTERNAL_PORT", "RASA_PORT")}
    environment = {
        **os.environ,
        **ports,
        "ACTIONS_PORT": "1",
        "DATABASE_URL": database or f"sqlite:///{folder / 'bench.db'}",
        "DEPLOYMENT": str(folder / "deployment.yml"),
        "FRONTDESK_SECRET": "a-secret-of-at-least-32-bytes-for-this",
        "FRONTDESK_INTERNAL_SECRET": SECRET,
    }
    engine = open_engine(environment["DATABASE_URL"])
    migrate(engine)
    engine.dispose()
    callback = f"http://127.0.0.1:{ports['INTERNAL_PORT']}/internal/rasa/callback"
    with (
        python(["-m", "bench.echo", "rasa", ports["RASA_PORT"], callback]),
        python(["-m", "gateway"], environment) as process,
    ):
        yield f"http://127.0.0.1:{ports['PORT']}", process


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
