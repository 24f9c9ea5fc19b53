"""Whatever comes in gets a clear answer in one form; nothing of it is executed, lost or doubled."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import sqlalchemy as sa

from bridge.storage.chat import chat_events
from tests.gateway.harness import Client, Stack, assert_refused, eventually


def new_id() -> str:
    """Return a message id."""
    return str(uuid.uuid4())


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        ({"text": ""}, 422, "text_empty"),
        ({"text": " \n\u2003"}, 422, "text_empty"),
        ({"text": "\u200b\u202e\x00\x1b"}, 422, "text_empty"),
        ({"text": "\ud800"}, 422, "text_empty"),
        ({"text": "//"}, 422, "text_empty"),
        ({"text": "x" * 2001}, 413, "text_too_long"),
        ({"text": "x" * 10_000}, 413, "text_too_long"),
        ({"text": 5}, 422, "text_invalid"),
        ({"text": ["hi"]}, 422, "text_invalid"),
        ({}, 422, "text_or_payload"),
        ({"text": "hi", "payload": "/greet"}, 422, "text_or_payload"),
        ({"text": "hi", "id": "1"}, 422, "id_invalid"),
        ({"text": "hi", "id": 1}, 422, "id_invalid"),
        ({"text": "hi", "id": None}, 422, "id_invalid"),
        ({"text": "hi", "id": "{" + new_id() + "}"}, 422, "id_invalid"),
        ({"payload": "/restart"}, 422, "payload_not_offered"),
        ({"payload": "/EXTERNAL_x{}"}, 422, "payload_not_offered"),
        ({"payload": '/try_again{"seq":1}'}, 422, "payload_not_offered"),
        ({"payload": "/return_to_bot"}, 422, "payload_not_offered"),
        ({"payload": {"a": 1}}, 422, "text_invalid"),
        ({"payload": "/" + "x" * 2000}, 413, "text_too_long"),
    ],
)
async def test_a_message_that_cannot_be_taken(
    stack: Stack, client: Client, content: dict[str, object], status: int, code: str
) -> None:
    # Python's json escapes lone surrogates, as a hostile client would; httpx's would not send them.
    body = json.dumps({"id": new_id()} | content)
    response = await client.http.post("/chat/messages", content=body, headers=client.headers)
    assert_refused(response, status, code)
    assert stack.messages(client) == []
    assert await client.history() == []


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b"\x00\x01\x02", b'{"text": "\xc3\x28"}', b"[" * 60_000],
    ids=lambda body: repr(body[:12]),
)
async def test_a_body_that_is_no_json_object(client: Client, body: bytes) -> None:
    response = await client.http.post("/chat/messages", content=body, headers=client.headers)
    assert_refused(response, 400, "malformed_json")
    session = await client.http.post("/chat/session", content=body)
    assert_refused(session, 400, "malformed_json")


async def test_a_body_that_is_too_large(client: Client) -> None:
    body = b'{"text": "' + b"x" * 70_000 + b'"}'
    assert_refused(
        await client.http.post("/chat/messages", content=body, headers=client.headers), 413, "body_too_large"
    )

    async def unannounced() -> object:
        for _ in range(70):
            yield b" " * 1024

    response = await client.http.post("/chat/messages", content=unannounced(), headers=client.headers)
    assert_refused(response, 413, "body_too_large")


@pytest.mark.parametrize(
    ("typed", "delivered"),
    [
        ("/restart", "restart"),
        ("\u00a0/restart", "restart"),
        ("/EXTERNAL_x{}", "EXTERNAL_x{}"),
        ("'; DROP TABLE inbox; --", "'; DROP TABLE inbox; --"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("😀😀", "😀😀"),
        ("\u202eשלום לך", "שלום לך"),  # noqa: RUF001  # the letters are meant
        ("x" * 2000, "x" * 2000),
        ("my card is 4111 1111 1111 1111", "my card is [hidden]"),
    ],
    ids=lambda text: repr(text[:12]),
)
async def test_odd_text_is_answered_as_text(stack: Stack, client: Client, typed: str, delivered: str) -> None:
    seq = await client.say(typed)
    assert await client.answers(1, after=seq) == [f"You said: {delivered}"]
    await stack.done(client)
    assert stack.rasa.texts(client.conversation) == [delivered]
    log = await client.history()
    assert [event["text"] for event in log if event["type"] == "user"] == [delivered]


async def test_what_is_masked_is_nowhere_in_the_database(stack: Stack, client: Client) -> None:
    await client.answers(1, after=await client.say("pay with 4111-1111-1111-1111, my password is Hunter"))
    here = chat_events.c.conversation_id == client.conversation
    everything = str(stack.messages(client)) + str(stack.rows(sa.select(chat_events).where(here)))
    assert "[hidden]" in everything
    assert "1111-1111" not in everything
    assert "Hunter" not in everything


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "é"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/chat/messages"), ("GET", "/chat/history"), ("GET", "/chat/events"), ("POST", "/chat/ticket")],
)
async def test_a_wrong_token_opens_nothing(client: Client, method: str, path: str, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode("latin-1")}
    response = await client.http.request(method, path, headers=headers)
    assert_refused(response, 401, "token_invalid")
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_no_token_at_all(client: Client) -> None:
    assert_refused(await client.http.get("/chat/history"), 401, "token_missing")
    basic = await client.http.get("/chat/history", headers={"Authorization": "Basic eDp5"})
    assert_refused(basic, 401, "token_missing")


async def test_a_token_with_another_conversations_name_is_forged(stack: Stack, client: Client) -> None:
    other = await stack.client()
    body, signature = client.token.rsplit(".", 1)
    stolen, _ = other.token.rsplit(".", 1)
    assert body != stolen
    response = await client.http.get("/chat/history", headers={"Authorization": f"Bearer {stolen}.{signature}"})
    assert_refused(response, 401, "token_invalid")


async def test_nothing_of_another_conversation_is_visible(stack: Stack, client: Client) -> None:
    other = await stack.client()
    stack.rasa.answer = lambda text: [{"text": text, "buttons": [{"title": "Mine", "payload": f"/{text}"}]}]
    await client.answers(1, after=await client.say("secret"))
    await other.answers(1, after=await other.say("mine"))
    assert "secret" not in str(await other.history())
    assert_refused(await other.post(payload="/secret"), 422, "payload_not_offered")
    assert (await client.post(payload="/secret")).status_code == 202


async def test_the_same_id_again_is_processed_once(stack: Stack, client: Client) -> None:
    message_id = new_id()
    first = await client.post(id=message_id, text="hello")
    again = await client.post(id=message_id.upper(), text="hello")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    await client.answers(1)
    await client.answers(1, after=await client.say("next"))
    assert stack.rasa.texts(client.conversation) == ["hello", "next"]


async def test_the_same_id_twenty_times_at_once(stack: Stack, client: Client) -> None:
    message_id, gate = new_id(), threading.Barrier(20)
    url = client.http.base_url.join("/chat/messages")

    def post(_: int) -> tuple[int, int]:
        with httpx.Client(trust_env=False) as http:
            gate.wait()
            response = http.post(url, json={"id": message_id, "text": "hello"}, headers=client.headers)
        return response.status_code, response.json()["seq"]

    with ThreadPoolExecutor(20) as pool:
        results = await asyncio.gather(*(asyncio.get_running_loop().run_in_executor(pool, post, n) for n in range(20)))
    assert sorted(results) == [(200, 1)] * 19 + [(202, 1)]
    assert await client.answers(1) == ["You said: hello"]
    assert stack.rasa.texts(client.conversation) == ["hello"]


async def test_the_same_id_in_two_conversations_is_two_messages(stack: Stack, client: Client) -> None:
    other, message_id = await stack.client(), new_id()
    assert (await client.post(id=message_id, text="one")).status_code == 202
    assert (await other.post(id=message_id, text="two")).status_code == 202
    assert await other.answers(1) == ["You said: two"]


async def test_a_client_that_leaves_in_the_middle_of_its_request(stack: Stack, client: Client) -> None:
    host, port = client.http.base_url.host, client.http.base_url.port
    _reader, writer = await asyncio.open_connection(host, port)
    start = (
        f"POST /chat/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\nContent-Length: 99\r\n\r\n"
    )
    writer.write(start.encode() + b'{"id": ')
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await client.answers(1, after=await client.say("still here?")) == ["You said: still here?"]
    assert len(stack.messages(client)) == 1


async def test_a_client_that_leaves_before_the_answer_loses_nothing(stack: Stack, client: Client) -> None:
    message_id = new_id()
    body = json.dumps({"id": message_id, "text": "hello"})
    host, port = client.http.base_url.host, client.http.base_url.port
    _reader, writer = await asyncio.open_connection(host, port)
    head = f"POST /chat/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    await writer.drain()
    writer.transport.abort()
    await eventually(lambda: len(stack.messages(client)) == 1)
    assert (await client.post(id=message_id, text="hello")).status_code == 200
    assert await client.answers(1) == ["You said: hello"]


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 16, "٣"])
async def test_a_place_that_is_no_number(client: Client, after: str) -> None:
    for path in ("/chat/history", "/chat/events"):
        response = await client.http.get(path, params={"after": after}, headers=client.headers)
        assert_refused(response, 422, "after_invalid")


async def test_wrong_addresses_and_methods_have_the_same_form(client: Client) -> None:
    assert_refused(await client.http.get("/chat/nothing"), 404, "not_found")
    assert_refused(await client.http.get("/static/../../pyproject.toml"), 404, "not_found")
    assert_refused(await client.http.delete("/chat/messages"), 405, "method_not_allowed")
    assert_refused(await client.http.post("/internal/rasa/callback"), 404, "not_found")
    assert_refused(await client.http.get("/metrics"), 404, "not_found")


@pytest.mark.parametrize("secret", ["my card is 4111 1111 1111 1111", "the password is: hunter2", "AKIA" + "B" * 16])
async def test_who_sends_a_secret_is_told_so_once_and_still_answered(stack: Stack, client: Client, secret: str) -> None:
    message_id = new_id()
    await client.post(id=message_id, text=secret)
    assert (await client.post(id=message_id, text=secret)).status_code == 200
    assert len(await client.answers(1)) == 1
    await stack.done(client)
    user, remark, answer = await client.history()
    assert ([user["type"], remark["type"], answer["type"]]) == ["user", "notice", "bot"]
    assert "[hidden]" in user["text"]
    assert "never ask" in remark["text"]
    assert answer["text"] == f"You said: {user['text']}"


async def test_who_sends_nothing_secret_is_warned_of_nothing(client: Client) -> None:
    await client.answers(1, after=await client.say("where is 1Z999AA10123456784, I forgot my password"))
    assert [event["type"] for event in await client.history()] == ["user", "bot"]
