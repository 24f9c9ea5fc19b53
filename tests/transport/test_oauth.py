"""Tokens are got once for everybody, renewed in time, kept encrypted, and never told."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridge import errors
from bridge.storage.engine import reading
from bridge.storage.tokens import tokens
from bridge.testing.contract import assert_tells_nothing_of, at_once
from bridge.transport import Session
from bridge.transport import Vendor as Table
from bridge.transport.address import Address
from bridge.transport.oauth import Client, ClientCredentials, Code, Endpoint, Grant, JwtBearer, OAuth2, Refresh
from bridge.transport.vault import Vault
from bridge.transport.wire import Wire
from simulators.server import running
from simulators.zendesk import Zendesk
from tests.support.frontdesk import Clock
from tests.transport.vendor import Asked, Said, Vendor

ROOT = Path(__file__).parents[2]
SECRET = "client-5ecret"
FORM = Endpoint("oauth/token")


@dataclass
class Issuer:
    """Answer as a vendor that numbers its tokens and takes the newest only."""

    vendor: Vendor
    life: int | None = 3600
    rotates: bool = False
    issued: int = 0
    refusal: Said | None = None

    def __post_init__(self) -> None:
        self.vendor.answer = self

    def __call__(self, asked: Asked) -> Said:
        if asked.path == "/oauth/token":
            if self.refusal is not None:
                return self.refusal
            self.issued += 1
            token: dict[str, Any] = {"access_token": f"access-{self.issued}", "token_type": "bearer"}
            token |= {"expires_in": self.life} if self.life else {}
            token |= {"refresh_token": f"refresh-{self.issued}"} if self.rotates else {}
            return Said(body=token)
        good = asked.headers.get("Authorization") == f"Bearer access-{self.issued}"
        return Said(200 if good else 401, {})

    @property
    def asked(self) -> list[Mapping[str, str]]:
        """Return the fields of each request for a token."""
        bodies = [asked.body.decode() for asked in self.vendor.asked if asked.path == "/oauth/token"]
        return [
            json.loads(body) if body.startswith("{") else {name: one for name, (one,) in parse_qs(body).items()}
            for body in bodies
        ]


@pytest.fixture
def issuer(vendor: Vendor) -> Issuer:
    return Issuer(vendor)


@pytest.fixture
def clock() -> Clock:
    return Clock()


Connect = Callable[..., Session]


@pytest.fixture
def connect(issuer: Issuer, engine: sa.engine.Engine, clock: Clock) -> Connect:
    """Return a function that makes a session of a process of its own: nothing of it is in memory yet."""

    def make(
        grant: Grant | None = None,
        endpoint: Endpoint = FORM,
        secrets: tuple[str, ...] = (SECRET,),
        keys: tuple[str, ...] = ("k" * 32,),
    ) -> Session:
        address, vault = Address(issuer.vendor.url), Vault(engine, keys, clock)
        client, grant = Client("client-1", secrets), grant or ClientCredentials("tickets:read")
        auth = OAuth2("acme", Wire(address), endpoint, client, grant, vault, clock)
        return Session(Table("acme"), Wire(address), auth, clock)

    return make


def test_a_token_is_got_once_and_shared(connect: Connect, issuer: Issuer) -> None:
    for session in (connect(), connect()):
        session.get("people")
        session.get("people")
    assert issuer.asked == [
        {
            "grant_type": "client_credentials",
            "scope": "tickets:read",
            "client_id": "client-1",
            "client_secret": SECRET,
        }
    ]


def test_threads_share_a_token(connect: Connect, issuer: Issuer) -> None:
    session = connect()
    at_once(lambda: session.get("people"))
    assert issuer.issued == 1


def test_a_token_is_renewed_before_it_ends(connect: Connect, issuer: Issuer, clock: Clock) -> None:
    session = connect()
    session.get("people")
    clock.forward(seconds=3600 - 301)
    session.get("people")
    assert issuer.issued == 1
    clock.forward(seconds=2)
    session.get("people")
    assert issuer.issued == 2


def test_a_token_that_still_works_is_used_while_no_new_one_can_be_got(
    connect: Connect, issuer: Issuer, clock: Clock
) -> None:
    session = connect()
    session.get("people")
    issuer.refusal = Said(503, {})
    clock.forward(seconds=3400)
    assert session.get("people").status == 200
    clock.forward(seconds=300)
    with pytest.raises(errors.UnavailableError):
        session.get("people")


def test_a_refused_token_is_replaced_once(connect: Connect, issuer: Issuer) -> None:
    session = connect()
    session.get("people")
    issuer.issued += 1  # from now on the vendor takes another one than it gave
    session.post("people", json={})
    assert (issuer.issued, len(issuer.asked)) == (3, 2)


def test_a_new_token_that_is_refused_too_is_the_end(connect: Connect, issuer: Issuer) -> None:
    session = connect()

    def refuse(asked: Asked) -> Said:
        return issuer(asked) if asked.path == "/oauth/token" else Said(401, {})

    issuer.vendor.answer = refuse
    with pytest.raises(errors.CredentialsError):
        session.get("people")
    assert [asked.path for asked in issuer.vendor.asked] == ["/oauth/token", "/people", "/oauth/token", "/people"]


def test_a_token_without_an_end_is_kept_until_it_is_refused(connect: Connect, issuer: Issuer, clock: Clock) -> None:
    issuer.life = None
    session = connect()
    session.get("people")
    clock.forward(days=300)
    session.get("people")
    assert issuer.issued == 1


def test_a_refresh_token_is_replaced_by_what_comes_back(connect: Connect, issuer: Issuer, clock: Clock) -> None:
    issuer.rotates = True
    for _ in range(3):
        connect(Refresh("refresh-0")).get("people")
        clock.forward(days=1)
    assert [one["refresh_token"] for one in issuer.asked] == ["refresh-0", "refresh-1", "refresh-2"]


def test_a_vendor_that_sends_no_refresh_token_keeps_the_old_one(connect: Connect, issuer: Issuer, clock: Clock) -> None:
    for _ in range(2):
        connect(Refresh("refresh-0")).get("people")
        clock.forward(days=1)
    assert [one["refresh_token"] for one in issuer.asked] == ["refresh-0"] * 2


def test_another_first_refresh_token_begins_anew(connect: Connect, issuer: Issuer) -> None:
    issuer.rotates = True
    connect(Refresh("of-before")).get("people")
    connect(Refresh("allowed-again")).get("people")
    assert [one["refresh_token"] for one in issuer.asked] == ["of-before", "allowed-again"]


def test_a_code_is_used_once(connect: Connect, issuer: Issuer, clock: Clock) -> None:
    issuer.rotates = True
    for _ in range(2):
        connect(Code("code-1", "https://shop.example.test/back")).get("people")
        clock.forward(days=1)
    assert [one["grant_type"] for one in issuer.asked] == ["authorization_code", "refresh_token"]
    assert issuer.asked[0]["redirect_uri"] == "https://shop.example.test/back"


def test_an_assertion_is_signed(connect: Connect, issuer: Issuer) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    connect(JwtBearer("client-1", "bot@acme.test", "https://login.example.test", pem), secrets=()).get("people")
    (asked,) = issuer.asked
    claims = jwt.decode(asked["assertion"], key.public_key(), ["RS256"], audience="https://login.example.test")
    assert (claims["iss"], claims["sub"]) == ("client-1", "bot@acme.test")
    assert "client_secret" not in asked


def test_a_bad_private_key_is_told_without_showing_it(connect: Connect) -> None:
    session = connect(JwtBearer("client-1", "bot", "https://login.example.test", SECRET), secrets=())
    with pytest.raises(errors.CredentialsError) as caught:
        session.get("people")
    assert_tells_nothing_of(caught.value, SECRET)


@pytest.mark.parametrize("style", ["form", "json", "basic"])
def test_a_client_names_itself_as_the_vendor_wants(connect: Connect, issuer: Issuer, style: Any) -> None:
    connect(endpoint=Endpoint("oauth/token", style)).get("people")
    asked = issuer.vendor.asked[0]
    assert (asked.headers.get("Authorization") is not None) is (style == "basic")
    assert ("client_secret" in issuer.asked[0]) is (style != "basic")
    assert asked.headers["Content-Type"].endswith("json" if style == "json" else "urlencoded")


def test_of_two_client_secrets_the_second_is_tried(connect: Connect, issuer: Issuer) -> None:
    def answer(asked: Asked) -> Said:
        if asked.path == "/oauth/token" and b"new" not in asked.body:
            return Said(401, {"error": "invalid_client"})
        return issuer(asked)

    issuer.vendor.answer = answer
    assert connect(secrets=("old", "new")).get("people").status == 200


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said(400, {"error": "invalid_grant", "error_description": SECRET}), errors.CredentialsError),
        (Said(401, {"error": f"{SECRET} is wrong"}), errors.CredentialsError),
        (Said(403, b"<html>"), errors.CredentialsError),
        (Said(500, {}), errors.UnavailableError),
        (Said(429, {}, {"Retry-After": "5"}), errors.BusyError),
        (Said(raw=b""), errors.UnavailableError),
        (Said(200, b"<html></html>", {"Content-Type": "text/html"}), errors.ProtocolError),
        (Said(200, {"token": "x"}), errors.ProtocolError),
        (Said(200, {"access_token": "two\r\nlines"}), errors.ProtocolError),
        (Said(302, {}, {"Location": "https://elsewhere.example.test"}), errors.CredentialsError),
    ],
)
def test_no_token_is_an_error_that_says_which(
    connect: Connect, issuer: Issuer, said: Said, expected: type[errors.BridgeError]
) -> None:
    issuer.refusal = said
    with pytest.raises(errors.BridgeError) as caught:
        connect().post("people", json={})
    assert type(caught.value) is expected
    assert_tells_nothing_of(caught.value, SECRET)
    issuer.refusal = None
    assert connect().get("people").status == 200  # whoever failed holds no lease


def test_tokens_are_encrypted_and_follow_a_new_key(
    connect: Connect, issuer: Issuer, engine: sa.engine.Engine, clock: Clock
) -> None:
    issuer.rotates = True
    connect(Refresh("refresh-0"), keys=("old",)).get("people")
    with reading(engine) as connection:
        row = connection.execute(sa.select(tokens)).mappings().one()
    assert b"access-1" not in row["sealed"]
    assert not {"access-1", "refresh-0", SECRET} & set(row["name"].split(":"))
    connect(Refresh("refresh-0"), keys=("new", "old")).get("people")
    clock.forward(days=1)
    connect(Refresh("refresh-0"), keys=("new", "old")).get("people")
    connect(Refresh("refresh-0"), keys=("new",)).get("people")
    assert [one["refresh_token"] for one in issuer.asked] == ["refresh-0", "refresh-1"]


def test_what_a_lost_key_sealed_is_got_anew(connect: Connect, issuer: Issuer) -> None:
    connect(keys=("lost",)).get("people")
    assert connect(keys=("new",)).get("people").status == 200
    assert issuer.issued == 2


def test_a_lease_of_a_dead_process_ends(
    connect: Connect, issuer: Issuer, engine: sa.engine.Engine, clock: Clock
) -> None:
    dying = Vault(engine, ("k" * 32,), clock)
    name = connect()._auth._name  # type: ignore[attr-defined]  # what both would agree on
    version, _ = dying._read(name)
    assert dying._claim(name, version)
    clock.forward(seconds=31)
    assert connect().get("people").status == 200
    assert issuer.issued == 1


def test_no_log_at_any_level_holds_a_secret(
    connect: Connect, issuer: Issuer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer.rotates = True
    with caplog.at_level(logging.DEBUG):
        session = connect(Refresh("refresh-0"))
        session.get("people", params={"email": "ana@example.test"})
        issuer.issued += 1
        session.get("people")
        issuer.refusal = Said(400, {"error": "invalid_grant"})
        issuer.issued += 1
        with pytest.raises(errors.CredentialsError):
            session.get("people")
    told = caplog.text + "".join(capsys.readouterr()) + repr(session) + repr(session._auth.__dict__)
    assert "token_fetched" in told
    for secret in ("access-", "refresh-", SECRET, "ana@example.test"):
        assert secret not in told


@pytest.fixture
def zendesk() -> Iterator[tuple[Zendesk, str]]:
    simulator = Zendesk()
    with running(simulator) as url:
        yield simulator, url


@pytest.mark.slow  # two processes that import the bridge
def test_twenty_threads_in_each_of_two_processes_refresh_once(zendesk: tuple[Zendesk, str], database_url: str) -> None:
    simulator, url = zendesk
    command = [sys.executable, "-m", "tests.transport.refreshing", database_url, url, "20"]
    with ExitStack() as stack:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes = [stack.enter_context(subprocess.Popen(command, cwd=ROOT, **pipes)) for _ in range(2)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for refreshes in (1, 2):
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            answered = [process.stdout.readline().split() for process in processes if process.stdout]
            assert answered == [["200"] * 20] * 2
            # A second one with a refresh token that was used would have been refused, and is counted as well.
            assert sum(one.path == "/oauth/tokens" for one in simulator.requests) == refreshes
            simulator.tokens.expire()
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
