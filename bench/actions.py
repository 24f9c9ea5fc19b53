"""Compare our action server with the blocking action of most Rasa examples, on a backend that takes 2 s, in one run.

Both servers are real processes behind rasa-sdk and ask the same slow HTTP server. 32 users ask at once; meanwhile
/health is asked every 50 ms. Then 500 users ask ours at once, and each follows its turn as Rasa would: the first
answer, then `action_await`. The last line is the ratio of the throughputs.

Usage: python -m bench.actions [--users 32] [--rounds 3] [--crowd 500]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from bridge.conversation.inbox import Inbox
from bridge.conversation.sessions import Sessions
from bridge.storage.engine import migrate, open_engine

ROOT = Path(__file__).resolve().parent.parent
BACKEND_SECONDS = 2.0
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))

DOMAIN_TEXT = json.dumps(DOMAIN)


@dataclass
class Server:
    """Hold one action server."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def megabytes(self) -> float:
        """Return what it holds in memory now."""
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def threads(self) -> int:
        """Return how many threads it has now."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))


@dataclass
class Health:
    """Hold how long /health took, in milliseconds, and what the process was like meanwhile."""

    milliseconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        ordered = sorted(self.milliseconds)
        return f"/health p50 {statistics.median(ordered):.0f} ms, p95 {_quantile(ordered, 0.95):.0f} ms, " + (
            f"slowest {ordered[-1]:.0f} ms of {len(ordered)}"
        )


class Users:
    """Send messages as the gateway does, so that each action finds its turn."""

    def __init__(self, database_url: str) -> None:
        self._engine = open_engine(database_url)
        migrate(self._engine)
        self._inbox = Inbox(self._engine)
        self._sessions = Sessions(self._engine, "s" * 32)
        self._messages = 0

    def ask(self, count: int) -> list[str]:
        """Put as many messages in flight, each of a conversation of its own."""
        opened = []
        for number in range(count):
            self._messages += 1
            opened.append(self._sessions.open("en", f"10.0.{number // 250}.{number % 250}"))
            self._inbox.receive_text(opened[-1], str(self._messages), "where is my order")
        for conversation in opened:
            waiting = self._inbox.oldest(conversation)
            assert waiting is not None  # stored two lines above
            self._inbox.claim(waiting.id)
        return opened


async def main() -> None:
    """Run both, print the table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3, help="of ours; the blocking one needs a minute for one")
    parser.add_argument("--crowd", type=int, default=500)
    chosen = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, slow_shop() as shop:
        environment = _environment(Path(folder), shop)
        users = Users(environment["DATABASE_URL"])
        async with server(["-m", "bench.slow.adapter"], environment) as ours:
            await ours_at_once(ours, users, 1)  # connections, pools and tables are warm for both
            mine = await rate(ours, lambda: users.ask(chosen.users), chosen.rounds)
            await crowd(ours, users, chosen.crowd)
        demo = ["-m", "rasa_sdk", "--actions", "bench.slow.demo", "--port", environment["ACTIONS_PORT"]]
        async with server(demo, environment) as theirs:
            other = await rate(theirs, lambda: [str(number) for number in range(chosen.users)], 1)
    print(f"\n{chosen.users} users, a backend of {BACKEND_SECONDS:.0f} s, load average {load:.1f} before:")
    for name, (per_second, health) in {"ours": mine, "blocking requests": other}.items():
        print(f"  {name:18} {per_second:6.2f} lookups/s   {health}")
    print(f"ratio: {mine[0] / other[0]:.1f}")


async def ours_at_once(ours: Server, users: Users, count: int) -> None:
    """Ask as many at once and wait for all."""
    async with client() as http:
        await asyncio.gather(*(call(http, ours, "action_track_order", each) for each in users.ask(count)))


async def rate(asked: Server, in_flight: Callable[[], list[str]], rounds: int) -> tuple[float, Health]:
    """Return lookups per second, all users of a round at once, and how /health was meanwhile."""
    seconds, count, health = 0.0, 0, Health()
    async with client() as http:
        for _ in range(rounds):
            senders = in_flight()
            async with watched(asked, health):
                began = time.monotonic()
                await asyncio.gather(*(call(http, asked, "action_track_order", sender) for sender in senders))
                seconds += time.monotonic() - began
            count += len(senders)
    return count / seconds, health


async def crowd(ours: Server, users: Users, count: int) -> None:
    """Let a crowd ask at once, and print what each heard and when."""
    before, health = ours.megabytes, Health()
    senders = users.ask(count)
    async with client() as http, watched(ours, health):
        began = time.monotonic()
        turns = await asyncio.gather(*(turn(http, ours, sender, began) for sender in senders))
    firsts, ends = sorted(first for first, _, _ in turns), sorted(end for _, end, _ in turns)
    heard = ", ".join(f"{times} x {response}" for response, times in Counter(last for *_, last in turns).most_common())
    print(f"{count} users at once:")
    print(f"  first answer p50 {statistics.median(firsts):.1f} s, last {firsts[-1]:.1f} s")
    print(f"  outcome p50 {statistics.median(ends):.1f} s, last {ends[-1]:.1f} s: {heard}")
    grown = max(health.megabytes) - before
    print(
        f"  memory {before:.0f} MB before, {max(health.megabytes):.0f} MB at most: {grown / count * 1000:.0f} kB a call"
    )
    print(f"  threads at most {max(health.threads)}; {health}")


async def turn(http: httpx.AsyncClient, ours: Server, sender: str, began: float) -> tuple[float, float, str]:
    """Do as Rasa's rules do; return when the first answer and the outcome came, and what the outcome was."""
    heard, state = await call(http, ours, "action_track_order", sender)
    first = time.monotonic() - began
    if state == "pending":
        heard, _ = await call(http, ours, "action_await", sender)
    return first, time.monotonic() - began, heard


async def call(http: httpx.AsyncClient, asked: Server, action: str, sender: str) -> tuple[str, str]:
    """Call an action as Rasa does; return the last thing it said and the state it set."""
    tracker = {
        "sender_id": sender,
        "slots": {
            **dict.fromkeys(DOMAIN["slots"]),
            "orders_number": "1001",
            "orders_contact": f"{sender}@example.test",
        },
        "latest_message": {"text": "", "intent": {"name": "track_order"}, "entities": [], "message_id": "m"},
        "events": [],
        "paused": False,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    rest = {"version": "3.6.21", "next_action": action, "sender_id": sender, "tracker": tracker}
    # The domain, which Rasa sends with every call, is written once: our own work must not be what is measured.
    body = f'{{"domain": {DOMAIN_TEXT}, {json.dumps(rest)[1:]}'
    answer = await http.post(f"{asked.url}/webhook", content=body, headers={"Content-Type": "application/json"})
    answer.raise_for_status()
    content: dict[str, Any] = answer.json()
    states = [each["value"] for each in content["events"] if each.get("name") == "backend_state"]
    said = content["responses"][-1] if content["responses"] else {}
    return str(said.get("response") or said.get("text") or "nothing"), states[-1] if states else "done"


@contextlib.asynccontextmanager
async def watched(asked: Server, health: Health) -> AsyncIterator[None]:
    """Ask /health every 50 ms until the block ends, and look at the process."""
    command = [sys.executable, "-m", "bench.health", f"{asked.url}/health"]
    asking = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220, S603  # our own module, before anything is measured
    assert asking.stdout is not None
    asking.stdout.readline()  # it has begun

    async def look() -> None:
        while True:
            health.megabytes.append(asked.megabytes)
            health.threads.append(asked.threads)
            await asyncio.sleep(0.25)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        answers, _ = await asyncio.to_thread(asking.communicate)
        health.milliseconds += map(float, answers.split())


def client() -> httpx.AsyncClient:
    """Return a client without a limit of its own, and with a new connection for each call, as Rasa makes it."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncClient(timeout=180, limits=limits, trust_env=False)


@contextlib.asynccontextmanager
async def server(command: list[str], environment: dict[str, str]) -> AsyncIterator[Server]:
    """Run an action server until the block ends."""
    url = f"http://127.0.0.1:{environment['ACTIONS_PORT']}"
    log = Path(environment["LOGS"]).open("ab")  # noqa: ASYNC230, SIM115  # the process keeps it
    process = subprocess.Popen(  # noqa: ASYNC220, S603  # our own modules, before anything is measured
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    try:
        async with client() as http:
            while process.poll() is None:
                with contextlib.suppress(httpx.ConnectError):
                    if (await http.get(f"{url}/health")).status_code == httpx.codes.OK:
                        break
                await asyncio.sleep(0.1)
        yield Server(url, process)
    finally:
        process.kill()
        process.wait()
        log.close()


@contextlib.contextmanager
def slow_shop() -> Iterator[str]:
    """Run the slow shop until the block ends."""
    port = _free_port()
    command = [sys.executable, "-m", "bench.slow.shop", str(port), str(BACKEND_SECONDS)]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603  # our own module
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _environment(folder: Path, shop: str) -> dict[str, str]:
    deployment = yaml.safe_load((ROOT / "deployments" / "demo.yml").read_text(encoding="utf-8"))
    deployment["systems"]["commerce"] = "slow"
    (folder / "slow.yml").write_text(json.dumps(deployment), encoding="utf-8")
    return {
        **os.environ,
        "DEPLOYMENT": str(folder / "slow.yml"),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "FRONTDESK_SECRET": "s" * 32,
        "FRONTDESK_INTERNAL_SECRET": "i" * 32,
        "ACTIONS_PORT": str(_free_port()),
        "ACTIONS_METRICS_PORT": str(_free_port()),
        "SANIC_HOST": "127.0.0.1",  # of the demo; ours is on loopback anyway
        "SLOW_SHOP": shop,
        "LOGS": str(folder / "actions.log"),
        "NO_PROXY": "127.0.0.1",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _quantile(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


if __name__ == "__main__":
    asyncio.run(main())
