"""Measure a fast lookup end to end: chat API in, bot message out of the event stream; beside it bare Rasa over REST.

The same model, the same action server and the same database answer both. Each message opens a conversation of its own
and carries number and e-mail, so that one message is one lookup. The stages are told by the rows that the message
leaves: its receipt, its dispatch to Rasa, and the bot message in the log.

Usage: python -m bench.turn [--users 1 8 32] [--messages 64]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
import yaml

from bridge.storage.chat import chat_events, inbox
from bridge.storage.engine import reading
from tests.support.stack import ROOT, Stack, free_port

TEXT = "track order 1001, my e-mail is ana.ruiz@example.test"
Stages = dict[str, list[float]]


async def main() -> None:
    """Start both, print a table for each number of users."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--messages", type=int, default=64, help="of all users together")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, frontdesk(Path(folder)) as stack, bare_rasa(stack) as rest:
        async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
            await until_up(http, rest)
            for _ in range(3):  # nothing is measured before both are warm
                await through_the_gateway(http, stack, {})
                await through_rest(http, rest, {})
            print(f"{'users':>5}  {'stage':34} {'p50 ms':>8} {'p95 ms':>8}")
            for users in chosen.users:
                load = os.getloadavg()[0]
                ours, bare = Stages(), Stages()
                await share(users, chosen.messages, lambda found=ours: through_the_gateway(http, stack, found))
                await share(users, chosen.messages, lambda found=bare: through_rest(http, rest, found))
                show(users, {**ours, **bare})
                print(f"       load average {load:.1f}")


async def share(users: int, messages: int, work: Callable[[], Awaitable[None]]) -> None:
    """Let users send messages, each one after the other."""

    async def user() -> None:
        for _ in range(max(1, messages // users)):
            await work()

    await asyncio.gather(*(user() for _ in range(users)))


async def through_the_gateway(http: httpx.AsyncClient, stack: Stack, found: Stages) -> None:
    """Send one message, wait for its answer in the stream, and add what each stage took."""
    address = {"X-Forwarded-For": f"10.{uuid.uuid4().int % 250}.{uuid.uuid4().int % 250}.9"}
    session = (await http.post(f"{stack.url}/chat/session", json={}, headers=address)).json()
    headers = {**address, "Authorization": f"Bearer {session['token']}"}
    async with http.stream("GET", f"{stack.url}/chat/events", headers=headers) as events:
        sent = time.time()
        body = {"id": str(uuid.uuid4()), "text": TEXT}
        (await http.post(f"{stack.url}/chat/messages", json=body, headers=headers)).raise_for_status()
        acknowledged = time.time()
        async for line in events.aiter_lines():
            if line.startswith("data: ") and json.loads(line[6:]).get("type") == "bot":
                break
        heard = time.time()
    received, dispatched, answered = await asyncio.to_thread(times, stack, session["conversation"])
    for stage, seconds in {
        "Frontdesk, all of it": heard - sent,
        "  until acknowledged (202)": acknowledged - sent,
        "  stored until given to Rasa": dispatched - received,
        "  Rasa, action, system, until stored": answered - dispatched,
        "  stored until in the stream": heard - answered,
    }.items():
        found.setdefault(stage, []).append(seconds)


def times(stack: Stack, conversation: str) -> tuple[float, float, float]:
    """Return when a conversation's only message was stored, dispatched and answered."""
    bot = sa.and_(chat_events.c.inbox_id == inbox.c.id, chat_events.c.type == "bot")
    wanted = sa.select(inbox.c.received_at, inbox.c.dispatched_at, sa.func.min(chat_events.c.at))
    wanted = wanted.join(chat_events, bot).where(inbox.c.conversation_id == conversation)
    with reading(ENGINES.setdefault(stack.database_url, stack.engine())) as connection:
        row: Any = connection.execute(wanted.group_by(inbox.c.id)).one()
    moments: list[datetime] = list(row)
    return moments[0].timestamp(), moments[1].timestamp(), moments[2].timestamp()


ENGINES: dict[str, sa.engine.Engine] = {}


async def through_rest(http: httpx.AsyncClient, rest: str, found: Stages) -> None:
    """Send one message to Rasa's own REST channel, which answers when the turn is over."""
    began = time.time()
    message = {"sender": str(uuid.uuid4()), "message": TEXT}
    answer = (await http.post(f"{rest}/webhooks/rest/webhook", json=message)).json()
    if not answer:
        raise SystemExit("bare Rasa said nothing")
    found.setdefault("bare Rasa, REST", []).append(time.time() - began)


def show(users: int, stages: Stages) -> None:
    """Print one table."""
    for stage, seconds in stages.items():
        ordered = sorted(seconds)
        p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        print(f"{users:>5}  {stage:34} {statistics.median(ordered) * 1000:8.0f} {p95 * 1000:8.0f}")


@contextlib.contextmanager
def frontdesk(folder: Path) -> Iterator[Stack]:
    """Run our three processes."""
    stack = Stack(folder)
    stack.start()
    try:
        yield stack
    finally:
        stack.stop()


@contextlib.contextmanager
def bare_rasa(stack: Stack) -> Iterator[str]:
    """Run a second Rasa with the REST channel and our action server."""
    endpoints = yaml.safe_load((stack.folder / "endpoints.yml").read_text(encoding="utf-8"))
    endpoints["tracker_store"] = {"type": "SQL", "dialect": "sqlite", "db": str(stack.folder / "bare.db")}
    files = {"bare-endpoints.yml": endpoints, "bare-credentials.yml": {"rest": None}}
    for name, content in files.items():
        (stack.folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    port = free_port()
    command = ["-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port)]
    command += ["--model", "models/frontdesk.tar.gz", "--credentials", str(stack.folder / "bare-credentials.yml")]
    command += ["--endpoints", str(stack.folder / "bare-endpoints.yml")]
    with (stack.folder / "bare.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=log, stderr=log)  # noqa: S603  # rasa
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


async def until_up(http: httpx.AsyncClient, rest: str) -> None:
    """Wait until bare Rasa answers."""
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if (await http.get(f"{rest}/webhooks/rest/")).status_code == httpx.codes.OK:
                return
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(main())
