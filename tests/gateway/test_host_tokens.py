"""The host site vouches for a person: which tokens hold, which do not, and why; each counts once."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from bridge.settings.user_tokens import HostKey, UserTokens
from bridge.storage.chat import conversations, user_tokens
from bridge.storage.engine import writing
from gateway.chat.host_tokens import HostTokens
from gateway.errors import ApiError
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import USER_TOKEN_SECRET, Client, Stack, assert_refused, host_token, settings_for

NOW = 1_800_000_000.0
OTHER_SECRET = "another secret of at least 32 bytes, of course"
_PEM, _PUBLIC = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo


def pair(private: Any) -> tuple[str, str]:
    """Return a private key and its public one as PEM."""
    mine = private.private_bytes(_PEM, PrivateFormat.PKCS8, NoEncryption())
    return mine.decode(), private.public_key().public_bytes(_PEM, _PUBLIC).decode()


RSA, RSA_PUBLIC = pair(rsa.generate_private_key(65537, 2048))
NEW_RSA, NEW_RSA_PUBLIC = pair(rsa.generate_private_key(65537, 2048))
EC, EC_PUBLIC = pair(ec.generate_private_key(ec.SECP256R1()))
KEYS = (
    HostKey("2026-01", "RS256", RSA_PUBLIC),
    HostKey("2026-02", "RS256", NEW_RSA_PUBLIC),
    HostKey("curve", "ES256", EC_PUBLIC),
    HostKey("shared", "HS256", OTHER_SECRET),
)


def reader(keys: tuple[HostKey, ...] = KEYS, secret: str | None = USER_TOKEN_SECRET, **limits: Any) -> HostTokens:
    """Return what reads tokens at NOW."""
    settings = settings_for("sqlite://", 1, user_token_keys=keys, user_token_secret=secret)
    deployment = settings.deployment.copy(update={"user_tokens": UserTokens(**limits)})
    return HostTokens(settings.copy(update={"deployment": deployment}), clock=lambda: NOW)


def at_now(key: str = USER_TOKEN_SECRET, algorithm: str = "HS256", kid: str | None = None, **changes: Any) -> str:
    return host_token(key, algorithm, kid, **({"iat": NOW, "exp": NOW + 60} | changes))


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [
        (RSA, "RS256", "2026-01"),
        (NEW_RSA, "RS256", "2026-02"),
        (EC, "ES256", "curve"),
        (OTHER_SECRET, "HS256", "shared"),
        (USER_TOKEN_SECRET, "HS256", None),
    ],
    ids=range(5),
)
def test_every_key_verifies_its_own_tokens(key: str, algorithm: str, kid: str | None) -> None:
    voucher = reader().read(at_now(key, algorithm, kid))
    assert (voucher.subject, voucher.email, voucher.expired) == ("customer-7", "ann@example.test", False)


def test_a_key_that_was_taken_out_verifies_nothing() -> None:
    old, rest = KEYS[0], KEYS[1:]
    token = at_now(RSA, "RS256", old.kid)
    assert reader((old, *rest)).read(token).subject == "customer-7"
    with pytest.raises(ApiError, match="user_token_key"):
        reader(rest).read(token)


def test_the_only_key_needs_no_name() -> None:
    assert reader(KEYS[:1], secret=None).read(at_now(RSA, "RS256")).subject == "customer-7"


def unsigned(header: dict[str, Any]) -> str:
    """Return a token without a signature."""
    parts = (header, {"sub": "x", "aud": "frontdesk", "exp": NOW + 60})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def signed_with_the_public_key() -> str:
    """Return what fools a verifier that believes the header: the public key taken for a shared secret."""
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signing_input = unsigned({"alg": "HS256", "kid": "2026-01"}).rstrip(".")
    signature = base64.urlsafe_b64encode(hmac.sign(signing_input.encode(), RSA_PUBLIC.encode()))
    return f"{signing_input}.{signature.decode().rstrip('=')}"


@pytest.mark.parametrize(
    ("code", "token"),
    [
        ("invalid", at_now("not the secret, though it has 32 bytes")),
        ("invalid", at_now(NEW_RSA, "RS256", "2026-01")),
        ("invalid", at_now(sub="")),
        ("invalid", at_now(sub="x" * 201)),
        ("invalid", at_now(exp="soon", iat=None)),
        ("invalid", at_now(exp=float("nan"))),
        ("invalid", at_now(exp=True)),
        ("invalid", at_now(exp=-62135596861.0)),
        ("invalid", at_now(nbf="now")),
        ("invalid", "nonsense"),
        ("invalid", "a.b.c"),
        ("invalid", "x" * 10_000),
        ("invalid", 5),
        ("invalid", {"a": 1}),
        ("algorithm", unsigned({"alg": "none"})),
        ("algorithm", unsigned({"alg": "None", "kid": "2026-01"})),
        ("algorithm", signed_with_the_public_key()),
        ("algorithm", at_now(USER_TOKEN_SECRET * 2, "HS512")),
        ("algorithm", at_now(OTHER_SECRET, "HS256", "2026-01")),
        ("algorithm", at_now(RSA, "RS256", "shared")),
        ("algorithm", at_now(RSA, "PS256", "2026-01")),
        ("key", at_now(RSA, "RS256", "2025-12")),
        ("key", unsigned({"alg": "HS256", "kid": "../../etc/passwd"})),
        ("incomplete", at_now(exp=None)),
        ("incomplete", at_now(aud=None)),
        ("incomplete", at_now(sub=None)),
        ("audience", at_now(aud="another")),
        ("early", at_now(nbf=NOW + 61)),
        ("early", at_now(iat=NOW + 61)),
        ("long", at_now(exp=NOW + 3661)),
        ("long", at_now(exp=NOW + 60, iat=NOW - 3601)),
        ("long", at_now(exp=NOW + 3661, iat=None)),
    ],
    ids=range(32),
)
def test_a_token_that_does_not_hold(code: str, token: object) -> None:
    with pytest.raises(ApiError) as refused:
        reader().read(token)
    assert (refused.value.status, refused.value.code) == (401, f"user_token_{code}")


@pytest.mark.parametrize("changes", [{"nbf": NOW + 59, "iat": NOW + 59}, {"exp": NOW - 59}, {"exp": NOW + 3600}])
def test_clocks_may_differ_by_a_minute(changes: dict[str, float]) -> None:
    assert not reader().read(at_now(**changes)).expired


def test_after_that_a_token_has_expired() -> None:
    assert reader().read(at_now(exp=NOW - 60)).expired


@pytest.mark.parametrize(
    ("issuer", "code"),
    [("https://shop.example.test", None), ("https://evil.example.test", "issuer"), (None, "incomplete")],
)
def test_an_issuer_that_was_agreed(issuer: str | None, code: str | None) -> None:
    tokens = reader(issuer="https://shop.example.test")
    token = at_now(iss=issuer)
    if code is None:
        assert tokens.read(token).subject == "customer-7"
    else:
        with pytest.raises(ApiError, match=f"user_token_{code}"):
            tokens.read(token)


@given(st.text() | st.lists(st.text(alphabet="ABCeyJhbGciOiJub25l0_-"), min_size=3, max_size=3).map(".".join))
def test_no_text_is_more_than_refused(token: str) -> None:
    with pytest.raises(ApiError, match="user_token_"):
        reader().read(token)


_NAMES = st.sampled_from(["sub", "aud", "exp", "iat", "nbf", "iss", "jti", "email"])
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.dictionaries(_NAMES, _SCALARS | st.lists(_SCALARS) | st.dictionaries(st.text(), _SCALARS)))
def test_whatever_the_host_site_signs_is_taken_or_refused(changes: dict[str, Any]) -> None:
    claims = {"sub": "customer-7", "aud": "frontdesk", "exp": NOW + 60} | changes
    token = jwt.PyJWS().encode(json.dumps(claims).encode(), USER_TOKEN_SECRET, "HS256")
    try:
        voucher = reader().read(token)
    except ApiError:
        return
    assert voucher.subject == claims["sub"]
    assert "frontdesk" in claims["aud"]


class TestSigningIn:
    """Through the door."""

    async def test_the_host_site_vouches_for_a_person(self, stack: Stack) -> None:
        client = Client(stack.http)
        assert (await client.open(user_token=host_token())).status_code == 201
        row = stack.row(client)
        assert (row["identity_level"], row["identity_subject"]) == ("verified", "customer-7")
        assert row["identity_email"] == "ann@example.test"

    async def test_during_a_conversation_it_goes_on(self, stack: Stack, client: Client) -> None:
        before = client.conversation
        await client.open(user_token=host_token())
        await client.open(user_token=host_token(email=None))
        assert client.conversation == before
        assert stack.row(client)["identity_level"] == "verified"

    async def test_another_person_always_gets_a_new_conversation(self, stack: Stack, client: Client) -> None:
        await client.open(user_token=host_token())
        first = client.conversation
        await client.say("my secret")
        await client.open(user_token=host_token(sub="customer-8"))
        assert client.conversation != first
        assert await client.history() == []
        assert stack.row(client)["identity_subject"] == "customer-8"

    async def test_a_refusal_says_why(self, stack: Stack) -> None:
        response = await stack.http.post("/chat/session", json={"user_token": host_token(aud="another")})
        assert_refused(response, 401, "user_token_audience")

    async def test_without_a_key_they_are_refused(self, make_stack: MakeStack) -> None:
        stack = await make_stack(user_token_secret=None)
        response = await stack.http.post("/chat/session", json={"user_token": host_token()})
        assert_refused(response, 422, "user_token_unsupported")


class TestReplay:
    """A token that somebody else has got hold of."""

    async def test_it_opens_no_second_conversation(self, stack: Stack) -> None:
        token = host_token()
        assert (await Client(stack.http).open(user_token=token)).status_code == 201
        thief = await stack.client()
        assert_refused(await thief.open(user_token=token), 401, "user_token_used")
        assert_refused(await Client(stack.http).open(user_token=token), 401, "user_token_used")
        assert stack.row(thief)["identity_level"] == "anonymous"

    async def test_of_many_at_once_one_gets_in(self, stack: Stack) -> None:
        token = host_token()
        answers = await asyncio.gather(*(Client(stack.http).open(user_token=token) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [201, *[401] * 7]

    async def test_it_renews_the_conversation_that_it_opened(self, stack: Stack) -> None:
        token, client = host_token(), Client(stack.http)
        await client.open(user_token=token)
        before = client.conversation
        assert (await client.open(user_token=token)).status_code == 201
        assert client.conversation == before

    async def test_but_proves_nobody_anew(self, stack: Stack) -> None:
        token, client = host_token(), Client(stack.http)
        await client.open(user_token=token)
        long_ago = datetime.now(timezone.utc) - timedelta(minutes=31)
        with writing(stack.engine) as connection:
            mine = conversations.c.id == client.conversation
            connection.execute(sa.update(conversations).where(mine).values(identity_seen_at=long_ago))
        await client.open(user_token=token)
        assert stack.row(client)["identity_seen_at"] == long_ago

    @pytest.mark.parametrize("changes", [{"jti": "1"}, {"jti": None, "iat": None}])
    async def test_two_signatures_of_one_content_are_one_token(
        self, make_stack: MakeStack, changes: dict[str, Any]
    ) -> None:
        stack = await make_stack(user_token_keys=KEYS)
        until = int(time.time()) + 60
        first, second = (host_token(EC, "ES256", "curve", exp=until, **changes) for _ in range(2))
        assert first != second  # ECDSA draws a number for each signature
        assert (await Client(stack.http).open(user_token=first)).status_code == 201
        assert_refused(await Client(stack.http).open(user_token=second), 401, "user_token_used")

    async def test_of_what_was_used_a_hash_is_kept_while_it_could_come_again(self, stack: Stack) -> None:
        stale = {"mark": "0" * 64, "conversation_id": "c", "until": datetime.now(timezone.utc) - timedelta(seconds=1)}
        with writing(stack.engine) as connection:
            connection.execute(sa.insert(user_tokens).values(stale))
        client = Client(stack.http)
        await client.open(user_token=host_token(jti="in-clear"))
        kept = stack.rows(sa.select(user_tokens))
        assert client.conversation in {row["conversation_id"] for row in kept}
        assert stale["mark"] not in {row["mark"] for row in kept}
        assert "in-clear" not in str(kept)


def stale(**changes: Any) -> str:
    """Return a token that has expired."""
    return host_token(exp=time.time() - 120, iat=time.time() - 180, **changes)


class TestExpired:
    """A page holds its token for longer than that is good."""

    async def test_it_opens_nothing(self, stack: Stack) -> None:
        response = await Client(stack.http).open(user_token=stale())
        assert_refused(response, 401, "user_token_expired")

    async def test_a_conversation_of_the_same_person_is_renewed(self, stack: Stack, client: Client) -> None:
        await client.open(user_token=host_token())
        before, seen = client.conversation, stack.row(client)["identity_seen_at"]
        assert (await client.open(user_token=stale())).status_code == 201
        assert (client.conversation, stack.row(client)["identity_seen_at"]) == (before, seen)

    async def test_it_makes_nobody_known(self, stack: Stack, client: Client) -> None:
        assert (await client.open(user_token=stale())).status_code == 201
        assert stack.row(client)["identity_level"] == "anonymous"

    async def test_another_persons_conversation_is_not(self, stack: Stack, client: Client) -> None:
        await client.open(user_token=host_token())
        response = await client.open(user_token=stale(sub="customer-8"))
        assert_refused(response, 401, "user_token_expired")
