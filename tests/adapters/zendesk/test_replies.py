"""What goes to Zendesk and what its simulator answers fit the vendor's own document; and any answer is survived."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import lru_cache
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.adapters.zendesk.client import VENDOR
from bridge.adapters.zendesk.helpdesk import ZendeskHelpdesk
from bridge.errors import BridgeError
from bridge.testing.contract import new_email
from bridge.testing.helpdesk import HelpdeskContract
from bridge.transport.reply import Reply
from bridge.transport.wire import Request, Wire
from tests.adapters.zendesk.world import ZendeskWorld
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


@given(answer=JSON, status=st.sampled_from([200, 200, 200, 201, 400, 404, 409, 422]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_back_is_a_value_or_an_error_of_ours(
    world: ZendeskWorld, monkeypatch: pytest.MonkeyPatch, answer: Any, status: int
) -> None:
    said = json.dumps(answer).encode()

    def exchange(_self: Wire, request: Request, *_: Any) -> Reply:
        reply = {"access_token": "t"} if "oauth" in request.what else None
        body = said if reply is None else json.dumps(reply).encode()
        return Reply(request.what, "http://127.0.0.1", 200 if reply else status, {}, body, writes=request.writes)

    adapter: ZendeskHelpdesk = world.adapter
    assert VENDOR.name == adapter.system
    calls = HelpdeskContract().calls(world, new_email())
    with monkeypatch.context() as patched:
        patched.setattr(Wire, "exchange", exchange)
        for call in calls.values():
            with suppress(BridgeError):
                call(adapter)
