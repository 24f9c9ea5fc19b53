"""Whatever Salesforce answers, the adapter gives a value or raises an error of ours."""

from __future__ import annotations

from hypothesis import strategies as st

from bridge.testing.contract import new_email
from bridge.testing.crm import CrmContract
from bridge.testing.helpdesk import HelpdeskContract
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
