"""Who may open which conversation, and as whom."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import assume, given
from hypothesis import strategies as st
from starlette.requests import Request

from bridge.settings.chat import Chat
from bridge.storage.chat import conversations
from bridge.storage.engine import writing
from gateway.chat.requests import Proxies
from gateway.chat.tokens import Tokens
from gateway.errors import ApiError
from tests.gateway.harness import Client, Stack, assert_refused, host_token

HOUR = 3600


async def test_a_session_is_anonymous_and_keeps_no_address(stack: Stack) -> None:
    client = Client(stack.http)
    response = await client.open(locale="de-AT")
    assert response.status_code == 201
    assert set(response.json()) == {"conversation", "token", "expires_at"}
    expires = datetime.fromisoformat(response.json()["expires_at"].replace("Z", "+00:00"))
    assert timedelta(minutes=59) < expires - datetime.now(timezone.utc) <= timedelta(hours=1)
    row = stack.row(client)
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


class TestTimes:
    """A token is good for an hour, can be exchanged for a day, and so on for a month."""

    @pytest.fixture(autouse=True)
    def _tokens(self) -> None:
        self.now = 1000.0
        self.tokens = Tokens("secret", Chat(), ticket_seconds=30, clock=lambda: self.now)

    def test_a_token_and_a_ticket_expire(self) -> None:
        token, expires_at = self.tokens.issue("c", "")
        ticket = self.tokens.issue_ticket(self.tokens.check(token, ""))
        assert expires_at.timestamp() == 4600
        self.now += 31
        with pytest.raises(ApiError, match="ticket_invalid"):
            self.tokens.read_ticket(ticket, "")
        self.now = 4599.0
        assert self.tokens.check(token, "").conversation_id == "c"
        self.now = 4600.0
        with pytest.raises(ApiError, match="token_invalid"):
            self.tokens.check(token, "")

    def test_an_expired_token_is_exchanged_within_a_day(self) -> None:
        token, _ = self.tokens.issue("c", "")
        self.now += 24 * HOUR - 1
        assert self.tokens.check_renewal(token, "").conversation_id == "c"
        self.now += 1
        with pytest.raises(ApiError, match="token_invalid"):
            self.tokens.check_renewal(token, "")

    def test_a_session_ends_however_often_it_was_renewed(self) -> None:
        token, _ = self.tokens.issue("c", "")
        end = self.now + 30 * 24 * HOUR
        while self.now + 23 * HOUR < end:
            self.now += 23 * HOUR
            token, expires_at = self.tokens.issue("c", "", self.tokens.check_renewal(token, ""))
        self.now = end - 60
        token, expires_at = self.tokens.issue("c", "", self.tokens.check_renewal(token, ""))
        assert expires_at.timestamp() == end
        self.now = end
        with pytest.raises(ApiError, match="token_invalid"):
            self.tokens.check_renewal(token, "")

    @pytest.mark.parametrize("kind", ["token", "ticket"])
    @given(place=st.integers(min_value=0), sign=st.characters(exclude_categories=["Cs"]))
    def test_what_was_changed_opens_nothing(self, kind: str, place: int, sign: str) -> None:
        token, _ = self.tokens.issue("c", "")
        right = token if kind == "token" else self.tokens.issue_ticket(self.tokens.check(token, ""))
        place %= len(right) - 1  # the last sign of base64 holds bits that mean nothing
        assume(sign != right[place])
        wrong = right[:place] + sign + right[place + 1 :]
        with pytest.raises(ApiError, match=f"{kind}_invalid"):
            (self.tokens.check if kind == "token" else self.tokens.read_ticket)(wrong, "")


@pytest.mark.parametrize(("idle", "level_holds"), [(29, True), (31, False)])
async def test_messages_keep_an_identity_fresh_until_it_has_lapsed(
    stack: Stack, client: Client, idle: int, level_holds: bool
) -> None:
    await client.open(user_token=host_token())
    seen = datetime.now(timezone.utc) - timedelta(minutes=idle)
    with writing(stack.engine) as connection:
        mine = conversations.c.id == client.conversation
        connection.execute(sa.update(conversations).where(mine).values(identity_seen_at=seen))
    await client.say("hello")
    kept = stack.row(client)["identity_seen_at"]
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
