"""What adapters make of replies that no vendor should send: null where none may be."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.errors import BridgeError, NotFoundError, ProtocolError
from bridge.model.identity import Claim
from bridge.transport.reply import Reply
from bridge.transport.wire import Request, Wire
from tests.adapters.connected import connected

EMAIL, AT = "ana@example.test", "2026-11-22T10:00:00Z"
NOWHERE = "https://vendor.example.test"
SECRETS = {
    "request_tracker": {"user": "u", "password": "p"},
    "zendesk": {"client_id": "i", "client_secret": "s"},
    "salesforce": {"client_id": "i", "client_secret": "s"},
}
WAYS = {"request_tracker": "basic"}
TICKETS: dict[str, dict[str, Any]] = {
    "request_tracker": {
        "id": "7",
        "Subject": "Zip",
        "Status": "open",
        "Requestor": [{"EmailAddress": EMAIL}],
        "Queue": {"Name": "General"},
        "Created": AT,
        "LastUpdated": AT,
    },
    "zendesk": {"id": 7, "requester_id": 1, "status": "open", "created_at": AT, "updated_at": AT},
}
MESSAGES = ("comments", "attachments", "history")


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], tuple[int, Any]]) -> None:
    """Let every request but those for tokens be answered so."""

    def exchange(_self: Wire, request: Request, *_: Any) -> Reply:
        status, said = (200, {"access_token": "t"}) if "oauth" in request.what else answer(request.what)
        return Reply(request.what, NOWHERE, status, {}, json.dumps(said).encode(), writes=request.writes)

    monkeypatch.setattr(Wire, "exchange", exchange)


def adapter(domain: str, system: str, vault: sa.engine.Engine) -> Any:
    auth = WAYS.get(system, "client_credentials")
    return connected(domain, system, NOWHERE, SECRETS[system], vault, auth=auth)


def told(ticket: dict[str, Any]) -> Callable[[str], tuple[int, Any]]:
    """Return what answers with a ticket, and with no messages of it."""
    person = {"id": 1, "email": EMAIL, "name": "Ana"}
    whole = {"items": [ticket], "ticket": ticket, "users": [person], "groups": []}
    nothing: dict[str, Any] = {"items": [], "comments": [], "users": [], "meta": {"has_more": False}}
    return lambda what: (200, nothing if what.rpartition("/")[2].split(" ")[0] in MESSAGES else whole)


@pytest.mark.parametrize(
    ("system", "field"), [(system, field) for system, ticket in TICKETS.items() for field in ticket]
)
def test_null_where_the_document_says_never_is_a_typed_error(
    vault: sa.engine.Engine, monkeypatch: pytest.MonkeyPatch, system: str, field: str
) -> None:
    desk = adapter("helpdesk", system, vault)
    answering(monkeypatch, told(TICKETS[system]))
    assert desk.find_ticket("7", Claim(email=EMAIL)).number == "7"
    answering(monkeypatch, told({**TICKETS[system], field: None}))
    # Without its requester a ticket is nobody's.
    with pytest.raises(NotFoundError if field == "Requestor" else ProtocolError):
        desk.find_ticket("7", Claim(email=EMAIL))


@pytest.mark.parametrize(
    ("field", "error"), [("Id", ProtocolError), ("Email", ProtocolError), ("records", NotFoundError)]
)
def test_contact_without_what_every_contact_has_is_not_told(
    vault: sa.engine.Engine, monkeypatch: pytest.MonkeyPatch, field: str, error: type[BridgeError]
) -> None:
    record = {"Id": "003xx0000000001AAA", "Email": EMAIL, "LastName": "Ruiz", field: None}
    said = {"records": [record] if field != "records" else None}
    answering(monkeypatch, lambda _what: (200, said))
    with pytest.raises(error):
        adapter("crm", "salesforce", vault).find_contact(EMAIL)
