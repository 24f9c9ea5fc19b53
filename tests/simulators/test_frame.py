"""What every simulator has: faults, a record, webhooks, a state that is kept."""

from __future__ import annotations

import hashlib
import hmac
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulators.faults import parse
from simulators.server import running
from tests.simulators.toy import Toy


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def client(toy: Toy) -> Iterator[httpx.Client]:
    with running(toy) as url, httpx.Client(base_url=url) as opened:
        yield opened


def test_starts_with_the_orders_of_the_demo(client: httpx.Client) -> None:
    assert client.get("/notes").json() == ["1001"]


def test_health_names_the_vendor_and_is_no_request_of_anybody(client: httpx.Client, toy: Toy) -> None:
    assert client.get("/_simulator/health").json() == {"vendor": "toy"}
    assert list(toy.requests) == []


def test_records_what_came_in_and_shows_it_without_secrets(client: httpx.Client, toy: Toy) -> None:
    secrets = {"Authorization": "Bearer s3cret", "Idempotency-Key": "k1"}
    client.post("/notes?api_key=s3cret&page=2", json={"text": "hello", "client_secret": "s3cret"}, headers=secrets)
    (kept,) = toy.requests
    assert (kept.method, kept.path, kept.status, kept.json["text"]) == ("POST", "/notes", 201, "hello")
    assert kept.headers["authorization"] == "Bearer s3cret"
    shown = client.get("/_simulator/requests").text
    assert "s3cret" not in shown
    assert all(word in shown for word in ("hello", "k1", '"page":"2"'))


@pytest.mark.parametrize(
    ("fault", "status", "made"),
    [
        ("503", 503, 1),
        ("404", 404, 1),
        ("429:7", 429, 1),
        ("html", 200, 2),
        ("502_after_write", 502, 2),
        ("errors", 500, 1),
        ("none", 201, 2),
    ],
)
def test_fault_answers_in_its_own_way(client: httpx.Client, toy: Toy, fault: str, status: int, made: int) -> None:
    toy.faults.put(f"POST/notes={fault}")
    reply = client.post("/notes", json={"text": "x"})
    assert (reply.status_code, len(toy.state["notes"])) == (status, made)
    if fault == "429:7":
        assert reply.headers["Retry-After"] == "7"
    if fault == "html":
        assert reply.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("fault", "made"), [("reset", 1), ("reset_after_write", 2), ("reset_in_answer", 2)])
def test_connection_is_cut_before_or_after_the_work(client: httpx.Client, toy: Toy, fault: str, made: int) -> None:
    toy.faults.put(f"POST/notes={fault}*1")
    with pytest.raises(httpx.RemoteProtocolError if fault == "reset_in_answer" else httpx.TransportError):
        client.post("/notes", json={"text": "x"})
    assert len(toy.state["notes"]) == made
    assert client.get("/notes").status_code == 200


def test_delay_comes_before_the_work_and_drip_after_it(client: httpx.Client, toy: Toy) -> None:
    for fault in ("delay:0.3", "slow_drip:0.3"):
        toy.faults.put(f"GET/notes={fault}")
        started = time.monotonic()
        assert client.get("/notes").json() == ["1001"]
        assert time.monotonic() - started >= 0.25


def test_time_may_be_the_tests_own_and_what_hangs_does_nothing(client: httpx.Client, toy: Toy) -> None:
    passed: list[float] = []

    async def pause(seconds: float) -> None:
        passed.append(seconds)

    toy.pause = pause
    toy.faults.put("POST/notes=hang GET/notes=delay:7")
    with pytest.raises(httpx.TransportError):
        client.post("/notes", json={"text": "x"})
    assert client.get("/notes").json() == ["1001"]
    assert passed == [600, 7]


def test_half_of_the_json_comes_as_if_it_were_all(client: httpx.Client, toy: Toy) -> None:
    toy.faults.put("GET/notes=truncated_json")
    assert client.get("/notes").content == b'["10'


def test_values_are_taken_or_of_another_type_and_a_huge_body_is_huge(client: httpx.Client, toy: Toy) -> None:
    toy.faults.put("GET/notes=nulls*1 GET/notes=wrong_types*1 GET/notes=huge_body*1")
    assert client.get("/notes").json() == [None]
    assert client.get("/notes").json() == [{"was": "1001"}]
    assert len(client.get("/notes").content) > 50_000_000
    assert client.get("/notes").json() == ["1001"]


def test_rule_takes_only_its_route_its_text_and_its_times(client: httpx.Client) -> None:
    assert client.put("/_simulator/faults", content="POST/no*[broken]=500*1").status_code == 204
    assert client.get("/notes").status_code == 200
    assert client.post("/notes", json={"text": "fine"}).status_code == 201
    assert [client.post("/notes", json={"text": "broken"}).status_code for _ in range(2)] == [500, 201]


@pytest.mark.parametrize("plan", ["notes=500", "GET/notes=nonsense", "GET/notes=500*x", "GET/notes", "GET/n=delay:"])
def test_plan_that_cannot_be_read_is_refused_whole(client: httpx.Client, plan: str) -> None:
    client.put("/_simulator/faults", content="GET/notes=503")
    refused = client.put("/_simulator/faults", content=f"GET/other=404 {plan}")
    assert refused.status_code == 422
    assert plan in refused.text
    assert client.get("/notes").status_code == 503
    with pytest.raises(ValueError, match=r"rule|fault"):
        parse(plan)


def test_webhook_reaches_who_asked_for_its_topic_with_a_signature(client: httpx.Client, toy: Toy) -> None:
    listener = Toy()
    with running(listener) as url:
        client.post("/_simulator/webhooks", json={"url": f"{url}/notes", "secret": "shh", "topics": ["note.made"]})
        client.post("/_simulator/webhooks", json={"url": f"{url}/notes", "secret": "shh", "topics": ["other"]})
        client.post("/notes", json={"text": "hello"})
        toy.settle()
        (got,) = listener.requests
    assert toy.deliveries == [("note.made", 201)]
    assert got.json == {"text": "hello"}
    assert got.headers["x-toy-signature"] == hmac.new(b"shh", got.body, hashlib.sha256).hexdigest()


def test_webhook_to_nobody_disturbs_nothing(client: httpx.Client, toy: Toy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client.post("/_simulator/webhooks", json={"url": f"http://127.0.0.1:{port}/", "secret": "shh"})
    assert client.post("/notes", json={"text": "hello"}).status_code == 201
    toy.settle()
    assert toy.deliveries == [("note.made", 0)]


def test_state_file_keeps_what_was_changed_until_a_reset(tmp_path: Path) -> None:
    kept = tmp_path / "states" / "toy.json"
    with running(Toy(state_file=kept)) as url:
        httpx.post(f"{url}/notes", json={"text": "kept"})
    with running(Toy(state_file=kept)) as url:
        assert httpx.get(f"{url}/notes").json() == ["1001", "kept"]
        httpx.post(f"{url}/_simulator/reset")
    with running(Toy(state_file=kept)) as url:
        assert httpx.get(f"{url}/notes").json() == ["1001"]


def test_command_refuses_a_simulator_that_is_not_there() -> None:
    run = subprocess.run([sys.executable, "-m", "simulators", "zendisk"], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "zendisk" in run.stderr
