"""Measure what a message costs a running Rasa in a process of its own: ours as `make run` starts it, else `rasa run`.

Messages come in through the callback channel, bot messages go out through it, actions and forms run in our own action
server, and conversations are kept in SQLite. What is counted is the processor time of Rasa's process alone, so that
neither other work on the machine nor the action server changes it. "First" is the first message of a conversation:
lines of the hold-out, each said once. "Later" are whole conversations: the user's side of tests/stories, some
stories in one conversation, so that forms run and the tracker grows; the session's first message is not counted.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
import yaml

from bridge.settings import load
from scripts.rasa_files import STORE
from tests.support.stack import ROOT, free_port

STORIES = ROOT / "tests" / "stories"
STORIES_A_CONVERSATION = 2
UP_SECONDS = 240
_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\(([^)]*)\)|\{[^}]*\})")


def measure(model: Path, folder: Path, firsts: Sequence[str], *, ours: bool) -> dict[str, float]:
    """Return the CPU milliseconds of Rasa for a first and for a later message, and how long its sessions became."""
    with sink() as callback, actions(folder) as webhook, rasa(model, folder, webhook, callback, ours) as (url, pid):
        ask = Asker(url)
        for at, text in enumerate(firsts[:10]):  # nothing is measured before it is warm
            ask(f"warm-{at}", text)
        spent = cpu_ms(pid)
        for at, text in enumerate(firsts[10:]):
            ask(f"first-{at}", text)
        first = (cpu_ms(pid) - spent) / len(firsts[10:])
        later, count = 0.0, 0
        for at, texts in enumerate(conversations()):
            ask(f"session-{at}", texts[0])
            spent = cpu_ms(pid)
            for text in texts[1:]:
                ask(f"session-{at}", text)
            later, count = later + cpu_ms(pid) - spent, count + len(texts) - 1
        return {"first CPU ms": first, "later CPU ms": later / count, "events": events(url, at)}


class Asker:
    """Send messages over one connection and wait until each turn is over."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/webhooks/callback/webhook"
        self._http = requests.Session()

    def __call__(self, sender: str, text: str) -> None:
        """Send one message."""
        self._http.post(self._url, json={"sender": sender, "message": text}, timeout=60).raise_for_status()


def training_stories() -> dict[str, Any]:
    """Return the test stories as Rasa trains them: what users mean, not what they say."""
    found = []
    for file in sorted(STORIES.glob("test_*.yml")):
        for story in yaml.safe_load(file.read_text(encoding="utf-8"))["stories"]:
            steps = [_meant(step) if "user" in step else step for step in story["steps"]]
            found.append({"story": f"{file.stem}: {story['story']}", "steps": steps})
    return {"version": "3.1", "stories": found}


def _meant(step: dict[str, str]) -> dict[str, Any]:
    entities = [{entity: value} for value, entity in _ANNOTATION.findall(step["user"]) if entity]
    return {"intent": step["intent"], **({"entities": entities} if entities else {})}


def conversations() -> list[list[str]]:
    """Return what users say in the test stories, some stories to a conversation."""
    stories = [
        [_ANNOTATION.sub(r"\1", step["user"]) for step in story["steps"] if "user" in step]
        for file in sorted(STORIES.glob("test_*.yml"))
        for story in yaml.safe_load(file.read_text(encoding="utf-8"))["stories"]
    ]
    starts = range(0, len(stories), STORIES_A_CONVERSATION)
    return [[*itertools.chain(*stories[at : at + STORIES_A_CONVERSATION])] for at in starts]


def events(url: str, last: int) -> float:
    """Return how many events a conversation has in the middle."""
    token = {"token": load().internal_secret}  # a Rasa that was given none takes it as well
    counts = sorted(
        len(requests.get(f"{url}/conversations/session-{at}/tracker", token, timeout=60).json()["events"])
        for at in range(last + 1)
    )
    return counts[len(counts) // 2]


def cpu_ms(pid: int) -> float:
    """Return the processor time of a process until now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1e3 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def sink() -> Iterator[str]:
    """Take every bot message, as the gateway would."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def actions(folder: Path) -> Iterator[str]:
    """Run our action server on a demo shop of its own."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder / 'shop.db'}",
        "ACTIONS_PORT": str(port),
        "ACTIONS_METRICS_PORT": str(free_port()),
    }
    for command in ("migrate", "demo"):
        command_line = [sys.executable, "-m", "bridge", command]
        subprocess.run(command_line, cwd=ROOT, env=environment, check=True, stdout=2)  # noqa: S603  # our own
    with running(["-m", "actions"], environment, folder / "actions.log"):
        until_up(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/webhook"


@contextlib.contextmanager
def rasa(model: Path, folder: Path, webhook: str, callback: str, ours: bool) -> Iterator[tuple[str, int]]:
    """Run Rasa with a model, ours as `make run` does; yield its address and its process."""
    kind = STORE if ours else "SQL"
    tracker_store = {"type": kind, "dialect": "sqlite", "db": str(folder / "rasa.db")}
    files = {
        "endpoints": {"action_endpoint": {"url": webhook}, "tracker_store": tracker_store},
        "credentials": {"callback": {"url": callback}},
    }
    port = free_port()
    program = ["-m", "scripts.rasa_server"] if ours else ["-m", "rasa", "run", "--enable-api"]
    command = [*program, "--interface", "127.0.0.1", "--port", str(port)]
    for name, content in files.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
        command += [f"--{name}", str(folder / f"{name}.yml")]
    with running([*command, "--model", str(model)], dict(os.environ), folder / "rasa.log") as pid:
        until_up(f"http://127.0.0.1:{port}/webhooks/callback/")
        yield f"http://127.0.0.1:{port}", pid


@contextlib.contextmanager
def running(command: Sequence[str], environment: dict[str, str], log: Path) -> Iterator[int]:
    """Run Python with its output in a file; yield the process id."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def until_up(url: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(url, timeout=5).ok:
                return
        time.sleep(0.2)
    raise SystemExit(f"{url} did not answer within {UP_SECONDS} s")
