"""Who may open which conversation, and as whom."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from starlette.requests import Request

from bridge.settings.schema import Chat
from bridge.storage.chat import conversations
from bridge.storage.engine import writing
from gateway.chat.requests import Proxies
from gateway.chat.tokens import Tokens
from gateway.errors import ApiError
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import USER_TOKEN_SECRET, Client, Stack, assert_refused


def user_token(secret: str = USER_TOKEN_SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """Sign a token as the host site would; None removes a claim."""
    claims = {"sub": "customer-7", "email": "ann@example.test", "aud": "frontdesk", "exp": time.time() + 60} | changes
    return jwt.encode({key: value for key, value in claims.items() if value is not None}, secret, algorithm=algorithm)


def row_of(stack: Stack, client: Client) -> Any:
    """Return the row of a conversation."""
    return stack.rows(sa.select(conversations).where(conversations.c.id == client.conversation))[0]


async def test_a_session_is_anonymous_and_keeps_no_address(stack: Stack) -> None:
    client = Client(stack.http)
    response = await client.open(locale="de-AT")
    assert response.status_code == 201
    assert set(response.json()) == {"conversation", "token", "expires_at"}
    expires = datetime.fromisoformat(response.json()["expires_at"].replace("Z", "+00:00"))
    assert timedelta(hours=23) < expires - datetime.now(timezone.utc) <= timedelta(hours=24)
    row = row_of(stack, client)
    assert (row["locale"], row["mode"], row["identity_level"]) == ("de-AT", "bot", "anonymous")
    assert len(row["client"]) == 64
    assert "127.0.0.1" not in str(row)


@pytest.mark.parametrize("locale", ["x", "en_US_and_more_than_twenty", "e n", "../../etc", 5, ["en"]])
async def test_a_locale_that_is_none(stack: Stack, locale: object) -> None:
    assert_refused(await stack.http.post("/chat/session", json={"locale": locale}), 422, "locale_invalid")


async def test_a_bearer_renews_the_same_conversation(stack: Stack, client: Client) -> None:
    before = client.conversation
    await client.say("hello")
    assert (await client.open()).status_code == 201
    assert client.conversation == before
    assert (await client.history())[0]["text"] == "hello"


async def test_a_bearer_that_does_not_hold_is_refused(stack: Stack) -> None:
    response = await stack.http.post("/chat/session", headers={"Authorization": "Bearer nonsense"})
    assert_refused(response, 401, "token_invalid")


async def test_a_conversation_that_is_deleted_is_gone(stack: Stack, client: Client) -> None:
    with writing(stack.engine) as connection:
        connection.execute(sa.delete(conversations).where(conversations.c.id == client.conversation))
    assert_refused(await client.post(text="hello"), 401, "token_invalid")
    assert_refused(await stack.http.get("/chat/history", headers=client.headers), 401, "token_invalid")
    assert_refused(await stack.http.get("/chat/events", headers=client.headers), 401, "token_invalid")
    assert_refused(await client.open(), 401, "token_invalid")


def test_a_token_expires() -> None:
    now = 1000.0
    tokens = Tokens("secret", hours=1, ticket_seconds=30, clock=lambda: now)
    token, expires_at = tokens.issue("c")
    ticket = tokens.issue_ticket(tokens.check(token))
    assert expires_at.timestamp() == 4600
    now += 31
    with pytest.raises(ApiError, match="ticket_invalid"):
        tokens.read_ticket(ticket)
    now = 4599.0
    assert tokens.check(token).conversation_id == "c"
    now = 4600.0
    with pytest.raises(ApiError, match="token_invalid"):
        tokens.check(token)


async def test_the_host_site_vouches_for_a_person(stack: Stack) -> None:
    client = Client(stack.http)
    assert (await client.open(user_token=user_token())).status_code == 201
    row = row_of(stack, client)
    assert (row["identity_level"], row["identity_subject"]) == ("verified", "customer-7")
    assert row["identity_email"] == "ann@example.test"


async def test_signing_in_during_a_conversation_keeps_it(stack: Stack, client: Client) -> None:
    before = client.conversation
    await client.open(user_token=user_token())
    await client.open(user_token=user_token(email=None))
    assert client.conversation == before
    assert row_of(stack, client)["identity_level"] == "verified"


async def test_another_person_always_gets_a_new_conversation(stack: Stack, client: Client) -> None:
    await client.open(user_token=user_token())
    first = client.conversation
    await client.say("my secret")
    await client.open(user_token=user_token(sub="customer-8"))
    assert client.conversation != first
    assert await client.history() == []
    assert row_of(stack, client)["identity_subject"] == "customer-8"


@pytest.mark.parametrize(
    "token",
    [
        user_token(secret="another secret of at least 32 bytes"),
        user_token(exp=time.time() - 60),
        user_token(exp=None),
        user_token(aud="another"),
        user_token(aud=None),
        user_token(sub=None),
        user_token(sub=""),
        user_token(sub="x" * 201),
        user_token(algorithm="HS512", secret=USER_TOKEN_SECRET * 2),
        jwt.encode({"sub": "x", "aud": "frontdesk", "exp": 9e9}, "", algorithm="none"),
        "nonsense",
        5,
        {"a": 1},
    ],
    ids=range(13),
)
async def test_a_user_token_that_does_not_hold(stack: Stack, token: object) -> None:
    assert_refused(await stack.http.post("/chat/session", json={"user_token": token}), 401, "user_token_invalid")


async def test_user_tokens_without_a_secret_are_refused(make_stack: MakeStack) -> None:
    stack = await make_stack(user_token_secret=None)
    response = await stack.http.post("/chat/session", json={"user_token": user_token()})
    assert_refused(response, 422, "user_token_unsupported")


@pytest.mark.parametrize(("idle", "level_holds"), [(29, True), (31, False)])
async def test_messages_keep_an_identity_fresh_until_it_has_lapsed(
    stack: Stack, client: Client, idle: int, level_holds: bool
) -> None:
    await client.open(user_token=user_token())
    seen = datetime.now(timezone.utc) - timedelta(minutes=idle)
    with writing(stack.engine) as connection:
        mine = conversations.c.id == client.conversation
        connection.execute(sa.update(conversations).where(mine).values(identity_seen_at=seen))
    await client.say("hello")
    kept = row_of(stack, client)["identity_seen_at"]
    assert (kept > seen) is level_holds


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.9"], "192.0.2.1"),  # nobody trusts that peer
        ("10.0.0.1", ["198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", ["203.0.113.5, 198.51.100.9"], "198.51.100.9"),  # the first one may be made up
        ("10.0.0.1", ["203.0.113.5", "198.51.100.9, 10.0.0.2"], "198.51.100.9"),
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["nonsense, 10.0.0.2"], "10.0.0.1"),
        ("2001:db8::1", [], "2001:db8::/64"),
        ("2001:db8::ffff:1", [], "2001:db8::/64"),
        ("::ffff:192.0.2.1", [], "192.0.2.1"),
    ],
)
def test_the_address_of_a_client(peer: str, forwarded: list[str], client: str) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    request = Request({"type": "http", "client": (peer, 1), "headers": headers})
    assert Proxies(("10.0.0.0/8",)).client(request) == client


async def test_pages_of_other_sites_need_to_be_allowed(make_stack: MakeStack) -> None:
    stack = await make_stack(chat=Chat(allowed_origins=("https://shop.example.test",)))
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    for origin, allowed in (("https://shop.example.test", True), ("https://evil.example.test", False)):
        preflight = await stack.http.options("/chat/messages", headers={"Origin": origin, **asked})
        assert (preflight.headers.get("Access-Control-Allow-Origin") == origin) is allowed
        answer = await stack.http.post("/chat/session", headers={"Origin": origin})
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
