"""Clients that are slow on purpose hold nothing for ever; what is refused says when to come back."""

from __future__ import annotations

import asyncio
import socket

import pytest

from bridge.conversation.log import EventLog
from bridge.settings.chat import Chat
from gateway import protocol
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import PATIENCE, Client, Stack, assert_refused, eventually
from tests.gateway.test_streams import open_streams

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(stack: Stack, receive_buffer: int = 0) -> Connection:
    """Open a plain connection."""
    url, client = stack.http.base_url, socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, (url.host, url.port))
    return await asyncio.open_connection(sock=client)


async def until_cut(connection: Connection, trickle: bytes = b"") -> bytes:
    """Send a byte again and again until the server has enough; return what it said."""
    reader, writer = connection
    answer = asyncio.create_task(reader.read())
    for byte in trickle:
        if answer.done():
            break
        writer.write(bytes([byte]))
        await asyncio.wait({answer}, timeout=0.02)
    try:
        return await asyncio.wait_for(answer, PATIENCE)
    except ConnectionError:
        return b"cut"
    finally:
        writer.close()


def head(client: Client, length: int) -> bytes:
    """Return the head of a message whose body is still to come."""
    lines = ("POST /chat/messages HTTP/1.1", "Host: x", f"Authorization: Bearer {client.token}")
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give clients half a second where they have many."""
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(protocol, name, 0.5)


@pytest.mark.usefixtures("hasty")
class TestTrickle:
    """Each is cut while it still sends, however steadily."""

    async def test_nothing_at_all(self, stack: Stack) -> None:
        assert await until_cut(await connect(stack)) in (b"", b"cut")

    async def test_a_head_byte_by_byte(self, stack: Stack) -> None:
        assert await until_cut(await connect(stack), b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 1000) in (b"", b"cut")

    async def test_a_second_head_byte_by_byte(self, stack: Stack) -> None:
        reader, writer = await connect(stack)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b'"ok"}')
        assert await until_cut((reader, writer), b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 1000) in (b"", b"cut")

    async def test_a_body_byte_by_byte(self, stack: Stack, client: Client) -> None:
        connection = await connect(stack)
        connection[1].write(head(client, 60_000))
        assert await until_cut(connection, b" " * 1000) in (b"", b"cut")
        assert await client.history() == []

    async def test_a_body_that_is_long_and_not_slow_is_let_in(
        self, stack: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "BODY_BYTES", 10)
        reader, writer = await connect(stack)
        body = b'{"id": "0e6a8c3c-6f5f-4a39-9a33-0d6ff1a0a001", "text": "hello"}'.rjust(90)
        writer.write(head(client, len(body)))
        for byte in body:  # for longer than one span
            writer.write(bytes([byte]))
            await asyncio.sleep(0.012)
        assert b"202 Accepted" in await asyncio.wait_for(reader.readuntil(b"}"), PATIENCE)
        writer.close()
        await stack.done(client)

    async def test_a_body_that_was_refused_unread(self, stack: Stack) -> None:
        connection = await connect(stack)
        connection[1].write(b"POST /chat/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n")
        assert b"token_missing" in await connection[0].readuntil(b"}}")
        assert await until_cut(connection, b" " * 1000) in (b"", b"cut")

    async def test_a_stream_that_is_never_read(self, stack: Stack, client: Client) -> None:
        await eventually(lambda: open_streams(stack) == 0)
        log, page = EventLog(stack.engine), {"text": "x" * 50_000}
        for _ in range(120):  # more than all buffers on the way hold
            log.say(client.conversation, "bot", page)
        _, writer = await connect(stack, receive_buffer=4096)
        request = f"GET /chat/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n\r\n"
        writer.write(request.encode())
        await eventually(lambda: open_streams(stack) == 1)
        await eventually(lambda: open_streams(stack) == 0)
        writer.close()

    async def test_a_stream_that_is_quiet_is_left_open(self, stack: Stack, client: Client) -> None:
        async with client.stream() as events:
            # Longer than every one of those spans: nothing is awaited from its client.
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(events.__anext__(), 1)
        async with client.stream() as events:
            await client.say("hello")
            assert (await asyncio.wait_for(events.__anext__(), 5))["type"] == "user"


async def test_a_head_without_end_is_refused_before_it_fills_the_memory(stack: Stack) -> None:
    connection = await connect(stack)
    connection[1].write(b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000)
    assert (await until_cut(connection))[:12] in (b"HTTP/1.1 400", b"cut")


async def test_at_the_limit_of_streams_no_message_is_lost(make_stack: MakeStack) -> None:
    stack = await make_stack(chat=Chat(streams=1))
    one, two = await stack.client(), await stack.client()
    async with one.stream():
        refused = await stack.http.get("/chat/events", headers=two.headers)
        assert_refused(refused, 503, "too_many_streams")
        assert int(refused.headers["Retry-After"]) >= 1
        await two.say("hello")
        await stack.done(two)
    assert [event["type"] for event in await two.history()] == ["user", "bot"]
    await eventually(lambda: open_streams(stack) == 0)
    assert await two.answers(1) == ["You said: hello"]
