"""Compare a lookup through our stack with bare requests to the same simulator, side by side in one run.

Ours is what a use case calls: guard (with its audit), adapter, transport. Bare is one requests.Session that sends the
same requests with the token they had, and parses the JSON. The two take turns of ten calls, so that whatever else the
machine does befalls both; the processor time of our process is told beside the time on the clock. Then 100 threads
look something up at once. Connections are counted by the simulator, which runs in a process of its own.

Usage: python -m bench.adapters [--calls 200] [--rounds 5] [--crowd 100]
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import requests
from requests_oauthlib import OAuth1
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.bootstrap import Frontdesk, build
from bridge.model.identity import Claim
from bridge.settings import load
from bridge.storage.engine import migrate, open_engine
from simulators.catalog import VENDORS, simulator_class
from simulators.server import running
from simulators.shopify import server as shopify

ROOT = Path(__file__).resolve().parent.parent
ANA = Claim(email="ana.ruiz@example.test")
TARGET = 1.3
TURN = 10
LOOKUPS: dict[str, tuple[str, Callable[[Frontdesk], Any]]] = {
    "shopify": ("find_order", lambda desk: desk.systems.commerce.find_order("1001", ANA)),
    "woocommerce": ("find_order", lambda desk: desk.systems.commerce.find_order("1001", ANA)),
    "zendesk": ("find_ticket", lambda desk: desk.systems.helpdesk.find_ticket("10001", ANA)),
    "salesforce": ("find_contact", lambda desk: desk.systems.crm.find_contact("ana.ruiz@example.test")),
}


@dataclass(frozen=True)
class Sent:
    """Hold one request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Cost:
    """Hold milliseconds: on the clock, and of the processors."""

    wall: float
    cpu: float


class Served:
    """Talk to a simulator in another process."""

    def __init__(self, url: str, pipe: Connection) -> None:
        self.url = url
        self._pipe = pipe

    def arrived(self) -> tuple[list[Sent], int]:
        """Return the requests since the last time, and over how many connections they came."""
        self._pipe.send("arrived")
        return cast(tuple[list[Sent], int], self._pipe.recv())


def main() -> None:
    """Measure each vendor and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--crowd", type=int, default=100)
    chosen = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    for vendor, (operation, ask) in LOOKUPS.items():
        with served(vendor) as simulator, frontdesk(vendor, simulator.url) as desk:
            print(f"\n{vendor} {operation}")
            with bare_session(vendor) as session:
                compare(desk, ask, simulator, session, chosen.calls, chosen.rounds)
            crowd(desk, ask, simulator, chosen.crowd)


def compare(
    desk: Frontdesk,
    ask: Callable[[Frontdesk], Any],
    simulator: Served,
    session: requests.Session,
    calls: int,
    rounds: int,
) -> None:
    """Print what a call takes both ways, and the ratio."""
    ask(desk)  # gets the token
    simulator.arrived()
    ask(desk)
    sent, _ = simulator.arrived()
    done = [in_turns(lambda: ask(desk), lambda: replay(session, simulator.url, sent), calls) for _ in range(rounds)]
    connections = simulator.arrived()[1]
    assert connections == 2, f"{connections} connections for two who ask one call after the other"
    ratios = [ours.wall / bare.wall for ours, bare in done]
    wall = [statistics.median(side.wall for side in both) for both in zip(*done, strict=True)]
    cpu = [statistics.median(side.cpu for side in both) for both in zip(*done, strict=True)]
    print(f"  {len(sent)} requests a call: ours {wall[0]:.2f} ms, bare {wall[1]:.2f} ms", end="; ")
    print(f"processor {cpu[0]:.2f} ms and {cpu[1]:.2f} ms")
    print(
        f"  ratio {statistics.median(ratios):.2f} (rounds {min(ratios):.2f} to {max(ratios):.2f}), target {TARGET}",
        end="; ",
    )
    print("one connection for all our calls")


def crowd(desk: Frontdesk, ask: Callable[[Frontdesk], Any], simulator: Served, people: int) -> None:
    """Print how long it takes when so many ask at once."""
    simulator.arrived()
    began = time.perf_counter()
    with ThreadPoolExecutor(people) as pool:
        answers = list(pool.map(lambda _: ask(desk), range(people)))
    seconds = time.perf_counter() - began
    sent, connections = simulator.arrived()
    print(f"  {len(answers)} at once: {seconds:.2f} s, {len(sent)} requests on {connections} connections")


def in_turns(ours: Callable[[], Any], bare: Callable[[], Any], times: int) -> tuple[Cost, Cost]:
    """Return what one call costs both ways, as the median of so many."""
    gc.collect()
    sides: tuple[list[Cost], list[Cost]] = ([], [])
    for turn in range(2 * times // TURN):
        call, costs = ((ours, sides[0]), (bare, sides[1]))[turn % 2]
        for _ in range(TURN):
            began, used = time.perf_counter(), time.process_time()
            call()
            costs.append(Cost((time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000))
    first, second = (
        Cost(statistics.median(one.wall for one in costs), statistics.median(one.cpu for one in costs))
        for costs in sides
    )
    return first, second


def bare_session(vendor: str) -> requests.Session:
    """Return a session that sends the token of what it repeats; WooCommerce wants each signed anew over http."""
    session = requests.Session()
    if vendor == "woocommerce":
        secrets = simulator_class(vendor).environment
        key, secret = secrets["WOOCOMMERCE_KEY"], secrets["WOOCOMMERCE_SECRET"]
        session.auth = OAuth1(key, client_secret=secret, signature_method="HMAC-SHA256")
    return session


def replay(session: requests.Session, url: str, sent: list[Sent]) -> None:
    """Send the same requests as bare requests do."""
    for one in sent:
        answer = session.request(one.method, url + one.target, headers=one.headers, data=one.body, timeout=15)
        answer.raise_for_status()
        json.loads(answer.content)


@contextmanager
def frontdesk(vendor: str, url: str) -> Iterator[Frontdesk]:
    """Build the sandbox with this vendor, without a cache."""
    with tempfile.TemporaryDirectory() as folder:
        path, database = Path(folder) / "bench.yml", f"sqlite:///{folder}/bench.db"
        text = (ROOT / "deployments" / "sandbox.yml").read_text(encoding="utf-8")
        if vendor == "woocommerce":
            text = text.replace("commerce: shopify", "commerce: woocommerce")
        path.write_text(text + "resilience: {defaults: {cache: {}}}\n", encoding="utf-8")
        for name in VENDORS:
            os.environ.update({f"{name.upper()}_URL": url, **simulator_class(name).environment})
        os.environ.update(DEPLOYMENT=str(path), DATABASE_URL=database, FRONTDESK_SECRET="s" * 32)
        engine = open_engine(database)
        migrate(engine)
        engine.dispose()
        desk = build(load())
        yield desk
        desk.close()


@contextmanager
def served(vendor: str) -> Iterator[Served]:
    """Run a simulator in a process of its own."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(vendor, there), daemon=True)
    process.start()
    yield Served(here.recv(), here)
    here.send("stop")
    process.join()


def _serve(vendor: str, pipe: Connection) -> None:
    shopify.MOST_POINTS = 1e9  # the vendor's limit is not what is measured
    simulator, clients = simulator_class(vendor)(), set()
    simulator.requests = type(simulator.requests)(maxlen=100_000)
    inner = simulator.app()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        clients.add(tuple(scope["client"]))
        await inner(scope, receive, send)

    simulator.app = lambda: cast(ASGIApp, app)  # type: ignore[method-assign]  # to see who connects
    with running(simulator) as url:
        pipe.send(url)
        while pipe.recv() != "stop":
            seen = [Sent(one.method, _target(one.path, one.query), one.headers, one.body) for one in simulator.requests]
            pipe.send((seen, len(clients)))
            simulator.requests.clear()
            clients.clear()


def _target(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


if __name__ == "__main__":
    main()
