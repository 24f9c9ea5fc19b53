"""What Rasa posts is stored before it is acknowledged; what cannot be stored is not acknowledged at all."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import httpx
import pytest
import sqlalchemy as sa

from bridge.conversation.log import EventLog
from tests.gateway.fake_rasa import TLS
from tests.gateway.harness import INTERNAL, Client, Stack, assert_refused

HEADERS = {"X-Frontdesk-Secret": INTERNAL}


def broken(*_args: object) -> None:
    """Fail as a database does."""
    raise sa.exc.OperationalError("INSERT", {"text": "my private words"}, Exception("disk full"), hide_parameters=True)


async def post(stack: Stack, content: object, headers: dict[str, str] | None = None) -> httpx.Response:
    """Post to the internal port."""
    async with httpx.AsyncClient(base_url=stack.internal_url, trust_env=False, verify=TLS) as http:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return await http.post("/internal/rasa/callback", content=body, headers=HEADERS if headers is None else headers)


@pytest.mark.parametrize("headers", [{}, {"X-Frontdesk-Secret": "wrong"}, {"X-Frontdesk-Secret": ""}])
async def test_only_who_knows_the_secret_may_speak(stack: Stack, client: Client, headers: dict[str, str]) -> None:
    response = await post(stack, {"recipient_id": client.conversation, "text": "I am the bot"}, headers)
    assert_refused(response, 401, "secret_invalid")
    assert await client.history() == []


@pytest.mark.parametrize("content", [b"{", [], {}, {"recipient_id": 5, "text": "x"}])
async def test_a_callback_that_cannot_be_read(stack: Stack, content: object) -> None:
    assert (await post(stack, content)).status_code == 400


async def test_a_message_without_a_question_is_logged_too(stack: Stack, client: Client) -> None:
    """A reminder, for one."""
    response = await post(
        stack,
        {
            "recipient_id": client.conversation,
            "text": "Your parcel is there.",
            "buttons": [{"title": "Fine", "payload": "/thank", "type": "x"}, {"title": "no payload"}, "odd"],
        },
    )
    assert response.status_code == 200
    (event,) = await client.history()
    assert event["buttons"] == [{"title": "Fine", "payload": "/thank"}]
    assert (await client.post(payload="/thank")).status_code == 202


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        ({"custom": {"card": {"kind": "order"}}}, "card", {"kind": "order"}),
        ({"custom": {"other": 1}}, "custom", {"other": 1}),
        ({"image": "/static/a.svg"}, "image", "/static/a.svg"),
        ({"attachment": "/static/a.pdf"}, "attachment", "/static/a.pdf"),
    ],
)
async def test_what_is_not_text(
    stack: Stack, client: Client, message: dict[str, object], field: str, value: object
) -> None:
    await post(stack, {"recipient_id": client.conversation, **message})
    (event,) = await client.history()
    assert (event["type"], event["text"], event[field]) == ("bot", "", value)
    assert {"text", "buttons", "card", "image"} <= set(event)


@pytest.mark.parametrize("card", ["text", [], {}, {"nested": {"not": "shown"}}, {"fields": 1, "buttons": [{}]}])
async def test_a_card_that_shows_nothing_is_no_message(stack: Stack, client: Client, card: object) -> None:
    response = await post(stack, {"recipient_id": client.conversation, "custom": {"card": card}})
    assert response.status_code == 200
    assert await client.history() == []


async def test_a_conversation_that_nobody_knows_is_cut(stack: Stack) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await post(stack, {"recipient_id": "nobody", "text": "hello"})


async def test_what_cannot_be_stored_cuts_the_connection(
    stack: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventLog, "reply", broken)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.internal_url.rsplit(":", 1)[1]))
    body = json.dumps({"recipient_id": client.conversation, "text": "hello"})
    head = f"POST /internal/rasa/callback HTTP/1.1\r\nHost: x\r\nX-Frontdesk-Secret: {INTERNAL}\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)
    writer.close()


async def test_rasas_own_http_client_sees_an_error(
    stack: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rasa posts with aiohttp and swallows only errors that have a status."""
    monkeypatch.setattr(EventLog, "reply", broken)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.post(
                f"{stack.internal_url}/internal/rasa/callback",
                json={"recipient_id": client.conversation, "text": "hello"},
                headers=HEADERS,
            )


async def test_the_turn_comes_again_once_storing_works(
    stack: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = EventLog.reply, iter([True, True])

    def sometimes(*args: object) -> object:
        if next(tries, False):
            broken()
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(EventLog, "reply", sometimes)
    await client.say("hello")
    assert await client.answers(1) == ["You said: hello"]
    await stack.done(client)
    assert len(stack.rasa.started) == 3
    assert stack.rasa.texts(client.conversation) == ["hello"]


async def test_a_callback_that_comes_twice_in_two_attempts_is_logged_once(stack: Stack, client: Client) -> None:
    stack.rasa.answer = lambda _: [{"text": "Same."}, {"text": "Same."}]
    stack.rasa.die_after_callbacks = 1
    await client.say("hello")
    await client.answers(2)
    await stack.done(client)
    assert [event["text"] for event in await client.history() if event["type"] == "bot"] == ["Same.", "Same."]
