"""What a deployment says of a connection is checked before anything is sent: file, line, field, what was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from bridge.connections import Connections
from bridge.errors import SettingsError
from bridge.model.helpdesk import Priority, TicketStatus
from bridge.settings import load
from bridge.storage.types import utc_now

SECRET = "zd-5ecret-of-the-client"
GOOD: dict[str, Any] = {
    "base_url": "https://acme.zendesk.com",
    "secrets": {"client_id": {"env": "TEST_ID"}, "client_secret": {"env": "TEST_SECRET"}},
}


@pytest.fixture
def connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that connects as a deployment file says."""
    monkeypatch.setenv("TEST_ID", "id")
    monkeypatch.setenv("TEST_SECRET", SECRET)
    monkeypatch.setenv("FRONTDESK_SECRET", "s" * 32)
    monkeypatch.setenv("FRONTDESK_INTERNAL_SECRET", "i" * 32)
    path = tmp_path / "mine.yml"
    monkeypatch.setenv("DEPLOYMENT", str(path))

    def connect(**changes: Any) -> Connections:
        content = {
            "name": "Shop",
            "contact": {"phone": "+1 202-555-0143", "email": "help@example.test"},
            "systems": {"helpdesk": "zendesk"},
            "connections": {"zendesk": {**GOOD, **changes}},
        }
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        made = Connections(load(), sa.create_engine("sqlite://", future=True), lambda: None, utc_now)
        made.to("zendesk")
        return made

    return connect


def refusal(connect: Any, **changes: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        connect(**changes)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_a_connection_is_made_of_manifest_and_deployment(connections: Any) -> None:
    made = connections(mapping={"helpdesk": {"statuses": {"Waiting": "hold"}, "teams": {"Returns": 5}}}).to("zendesk")
    words = made.words["helpdesk"]
    assert words.ours("statuses", "waiting", TicketStatus, TicketStatus.OTHER) is TicketStatus.HOLD
    assert words.ours("statuses", "new", TicketStatus, TicketStatus.OTHER) is TicketStatus.NEW
    assert words.ours("statuses", "lost", TicketStatus, TicketStatus.OTHER) is TicketStatus.OTHER
    assert (words.theirs("teams", "Returns"), words.theirs("priorities", Priority.HIGH)) == ("5", "high")
    assert (made.way_name, "tickets:write" in made.scopes) == ("client_credentials", True)
    assert SECRET not in repr(made) + repr(made.session) + repr(made.auth)


@pytest.mark.parametrize(
    ("changes", "line", "field", "told"),
    [
        ({"base_url": "http://acme.zendesk.com"}, 9, "base_url", "https://"),
        ({"base_url": "acme"}, 9, "base_url", "https://acme.zendesk.com"),
        ({"secrets": {"client_id": {"env": "TEST_ID"}}}, 10, "secrets", "client_secret is missing; Admin Center"),
        (
            {"secrets": {**GOOD["secrets"], "client_secrt": {"env": "TEST_ID"}}},
            15,
            "secrets.client_secrt",
            "did you mean 'client_secret'?",
        ),
        ({"secrets": {"client_id": "abc", "client_secret": {"env": "X"}}}, 10, "secrets", "never the secret itself"),
        ({"secrets": {**GOOD["secrets"], "client_id": {"env": "NOT_THERE"}}}, 11, "secrets.client_id", "NOT_THERE"),
        ({"auth": "api_tokn"}, 15, "auth", "did you mean 'api_token'?"),
        ({"fields": {"version": "3"}}, 16, "fields.version", "known: none"),
        ({"base_ulr": "x"}, 15, "base_ulr", "did you mean 'base_url'?"),
        ({"mapping": {"helpdesk": {"statuses": {"x": "opn"}}}}, 18, "mapping.helpdesk.statuses.x", "'open'"),
        ({"mapping": {"helpdesk": {"priorities": {"hgh": "1"}}}}, 18, "mapping.helpdesk.priorities.hgh", "'high'"),
        ({"mapping": {"helpdesk": {"statusses": {}}}}, 17, "mapping.helpdesk.statusses", "'statuses'"),
        ({"mapping": {"helpdesk": {"fields": {"order": 1}}}}, 18, "mapping.helpdesk.fields.order", "order_number"),
        ({"mapping": {"crm": {}}}, 16, "mapping.crm", "is no domain"),
        ({"mapping": {"helpdesk": {"teams": {"x": True}}}}, 18, "mapping.helpdesk.teams.x", "a word or a number"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    connections: Any, tmp_path: Path, changes: Any, line: int, field: str, told: str
) -> None:
    said = refusal(connections, **changes)
    assert said.startswith(f"{tmp_path / 'mine.yml'}:{line}: connections.zendesk.{field}: "), said
    assert told in said


def test_a_field_that_is_there_twice_is_refused(connections: Any, tmp_path: Path) -> None:
    connections()
    path = tmp_path / "mine.yml"
    path.write_text(path.read_text() + "name: Other\n")
    with pytest.raises(SettingsError, match=r"mine\.yml:15: name: is there twice"):
        load()


def test_a_legacy_way_is_told_at_the_start(connections: Any, capsys: pytest.CaptureFixture[str]) -> None:
    secrets = {"email": {"env": "TEST_ID"}, "api_token": {"env": "TEST_SECRET"}}
    connections(auth="api_token", secrets=secrets)
    told = capsys.readouterr().out
    assert "auth_is_legacy" in told
    assert "2027-04-30" in told
    assert SECRET not in told
