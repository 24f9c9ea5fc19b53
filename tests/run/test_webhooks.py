"""A change at a vendor, as far as the words for the chat: simulator, signature, adapter and outbox in one."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bridge.bootstrap import Frontdesk
from bridge.conversation.results import from_json
from bridge.events.hooks import Taken
from bridge.model.identity import Claim
from bridge.model.outcome import Outcome
from bridge.storage.engine import reading
from bridge.storage.jobs import jobs
from simulators.catalog import simulator_class
from tests.run.test_sandbox import connected
from tests.support.frontdesk import visit

ANA = "ana.ruiz@example.test"


@contextmanager
def hearing(frontdesk: Frontdesk, vendor: str) -> Iterator[list[Taken]]:
    """Let a simulator send its webhooks to a Frontdesk, and collect what became of them."""
    taken: list[Taken] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            taken.append(frontdesk.hooks.take(vendor, headers, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hook = {"url": f"http://127.0.0.1:{server.server_port}/", "secret": simulator_class(vendor).webhook_secret}
    try:
        control(vendor, "webhooks", hook)
        yield taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def control(vendor: str, what: str, body: dict[str, Any]) -> None:
    httpx.post(f"{os.environ[vendor.upper() + '_URL']}/_simulator/{what}", json=body).raise_for_status()


def wait_for(taken: list[Taken], count: int) -> None:
    """Wait until so many deliveries have come."""
    until = threading.Event()
    for _ in range(1000):
        if len(taken) >= count:
            return
        until.wait(0.01)
    raise AssertionError(taken)


def told(frontdesk: Frontdesk) -> list[Outcome]:
    """Do what is due, and return what people are to hear."""
    while frontdesk.relay.once():
        pass
    with reading(frontdesk.engine) as connection:
        return [from_json(one) for one in connection.execute(sa.select(jobs.c.outcome).order_by(jobs.c.id)).scalars()]


@pytest.mark.parametrize(("vendor", "times"), [("shopify", 2), ("woocommerce", 1)])
def test_an_order_that_changes_is_told_of(
    vendor: str, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected(vendor, tmp_path, monkeypatch) as frontdesk, hearing(frontdesk, vendor) as taken:
        before = frontdesk.orders.track(visit(frontdesk), "1002", Claim(email=ANA))
        assert before.response == "utter_orders_pending_shipment"
        for status, count in (("shipped", times), ("delivered", 2 * times), ("cancelled", 3 * times)):
            control(vendor, "records/1002", {"status": status})
            wait_for(taken, count)
            assert told(frontdesk)[-1].response == f"utter_orders_{status}"
        assert set(taken) == {Taken.STORED}
        assert len(told(frontdesk)) == 3


def test_a_ticket_that_is_answered_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected("shopify", tmp_path, monkeypatch) as frontdesk, hearing(frontdesk, "zendesk") as taken:
        assert frontdesk.tickets.check(visit(frontdesk), "10001", ANA).response == "utter_tickets_open"
        control("zendesk", "records/10001", {"comment": "A secret of the team.", "public": False})
        wait_for(taken, 2)
        assert told(frontdesk) == []
        control("zendesk", "records/10001", {"comment": "A new pair is on its way.", "status": "solved"})
        wait_for(taken, 4)
        (heard,) = told(frontdesk)
        assert heard.response == "utter_tickets_solved"
        assert "A new pair is on its way." in str(heard.values)
        assert "secret" not in str(heard)
        assert set(taken) == {Taken.STORED}


@pytest.mark.parametrize("number", ["4711", "", "x"])
def test_a_record_that_is_not_there_cannot_be_changed(
    number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected("shopify", tmp_path, monkeypatch):
        for vendor in ("shopify", "woocommerce", "zendesk", "salesforce"):
            with pytest.raises(httpx.HTTPStatusError):
                control(vendor, f"records/{number}", {"status": "shipped"})
