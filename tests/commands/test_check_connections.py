"""The check tells how a system is reached, which scopes are missing, and which credentials will end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulators.server import running
from simulators.zendesk import Zendesk
from tests.loading.conftest import Bridge

SECRETS = [value for name, value in Zendesk.environment.items() if not name.endswith(("_EMAIL", "_ID"))]
WAYS = {
    "client_credentials": {"client_id": "ZENDESK_CLIENT_ID", "client_secret": "ZENDESK_CLIENT_SECRET"},
    "api_token": {"email": "ZENDESK_EMAIL", "api_token": "ZENDESK_API_TOKEN"},
}


class Narrow(Zendesk):
    """Grant these scopes, whatever is asked for."""

    granted = ""

    def granting(self, scopes: str) -> Narrow:
        """Grant these from now on."""
        self.granted = scopes
        return self

    @property
    def tokens(self) -> Any:
        """Return what gives tokens, with the scopes that it may."""
        given = super().tokens
        if self.granted:
            make = given._new
            given._new = lambda _asked, now: make(self.granted, now)  # type: ignore[method-assign]
        return given


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Narrow]:
    simulator = Narrow()
    for name, value in Zendesk.environment.items():
        monkeypatch.setenv(name, value)
    with running(simulator) as url:
        monkeypatch.setenv("ZENDESK_URL", url)
        deploy(monkeypatch, tmp_path, "client_credentials")
        yield simulator


def deploy(monkeypatch: pytest.MonkeyPatch, folder: Path, way: str) -> None:
    """Connect as a deployment file says."""
    reached = {"base_url": {"env": "ZENDESK_URL"}, "auth": way}
    content = {
        "name": "Shop",
        "contact": {"phone": "+1 202-555-0143", "email": "help@example.test"},
        "systems": {"helpdesk": "zendesk"},
        "connections": {"zendesk": {**reached, "secrets": {name: {"env": env} for name, env in WAYS[way].items()}}},
    }
    path = folder / "mine.yml"
    path.write_text(yaml.safe_dump(content))
    monkeypatch.setenv("DEPLOYMENT", str(path))


def lines_of(told: str) -> dict[str, str]:
    """Return the lines of the connection by what they are about."""
    return {line.split()[1]: line for line in told.splitlines() if line.startswith("(zendesk)")}


def assert_no_secret(told: Any) -> None:
    assert [secret for secret in SECRETS if secret in told.out + told.err] == []


def test_a_connection_that_may_do_everything_is_well(bridge: Bridge, account: Narrow) -> None:
    told = bridge("check")
    lines = lines_of(told.out)
    assert "ok, by client_credentials at http://127.0.0.1:" in lines["connection"]
    assert "ok, granted: tickets:read, tickets:write, users:write" in lines["scopes"]
    assert (told.code, told.out.endswith("Everything is well.\n")) == (0, True)
    assert {request.method for request in account.requests if "/api/" in request.path} == {"GET"}
    assert "ok, not configured: without secrets.webhook_secret" in lines["webhook"]
    assert_no_secret(told)


def test_the_address_of_a_webhook_is_named_where_it_is_heard(
    bridge: Bridge, account: Narrow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(WAYS["client_credentials"], "webhook_secret", "ZENDESK_WEBHOOK_SECRET")
    deploy(monkeypatch, tmp_path, "client_credentials")
    monkeypatch.setenv("ZENDESK_WEBHOOK_SECRET", "zd_hook_secret")
    told = bridge("check")
    assert "ok, send it to https://(your gateway)/hooks/zendesk" in lines_of(told.out)["webhook"]
    assert (told.code, "zd_hook_secret" in told.out + told.err) == (0, False)


def test_missing_scopes_are_named_and_no_others(bridge: Bridge, account: Narrow) -> None:
    account.granting("read tickets:write")
    told = bridge("check")
    assert "missing: users:write; add them to the client" in lines_of(told.out)["scopes"]
    assert (told.code, told.out.endswith("1 of 10 need attention.\n")) == (1, True)


def test_refused_credentials_tell_what_they_would_be_needed_for(
    bridge: Bridge, account: Narrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZENDESK_CLIENT_SECRET", "zd_wrong_secret")
    told = bridge("check")
    scopes = lines_of(told.out)["scopes"]
    assert "it refuses our credentials" in scopes
    assert "(CredentialsError); needed: tickets:read" in scopes
    assert told.code == 1
    assert "zd_wrong_secret" not in told.out + told.err
    assert_no_secret(told)


def test_credentials_that_will_end_need_attention(
    bridge: Bridge, account: Narrow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deploy(monkeypatch, tmp_path, "api_token")
    told = bridge("check")
    lines = lines_of(told.out)
    assert "2027-04-30" in lines["connection"]
    assert "by api_token at http://127.0.0.1:" in lines["connection"]
    assert "ok, the vendor does not tell; needed: tickets:read" in lines["scopes"]
    assert told.code == 1
    assert_no_secret(told)


def test_a_system_that_is_away_is_told_once_for_its_read_and_its_scopes(
    bridge: Bridge, account: Narrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.faults.put("*/*=503")
    told = bridge("check")
    assert "it gives no answer" in lines_of(told.out)["scopes"]
    assert "it gives no answer" in next(line for line in told.out.splitlines() if line.startswith("helpdesk"))
    assert told.code == 1
