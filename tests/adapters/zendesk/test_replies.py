"""What goes to Zendesk and what its simulator answers fit the vendor's own document; and any answer is survived."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bridge.errors import ProtocolError
from bridge.model.identity import Claim
from bridge.testing.contract import new_email
from bridge.testing.helpdesk import HelpdeskContract
from bridge.testing.helpdesk_records import make_ticket
from bridge.transport.reply import Reply
from bridge.transport.wire import Request, Wire
from tests.adapters.zendesk.world import ZendeskWorld
from tests.support.any_answer import survives
from tests.support.any_json import any_json
from tests.support.specs import FOLDER, needs_specs

FIELDS = ["ticket", "tickets", "users", "groups", "audits", "comments", "metadata", "custom", "events", "id", "tags"]
FIELDS += [
    "status",
    "requester_id",
    "external_id",
    "email",
    "name",
    "created_at",
    "updated_at",
    "meta",
    "links",
    "next",
]
VALUES = (
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "open", "7", "2026-01-20T09:30:00Z", "x@y.test"])
)
JSON = any_json(FIELDS, VALUES, size=40)


@lru_cache
def document(*, nulls: bool) -> dict[str, Any]:
    """Return the vendor's document, as JSON Schema takes it; in replies every field may be null, whatever it says."""
    read = yaml.safe_load((FOLDER / "zendesk/support-trimmed.yaml").read_text(encoding="utf-8"))
    cleaned: dict[str, Any] = _cleaned(read, nulls)
    return cleaned


def _cleaned(value: Any, nulls: bool) -> Any:
    if isinstance(value, list):
        return [_cleaned(one, nulls) for one in value]
    if not isinstance(value, dict):
        return value
    # Custom fields are typed as their definitions there, which the API does not take (the sheet names this defect).
    made = {name: _cleaned(one, nulls) for name, one in value.items() if name not in ("custom_fields", "format")}
    if isinstance(made.get("type"), str) and (nulls or made.get("nullable")):
        made["type"] = [made["type"], "null"]
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
    return made


@needs_specs
def test_requests_and_replies_fit_the_document(world: ZendeskWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Request, Reply]] = []
    exchange = Wire.exchange

    def tapped(self: Wire, request: Request, *rest: Any) -> Reply:
        reply = exchange(self, request, *rest)
        seen.append((request, reply))
        return reply

    monkeypatch.setattr(Wire, "exchange", tapped)
    for call in HelpdeskContract().calls(world, new_email()).values():
        call(world.adapter)
    checked, paths = set(), document(nulls=False)["paths"]
    for request, reply in seen:
        method, path = request.what.removeprefix("zendesk: ").split(" ")[:2]
        found = next((its for its in paths if re.sub(r"\{\w+\}", "{id}", its) == f"/api/v2/{path}"), None)
        if found is None:
            continue  # the token endpoint, and a person's tickets, are not in this copy of the document
        checked.add(f"{method} {path}")
        asked, answered = (document(nulls=nulls)["paths"][found][method.lower()] for nulls in (False, True))
        if request.prepared.body:
            _check(asked["requestBody"], request.prepared.body, nulls=False)
        _check(answered["responses"][str(reply.status)], reply.body, nulls=True)
    assert {"POST tickets", "PUT tickets/{id}", "GET tickets/{id}", "GET tickets/{id}/audits"} <= checked


def _check(part: Any, body: bytes | str, *, nulls: bool) -> None:
    resolver = jsonschema.RefResolver("", document(nulls=nulls))
    schema = part["content"]["application/json"]["schema"]
    jsonschema.Draft4Validator(schema, resolver=resolver).validate(json.loads(body))


def test_whatever_comes_back_is_a_value_or_an_error_of_ours(world: ZendeskWorld) -> None:
    survives(world.adapter, HelpdeskContract().calls(world, new_email()), JSON)


@pytest.mark.parametrize(("path", "owner"), [("GET tickets/{id}", "id"), ("requested", "requester_id")])
def test_another_ticket_than_the_one_asked_for_is_refused_and_reported(
    world: ZendeskWorld, monkeypatch: pytest.MonkeyPatch, path: str, owner: str
) -> None:
    email, exchange = new_email(), Wire.exchange
    ticket = world.add_ticket(make_ticket(email))

    def of_another(self: Wire, request: Request, *rest: Any) -> Reply:
        reply = exchange(self, request, *rest)
        if not request.what.endswith(path) or reply.status != 200:
            return reply
        said = json.loads(reply.body)
        for one in [said["ticket"]] if "ticket" in said else said["tickets"]:
            one[owner] += 1
        return Reply(request.what, reply.url, reply.status, reply.headers, json.dumps(said).encode())

    monkeypatch.setattr(Wire, "exchange", of_another)
    asked: dict[str, Callable[[], object]] = {
        "id": lambda: world.adapter.find_ticket(ticket.number, Claim(email=email)),
        "requester_id": lambda: world.adapter.list_tickets(email),
    }
    with capture_logs() as logs, pytest.raises(ProtocolError):
        asked[owner]()
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["another_record"]
