"""One person's browser: it sends a message until it is acknowledged, always under the same id, and reads the log."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import requests

RETRY = 0.5
"""Seconds until a request is tried again that nobody answered."""
OUTAGE = 300.0
"""Seconds without an answer after which nobody believes in a restart any more."""


class Acknowledged(NamedTuple):
    """Name a message that the gateway took upon itself."""

    conversation: str
    message: str


@dataclass
class Ledger:
    """Keep what people know of: messages that were acknowledged, and what they saw go wrong."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    complaints: list[tuple[str, str]] = field(default_factory=list)
    """By conversation."""
    repeats: int = 0
    """Messages that were posted again under their id."""
    promised: int = 0
    stopped: bool = False
    """The run is broken off: nobody says any more."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def complain(self, conversation: str, what: str) -> None:
        """Note something that must not be seen."""
        with self.lock:
            self.complaints.append((conversation, what))


class RefusedError(Exception):
    """The gateway does not take this message: a button that is no longer offered."""


class Client:
    """Hold one conversation."""

    def __init__(self, url: str, address: str, ledger: Ledger) -> None:
        self._url = url
        self._ledger = ledger
        self._headers = {"X-Forwarded-For": address}
        opened = self._insist("POST", "/chat/session", {})
        self.conversation = str(opened.json()["conversation"])
        self._headers["Authorization"] = f"Bearer {opened.json()['token']}"
        self.events: list[dict[str, Any]] = []

    def post(self, text: str = "", payload: str = "", *, twice: bool = False) -> int:
        """Send a message and return its number in the log.

        Raises:
            RefusedError: it was not taken.
        """
        message = str(uuid.uuid4())
        body = {"id": message, **({"payload": payload} if payload else {"text": text})}
        seq = self._acknowledge(body)
        with self._ledger.lock:
            self._ledger.acknowledged.append(Acknowledged(self.conversation, message))
        if twice and self._acknowledge(body) != seq:
            self._ledger.complain(self.conversation, f"message {message} was stored twice")
        return seq

    def look(self) -> list[dict[str, Any]]:
        """Read what is new in the log, and return all of it."""
        known = self.events[-1]["seq"] if self.events else 0
        self.events += self._insist("GET", f"/chat/history?after={known}").json()["events"]
        return self.events

    def reload(self) -> None:
        """Read the log from its start, as after a reload of the page: what was there must be there unchanged."""
        known = list(self.events)
        fresh = self._insist("GET", "/chat/history").json()["events"]
        if fresh[: len(known)] != known:
            self._ledger.complain(self.conversation, "the log has changed under its reader")

    def _acknowledge(self, body: dict[str, str]) -> int:
        answer = self._insist("POST", "/chat/messages", body)
        if answer.status_code == 422:
            raise RefusedError(answer.json())
        return int(answer.json()["seq"])

    def _insist(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Repeat a request until somebody answers it."""
        deadline = time.monotonic() + OUTAGE
        while True:
            if self._ledger.stopped:
                raise TimeoutError("the run was broken off")
            try:
                answer = requests.request(method, self._url + path, json=body, headers=self._headers, timeout=20)
            except requests.RequestException:
                pass  # killed, or not up yet
            else:
                if answer.status_code < 429:
                    return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path.partition('?')[0]} got no answer for {OUTAGE:.0f} s")
            with self._ledger.lock:
                self._ledger.repeats += 1
            time.sleep(RETRY)
