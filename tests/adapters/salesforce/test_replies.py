"""Whatever Salesforce answers, the adapter gives a value or raises an error of ours."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.testing.contract import new_email
from bridge.testing.crm import CrmContract
from bridge.transport.reply import Reply
from bridge.transport.wire import Request, Wire
from tests.adapters.salesforce.world import SalesforceWorld
from tests.support.any_json import any_json

FIELDS = ["records", "Id", "Email", "FirstName", "LastName", "Phone", "Account", "Name", "Opportunity", "StageName"]
FIELDS += ["OpportunityId", "Frontdesk_Key__c", "WhoId", "compositeResponse", "body", "httpStatusCode", "id"]
FIELDS += ["errorCode", "fields", "message", "AccountId"]
WORDS = ["", "003xx0000000001AAA", "x@y.test", "DUPLICATES_DETECTED", "DUPLICATE_VALUE", "PROCESSING_HALTED", "+1415"]
VALUES = st.none() | st.booleans() | st.integers(0, 600) | st.sampled_from(WORDS)
JSON = any_json(FIELDS, VALUES, size=40)
RECORDS = st.fixed_dictionaries({"records": st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES), max_size=2)})
PARTS = st.lists(
    st.fixed_dictionaries({"httpStatusCode": st.sampled_from([200, 201, 204, 400, 404, 500]), "body": JSON | RECORDS}),
    max_size=2,
).map(lambda parts: {"compositeResponse": parts})


@given(answers=st.lists(JSON | RECORDS | PARTS, min_size=1, max_size=3), status=st.sampled_from([200, 201, 400, 404]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_back_is_a_value_or_an_error_of_ours(
    world: SalesforceWorld, monkeypatch: pytest.MonkeyPatch, answers: list[Any], status: int
) -> None:
    sent = 0

    def exchange(_self: Wire, request: Request, *_: Any) -> Reply:
        nonlocal sent
        token = "oauth2" in request.what
        body = {"access_token": "t"} if token else answers[sent % len(answers)]
        sent += not token
        code = 200 if token or not request.writes else status
        return Reply(request.what, "http://127.0.0.1", code, {}, json.dumps(body).encode(), writes=request.writes)

    calls = CrmContract().calls(world, new_email())
    with monkeypatch.context() as patched:
        patched.setattr(Wire, "exchange", exchange)
        for call in calls.values():
            with suppress(BridgeError):
                call(world.adapter)
    assert sent >= len(calls)
