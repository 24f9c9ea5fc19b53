"""Whatever Salesforce answers, the adapter gives a value or raises an error of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bridge.errors import ProtocolError
from bridge.model.crm import ContactChange
from bridge.model.helpdesk import Comment
from bridge.model.identity import Claim
from bridge.testing.contract import new_email
from bridge.testing.crm import CrmContract
from bridge.testing.crm_records import make_contact
from bridge.testing.helpdesk import HelpdeskContract
from bridge.testing.helpdesk_records import make_ticket
from bridge.transport.reply import Reply
from bridge.transport.wire import Request, Wire
from tests.adapters.salesforce.world import SalesforceWorld
from tests.support.any_answer import survives
from tests.support.any_json import any_json

FIELDS = ["records", "Id", "Email", "FirstName", "LastName", "Phone", "Account", "Name", "Opportunity", "StageName"]
FIELDS += ["OpportunityId", "Frontdesk_Key__c", "WhoId", "compositeResponse", "body", "httpStatusCode", "id"]
FIELDS += ["errorCode", "fields", "message", "AccountId", "CaseNumber", "Status", "CreatedDate", "LastModifiedDate"]
FIELDS += ["SuppliedEmail", "OwnerId", "Owner", "Contact", "ParentId", "CommentBody", "IsPublished", "CreatedBy"]
FIELDS += ["Frontdesk_Case__c", "Frontdesk_Record__c"]
WORDS = ["", "003xx0000000001AAA", "x@y.test", "DUPLICATES_DETECTED", "DUPLICATE_VALUE", "PROCESSING_HALTED", "+1415"]
WORDS += ["500xx0000000001AAA", "00axx0000000001AAA", "2026-01-20T09:30:00.000+0000", "00001026"]
VALUES = st.none() | st.booleans() | st.integers(0, 600) | st.sampled_from(WORDS)
JSON = any_json(FIELDS, VALUES, size=40)
RECORDS = st.fixed_dictionaries({"records": st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES), max_size=2)})
PARTS = st.lists(
    st.fixed_dictionaries({"httpStatusCode": st.sampled_from([200, 201, 204, 400, 404, 500]), "body": JSON | RECORDS}),
    max_size=2,
).map(lambda parts: {"compositeResponse": parts})


def test_whatever_comes_back_is_a_value_or_an_error_of_ours(world: SalesforceWorld) -> None:
    survives(world.adapter, CrmContract().calls(world, new_email()), JSON | RECORDS | PARTS)


def test_whatever_comes_back_about_a_case_is_a_value_or_an_error_of_ours(desk: SalesforceWorld) -> None:
    survives(desk.adapter, HelpdeskContract().calls(desk, new_email()), JSON | RECORDS | PARTS)


@pytest.fixture
def of_another(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Return what lets queries for an object be answered with a field of somebody else's record."""

    def answer(source: str, field: str, value: str) -> None:
        exchange = Wire.exchange

        def swapped(self: Wire, request: Request, *rest: Any) -> Reply:
            reply = exchange(self, request, *rest)
            said = json.loads(reply.body or b"null")
            if not isinstance(said, dict) or not said.get("records") or f"/{source}/" not in reply.body.decode():
                return reply
            for one in said["records"]:
                one[field] = value
            return Reply(request.what, reply.url, reply.status, reply.headers, json.dumps(said).encode())

        monkeypatch.setattr(Wire, "exchange", swapped)

    return answer


def refused_and_reported(ask: Callable[[], object]) -> None:
    """Assert that nothing is told of what came, and that operators hear of it."""
    with capture_logs() as logs, pytest.raises(ProtocolError):
        ask()
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["another_record"]


def test_contact_of_another_id_is_refused_and_reported(
    world: SalesforceWorld, of_another: Callable[[str, str, str], None]
) -> None:
    contact = world.add_contact(make_contact(new_email()))
    of_another("Contact", "Id", "003xx0000000009AAA")
    refused_and_reported(lambda: world.adapter.update_contact(contact.id, ContactChange(), "k"))


def test_contact_of_another_address_is_refused_and_reported(
    world: SalesforceWorld, of_another: Callable[[str, str, str], None]
) -> None:
    email = new_email()
    world.add_contact(make_contact(email))
    of_another("Contact", "Email", new_email())
    refused_and_reported(lambda: world.adapter.find_contact(email))


@pytest.mark.parametrize(
    ("source", "field", "value"),
    [("CaseComment", "ParentId", "500xx0000000009AAA"), ("CaseComment", "IsPublished", False)],
)
def test_comment_that_was_not_asked_for_is_refused_and_reported(
    desk: SalesforceWorld, of_another: Callable[[str, str, str], None], source: str, field: str, value: str
) -> None:
    email = new_email()
    ticket = desk.add_ticket(
        make_ticket(email, comments=(Comment("said", "Sam", datetime(2026, 1, 20, tzinfo=timezone.utc)),))
    )
    of_another(source, field, value)
    refused_and_reported(lambda: desk.adapter.find_ticket(ticket.number, Claim(email=email)))


def test_case_of_another_id_is_refused_and_reported(
    desk: SalesforceWorld, of_another: Callable[[str, str, str], None]
) -> None:
    ticket = desk.add_ticket(make_ticket(new_email()))
    of_another("Case", "Id", "500xx0000000009AAA")
    refused_and_reported(lambda: desk.adapter.add_comment(ticket.id, "hello", "k"))
