"""Start the real three processes for tests, and talk to them as the widget does."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
import yaml

from bridge.storage.chat import inbox
from bridge.storage.engine import open_engine, reading
from simulators.catalog import VENDORS, port_of

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 240
TURN_SECONDS = 40
SECRETS = {"FRONTDESK_SECRET": "secret-of-the-tests", "FRONTDESK_INTERNAL_SECRET": "internal-secret-of-the-tests"}


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> int:
    """Return the first of so many ports in a row that nobody listens on now."""
    for _ in range(100):
        first = free_port()
        with ExitStack() as probes:
            try:
                for port in range(first, first + count):
                    probes.enter_context(socket.create_server(("127.0.0.1", port)))
            except (OSError, OverflowError):
                continue
            return first
    raise AssertionError(f"no {count} free ports in a row")


class Stack:
    """Run `make run`'s own supervisor on ports, database and secrets of its own.

    Args:
        folder: for the database and the logs.
        database_url: a SQLite file in `folder` unless given.
        faults: the first plan of how systems fail; without one they do not (bridge/testing/faults.py).
        deployment: fields that differ from those of the demo.
        environment: further variables of all processes.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str | None = None,
        faults: str | None = None,
        deployment: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._differing = deployment or {}
        self._environment = environment or {}
        self._plan = folder / "faults" if faults is not None else None
        if faults is not None:
            self.break_systems(faults)
        self.database_url = database_url or f"sqlite:///{folder / 'frontdesk.db'}"
        self.ports = {
            name: free_port() for name in ("PORT", "INTERNAL_PORT", "RASA_PORT", "ACTIONS_PORT", "ACTIONS_METRICS_PORT")
        }
        self.url = f"http://127.0.0.1:{self.ports['PORT']}"
        # The one other origin whose pages may use the chat.
        self.site = f"http://127.0.0.1:{free_port()}"
        self.output: list[str] = []
        self._ready = threading.Event()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start and wait until a message can be answered."""
        environment = {
            **os.environ,
            **self._environment,
            **{name: str(port) for name, port in self.ports.items()},
            "DATABASE_URL": self.database_url,
            "DEPLOYMENT": str(self._deployment()),
            **SECRETS,
        }
        if self._plan is not None:
            environment["FAULTS"] = f"file:{self._plan}"
        self._prepare(environment)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scripts.run"],
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(READY_SECONDS):
            self.stop()
            raise AssertionError("not ready:\n" + "\n".join(self.output))

    def stop(self) -> int:
        """Stop as Ctrl-C does and return the exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            code = self._process.wait()
        self._reader.join()
        return code

    def break_systems(self, plan: str) -> None:
        """Change how systems fail from the next call on."""
        assert self._plan is not None
        # Renamed into place: a process that reads meanwhile must not find half a plan.
        fresh = self._plan.with_suffix(".new")
        fresh.write_text(plan, encoding="utf-8")
        fresh.rename(self._plan)

    def pid_of(self, port_name: str) -> int:
        """Return the process that listens on one of our ports."""
        wanted = f"{self.ports[port_name]:04X}"
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and columns[1].endswith(f":{wanted}"):
                return _owner_of_socket(columns[9])
        raise AssertionError(f"nobody listens on {port_name}")

    def signal(self, port_name: str, number: signal.Signals) -> int:
        """Send a signal to the process behind a port and return its process id."""
        pid = self.pid_of(port_name)
        os.kill(pid, number)
        return pid

    def children(self) -> list[int]:
        """Return the processes that the supervisor runs now."""
        assert self._process is not None
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Let what dies in the block stay dead until its end: the supervisor is held still."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def chat(self, **session: str) -> Chat:
        """Open a conversation from a client address of its own."""
        return Chat(self.url, self.engine(), session)

    def engine(self) -> sa.engine.Engine:
        """Return an engine on the stack's database."""
        return open_engine(self.database_url)

    def _prepare(self, environment: dict[str, str]) -> None:
        # A deployment with a file of its own gets no demo data by itself.
        for command in ("migrate", "demo"):
            subprocess.run([sys.executable, "-m", "bridge", command], cwd=ROOT, env=environment, check=True)

    def _deployment(self) -> Path | str:
        # The demo deployment, behind a trusted proxy: so each test can come from its own address.
        content = yaml.safe_load((ROOT / "deployments" / "demo.yml").read_text())
        content["chat"] = {**content["chat"], "trusted_proxies": ["127.0.0.1"], "messages_per_minute": 1000}
        content["chat"]["allowed_origins"] = [self.site]
        content |= {"allow_faults": self._plan is not None, **self._differing}
        path = self.folder / "deployment.yml"
        path.write_text(yaml.safe_dump(content))
        return path

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.output.append(line.rstrip())
                if "ready: http" in line:
                    self._ready.set()


class Demo(Stack):
    """Run the demo itself, as `make run` does."""

    def _prepare(self, environment: dict[str, str]) -> None:
        """Leave everything to `make run`."""

    def _deployment(self) -> str:
        return "demo"


class Sandbox(Stack):
    """Run the sandbox as its how-to says, with the simulators beside it, on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.first_simulator = free_ports(len(VENDORS))
        super().__init__(folder, environment={"SIMULATORS_PORT": str(self.first_simulator)})

    def simulator(self, vendor: str) -> str:
        """Return where a simulator is controlled."""
        return f"http://127.0.0.1:{port_of(vendor, self.first_simulator)}/_simulator"

    def requests_at(self, vendor: str) -> list[dict[str, Any]]:
        """Return what came in at a simulator."""
        return list(requests.get(f"{self.simulator(vendor)}/requests", timeout=10).json())

    def break_simulator(self, vendor: str, plan: str) -> None:
        """Let a simulator fail as a plan says (simulators/faults.py)."""
        requests.put(f"{self.simulator(vendor)}/faults", data=plan, timeout=10).raise_for_status()

    def change(self, vendor: str, number: str, wanted: dict[str, Any]) -> None:
        """Change a record at a simulator, as the people of the shop would."""
        answer = requests.post(f"{self.simulator(vendor)}/records/{number}", json=wanted, timeout=10)
        answer.raise_for_status()

    def _prepare(self, environment: dict[str, str]) -> None:
        """Leave everything to `make run`."""

    def _deployment(self) -> str:
        return "sandbox"


def _owner_of_socket(inode: str) -> int:
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == f"socket:[{inode}]":
                return int(link.parts[2])
        except OSError:
            continue  # it ended while we looked
    raise AssertionError("the socket has no owner any more")


@dataclass
class Chat:
    """Talk in one conversation through the public API."""

    url: str
    engine: sa.engine.Engine
    session: dict[str, str] = field(default_factory=dict)
    address: str = field(default_factory=lambda: f"10.{random.randrange(256)}.{random.randrange(256)}.7")

    def __post_init__(self) -> None:
        answer = self.post("/chat/session", self.session)
        assert answer.status_code == 201, answer.text
        self.conversation = str(answer.json()["conversation"])
        self.token = str(answer.json()["token"])

    def post(self, path: str, body: Any) -> requests.Response:
        """Send JSON as this client."""
        return requests.post(self.url + path, json=body, headers=self._headers(), timeout=20)

    def send(self, text: str = "", payload: str = "") -> str:
        """Send a message and return its id without waiting for an answer."""
        message_id = str(uuid.uuid4())
        answer = self.post(
            "/chat/messages", {"id": message_id, **({"payload": payload} if payload else {"text": text})}
        )
        assert answer.status_code == 202, answer.text
        return message_id

    def say(self, text: str) -> str:
        """Send a message, wait until its turn is over, and return what the bot said, joined by newlines."""
        return self._turn(lambda: self.send(text))

    def click(self, title: str) -> str:
        """Click the newest button with this title."""
        buttons = [b for event in self.history() if event["type"] == "bot" for b in event.get("buttons") or []]
        payload = next(button["payload"] for button in reversed(buttons) if button["title"] == title)
        return self._turn(lambda: self.send(payload=payload))

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        """Return the events of the conversation."""
        answer = requests.get(f"{self.url}/chat/history?after={after}", headers=self._headers(), timeout=20)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["events"])

    @contextmanager
    def listening(self) -> Iterator[Iterator[dict[str, Any]]]:
        """Open the event stream for what happens from now on, and give its events as they come."""
        history = self.history()
        url = f"{self.url}/chat/events?after={history[-1]['seq'] if history else 0}"
        with requests.get(url, headers=self._headers(), stream=True, timeout=TURN_SECONDS) as answer:
            assert answer.status_code == 200, answer.text
            yield (json.loads(line[5:]) for line in answer.iter_lines() if line.startswith(b"data:"))

    def erase(self) -> None:
        """Delete the conversation, for good."""
        answer = requests.delete(f"{self.url}/chat/conversation", headers=self._headers(), timeout=20)
        assert answer.status_code == 200, answer.text

    def wait_for(self, message_id: str) -> None:
        """Wait until the turn of a message is over."""
        mine = sa.select(inbox.c.state).where(inbox.c.message_id == message_id)
        deadline = time.monotonic() + TURN_SECONDS
        while time.monotonic() < deadline:
            with reading(self.engine) as connection:
                if connection.execute(mine).scalar() == "done":
                    return
            time.sleep(0.03)
        raise AssertionError(f"the turn did not end within {TURN_SECONDS} s: {self.history()[-3:]}")

    def bot_texts(self, after: int = 0) -> list[str]:
        """Return what the bot said after an event; cards have no words of their own."""
        return [str(event["text"]) for event in self.history(after) if event["type"] == "bot" and event["text"]]

    def _turn(self, send: Any) -> str:
        before = self.history()
        last = before[-1]["seq"] if before else 0
        self.wait_for(send())
        return "\n".join(self.bot_texts(last))

    def _headers(self) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self.token}"} if hasattr(self, "token") else {}
        return {"X-Forwarded-For": self.address, **token}
