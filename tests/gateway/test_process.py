"""The real process: killed right after its 202, started on busy ports, and what it writes to its log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from bridge.conversation.sessions import Sessions
from bridge.events.entries import State
from bridge.events.outbox import NewEntry, Outbox
from bridge.storage.engine import open_engine, reading
from bridge.storage.resilience import audit
from bridge.storage.types import utc_now
from gateway.server import listen
from tests.events.conftest import CONTENT
from tests.gateway.fake_rasa import TLS, FakeRasa
from tests.gateway.harness import INTERNAL, PATIENCE, SECRET, Client

pytestmark = pytest.mark.slow  # real processes or waits: not for every save

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.asynccontextmanager
async def process(environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the gateway until the block ends."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


@pytest.fixture
def environment(migrated_sqlite: Path, tmp_path: Path) -> dict[str, str]:
    """Return the environment of a gateway with a database of its own."""
    shutil.copy(migrated_sqlite, tmp_path / "frontdesk.db")
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path / 'frontdesk.db'}",
        "PORT": str(free_port()),
        "INTERNAL_PORT": str(free_port()),
        "ACTIONS_PORT": "1",
        "FRONTDESK_SECRET": SECRET,
        "FRONTDESK_INTERNAL_SECRET": INTERNAL,
    }


async def until_up(http: httpx.AsyncClient) -> None:
    """Wait until the gateway answers."""

    async def ask() -> None:
        while True:
            with contextlib.suppress(httpx.ConnectError):
                if (await http.get("/healthz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)

    await asyncio.wait_for(ask(), 3 * PATIENCE)


async def test_a_message_survives_kill_9_right_after_its_202(environment: dict[str, str]) -> None:
    rasa = FakeRasa(INTERNAL)
    await rasa.start()
    rasa.callback_url = f"http://127.0.0.1:{environment['INTERNAL_PORT']}/internal/rasa/callback"
    rasa.before = lambda _: asyncio.sleep(0.3)  # the kill comes first
    environment["RASA_PORT"] = str(rasa.port)
    url = f"http://127.0.0.1:{environment['PORT']}"
    async with httpx.AsyncClient(base_url=url, trust_env=False, verify=TLS) as http:
        async with process(environment) as gateway:
            await until_up(http)
            client = Client(http)
            await client.open()
            await client.say("my card is 4111 1111 1111 1111")
            gateway.send_signal(signal.SIGKILL)
        async with process(environment) as gateway:
            await until_up(http)
            assert await client.answers(1) == ["You said: my card is [hidden]"]
            await client.answers(1, after=await client.say("next"))
            assert rasa.texts(client.conversation) == ["my card is [hidden]", "next"]
            gateway.send_signal(signal.SIGTERM)
            assert gateway.stderr is not None
            log = (await gateway.stderr.read()).decode()
            assert await asyncio.wait_for(gateway.wait(), PATIENCE) == 0
    await rasa.close()
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"turn over", "message stored"} <= {line["event"] for line in lines}
    assert all(line["conversation"] == client.conversation for line in lines if line["event"] == "turn over")
    for private in ("card", "next", client.token, INTERNAL, "token="):
        assert private not in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_what_its_relay_asked_is_in_the_audit_when_it_stops(
    environment: dict[str, str], number: signal.Signals
) -> None:
    engine = open_engine(environment["DATABASE_URL"])
    conversation = Sessions(engine, SECRET).open("en", "203.0.113.7")
    outbox = Outbox(engine, clock=lambda: utc_now() - timedelta(minutes=5))
    # Of unknown outcome: it is read back first, and reads are audited behind the call.
    outbox.keep(NewEntry("k1", conversation, "tickets.create", CONTENT, unknown=True), lambda _connection: None)
    async with process({**environment, "RASA_PORT": "1"}) as gateway:

        async def until_done() -> None:
            while True:
                if outbox.standing().counts == {State.DONE: 1}:
                    return
                await asyncio.sleep(0.01)  # a table that another process writes to raises no event

        await asyncio.wait_for(until_done(), 3 * PATIENCE)
        gateway.send_signal(number)
        await asyncio.wait_for(gateway.communicate(), 3 * PATIENCE)
    with reading(engine) as connection:
        asked = connection.execute(sa.select(audit.c.operation)).scalars().all()
    engine.dispose()
    assert (gateway.returncode, sorted(asked)) == (0, ["create_ticket", "find_ticket_by_key"])


async def test_a_busy_port_is_named_with_its_variable(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        async with process(environment) as gateway:
            _, log = await asyncio.wait_for(gateway.communicate(), 3 * PATIENCE)
    assert gateway.returncode == 1
    assert log.decode().startswith(f"gateway: PORT: cannot listen on 127.0.0.1:{environment['PORT']}")


def test_answers_are_not_held_back_for_acknowledgements() -> None:
    """Without TCP_NODELAY every answer took 40 ms longer."""
    with listen("127.0.0.1", 0, "PORT") as listener, socket.create_connection(listener.getsockname()) as client:
        accepted, _ = listener.accept()
        with accepted, client:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
