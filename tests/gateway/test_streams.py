"""Event streams resume without gap or double, end cleanly, and cost nothing once their client is gone."""

from __future__ import annotations

import asyncio
import dataclasses
import threading

import pytest

from bridge.conversation.log import EventLog
from bridge.settings.chat import Chat
from gateway.chat.tokens import Tokens
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import QUICK, Client, Event, Stack, assert_refused, eventually


def open_streams(stack: Stack) -> float:
    """Return what the metric says."""
    value: float = stack.gateway.metrics.streams._value.get()
    return value


async def test_a_stream_resumes_after_the_last_event_it_has_seen(client: Client) -> None:
    await client.answers(1, after=await client.say("one"))
    await client.answers(1, after=await client.say("two"))
    whole = await client.history()
    for seen in range(len(whole)):
        rest = await client.until(lambda event: event["seq"] == len(whole), after=seen)
        assert rest == whole[seen:]
        # A browser that reconnects repeats its old address; the header is newer.
        async with client.stream(after=0, **{"Last-Event-ID": str(seen)}) as events:
            assert await events.__anext__() == whole[seen]


async def test_a_client_that_drops_out_again_and_again_misses_nothing(stack: Stack, client: Client) -> None:
    stack.rasa.answer = lambda text: [{"text": f"{text}-{number}"} for number in range(10)]
    seen: list[Event] = []

    async def read() -> None:
        while len(seen) < 55:
            async with client.stream(after=seen[-1]["seq"] if seen else 0) as events:
                async for event in events:
                    if "seq" in event:
                        seen.append(event)
                        if len(seen) % 3 == 0 or len(seen) == 55:
                            break

    reading = asyncio.create_task(read())
    for number in range(5):
        await client.say(str(number))
    await asyncio.wait_for(reading, 10)
    assert [event["seq"] for event in seen] == list(range(1, 56))
    bot = [event["text"] for event in seen if event["type"] == "bot"]
    assert bot == [f"{number}-{part}" for number in range(5) for part in range(10)]


async def test_events_of_another_process_arrive_too(stack: Stack, client: Client) -> None:
    elsewhere = EventLog(stack.engine)
    async with client.stream() as events:
        writer = threading.Thread(
            target=elsewhere.say, args=(client.conversation, "agent", {"name": "Ann", "text": "Hi"})
        )
        writer.start()
        event = await asyncio.wait_for(events.__anext__(), 5)
    writer.join()
    assert (event["type"], event["name"], event["text"]) == ("agent", "Ann", "Hi")


async def test_typing_has_no_number_and_is_not_kept(stack: Stack, client: Client) -> None:
    release = asyncio.Event()
    stack.rasa.before = lambda _: release.wait()
    seen: list[Event] = []
    async with client.stream() as events:
        await client.say("hello")
        async for event in events:
            seen.append(event)
            if event == {"type": "typing", "on": True}:
                release.set()
            if event == {"type": "typing", "on": False}:
                break
    assert [event["type"] for event in seen if event["type"] != "typing"] == ["user", "bot"]
    assert [event["type"] for event in await client.history()] == ["user", "bot"]


async def test_a_tab_opened_during_a_turn_sees_that_the_bot_is_typing(stack: Stack, client: Client) -> None:
    release = asyncio.Event()
    stack.rasa.before = lambda _: release.wait()
    seq = await client.say("hello")
    await eventually(lambda: stack.rasa.at_once[client.conversation] == 1)
    async with client.stream(after=seq) as events:
        assert await asyncio.wait_for(events.__anext__(), 5) == {"type": "typing", "on": True}
    release.set()


async def test_a_client_that_leaves_frees_its_stream(stack: Stack, client: Client) -> None:
    await eventually(lambda: open_streams(stack) == 0)
    async with client.stream(), client.stream():
        assert open_streams(stack) == 2
    await eventually(lambda: open_streams(stack) == 0)
    assert stack.gateway.hub._streams == {}


async def test_a_client_that_vanishes_without_a_word_frees_its_stream(stack: Stack, client: Client) -> None:
    url = client.http.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"GET /chat/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n\r\n"
    writer.write(head.encode())
    assert b"200 OK" in await reader.readuntil(b"retry: 2000\n\n")
    assert open_streams(stack) == 1
    writer.transport.abort()
    await eventually(lambda: open_streams(stack) == 0)


async def test_a_quiet_stream_shows_that_it_lives(make_stack: MakeStack) -> None:
    stack = await make_stack(dataclasses.replace(QUICK, heartbeat=0.05))
    client = await stack.client()
    async with stack.http.stream("GET", "/chat/events", headers=client.headers) as response:
        lines = response.aiter_lines()
        assert [await lines.__anext__() for _ in range(5)] == ["retry: 2000", "", ": alive", "", ": alive"]
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-store"


async def test_too_many_streams_of_one_conversation(make_stack: MakeStack) -> None:
    stack = await make_stack(chat=Chat(streams_per_conversation=2, streams=3))
    one, two = await stack.client(), await stack.client()
    async with one.stream(), one.stream():
        refused = await stack.http.get("/chat/events", headers=one.headers)
        assert_refused(refused, 503, "too_many_streams")
        assert int(refused.headers["Retry-After"]) >= 1
        async with two.stream():
            assert_refused(await stack.http.get("/chat/events", headers=two.headers), 503, "too_many_streams")
    await eventually(lambda: open_streams(stack) == 0)
    async with one.stream():
        pass


async def test_streams_end_when_the_gateway_stops(make_stack: MakeStack) -> None:
    stack = await make_stack()
    client = await stack.client()
    async with client.stream() as events:
        stack.ask_to_stop()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(events.__anext__(), 5)
    await asyncio.wait_for(stack.stop(), 5)


async def test_a_stream_ends_with_its_token(stack: Stack, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tokens, "seconds_left", lambda *_: 0.1)
    async with client.stream() as events:
        assert [event async for event in events] == []


async def test_a_ticket_opens_one_stream_once(stack: Stack, client: Client) -> None:
    seq = await client.say("hello")
    response = await stack.http.post("/chat/ticket", headers=client.headers)
    assert response.status_code == 201
    ticket = response.json()["ticket"]
    async with stack.http.stream("GET", "/chat/events", params={"ticket": ticket}) as stream:
        assert stream.status_code == 200
        lines = stream.aiter_lines()
        assert [await lines.__anext__() for _ in range(3)][2] == f"id: {seq}"
    again = await stack.http.get("/chat/events", params={"ticket": ticket})
    assert_refused(again, 401, "ticket_invalid")
    for wrong in ("", "x", client.token):
        assert_refused(await stack.http.get("/chat/events", params={"ticket": wrong}), 401, "ticket_invalid")
    as_bearer = await stack.http.get("/chat/history", headers={"Authorization": f"Bearer {ticket}"})
    assert_refused(as_bearer, 401, "token_invalid")
