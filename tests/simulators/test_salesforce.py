"""The simulator of Salesforce reads SOQL and refuses as the documents tell."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from simulators.salesforce import Salesforce
from simulators.salesforce.soql import MalformedError, parse
from simulators.server import running

API = "/services/data/v67.0"


@pytest.fixture
def org() -> Salesforce:
    return Salesforce()


@pytest.fixture
def client(org: Salesforce) -> Iterator[httpx.Client]:
    names = org.environment["SALESFORCE_CLIENT_ID"], org.environment["SALESFORCE_CLIENT_SECRET"]
    with running(org) as url, httpx.Client(base_url=url) as opened:
        told = opened.post("/services/oauth2/token", data={"grant_type": "client_credentials"}, auth=names).json()
        assert "expires_in" not in told
        opened.headers["Authorization"] = f"Bearer {told['access_token']}"
        yield opened


def asked(client: httpx.Client, soql: str) -> httpx.Response:
    return client.get(f"{API}/query", params={"q": soql})


def test_people_of_the_demo_are_contacts(client: httpx.Client) -> None:
    found = asked(client, "select Id, Phone from Contact where Email = 'ANA.RUIZ@example.test' limit 2").json()
    (record,) = found["records"]
    assert (found["totalSize"], found["done"], record["Phone"]) == (1, True, "(415) 555-0106")
    assert len(record["Id"]) == 18
    short = client.get(f"{API}/sobjects/Contact/{record['Id'][:15]}").json()
    assert (short["Id"], short["LastName"]) == (record["Id"], "Ruiz")


def test_in_like_order_and_limit(client: httpx.Client) -> None:
    soql = "SELECT FirstName FROM Contact WHERE (FirstName IN ('Ana', 'Ben') OR LastName LIKE 'Pat_l')"
    found = asked(client, f"{soql} AND Email LIKE '%@%' ORDER BY FirstName DESC LIMIT 2").json()["records"]
    assert [one["FirstName"] for one in found] == ["Dev", "Ben"]
    assert asked(client, r"SELECT Id FROM Contact WHERE Email LIKE '\%'").json()["records"] == []


@pytest.mark.parametrize(
    "soql",
    [
        "",
        "SELECT FROM Contact",
        "SELECT Id FROM Contact WHERE",
        "SELECT Id FROM Contact WHERE Email = ana",
        "SELECT Id FROM Contact WHERE Email = 'o'neil'",
        "SELECT Id FROM Contact WHERE Email = 'open",
        r"SELECT Id FROM Contact WHERE Email = 'a\x'",
        "SELECT Id FROM Contact WHERE Email = 'a' AND Email = 'b' OR Email = 'c'",
        "SELECT Id FROM Contact LIMIT 'a'",
        "SELECT Id FROM Contact; DELETE",
        "SELECT Id FROM Contact WHERE Email IN ()",
        'SELECT Id FROM Contact WHERE Email = "a"',
    ],
)
def test_malformed_query_is_told_in_a_list(client: httpx.Client, soql: str) -> None:
    with pytest.raises(MalformedError):
        parse(soql)
    reply = asked(client, soql)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Shoe FROM Contact", "INVALID_FIELD"),
        ("SELECT Shoe.Name FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Email = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE IsConverted = 'false'", "INVALID_FIELD"),
    ],
)
def test_query_that_does_not_fit_the_objects_is_refused(client: httpx.Client, soql: str, code: str) -> None:
    assert asked(client, soql).json()[0]["errorCode"] == code


def test_lead_like_another_is_refused_until_it_is_saved_anyway(client: httpx.Client) -> None:
    lead = {"LastName": "Ruiz", "Company": "Tea Ltd", "Email": "ana.ruiz@example.test"}
    refused = client.post(f"{API}/sobjects/Lead", json=lead)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "DUPLICATES_DETECTED")
    assert refused.json()[0]["duplicateResult"]["matchResults"][0]["entityType"] == "Contact"
    saved = client.post(f"{API}/sobjects/Lead", json=lead, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"})
    assert (saved.status_code, saved.json()["success"]) == (201, True)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"LastName": "Ruiz"}, "REQUIRED_FIELD_MISSING"),
        ({"LastName": "x" * 81, "Company": "x"}, "STRING_TOO_LONG"),
        ({"LastName": "x", "Company": "x", "Email": "x"}, "INVALID_EMAIL_ADDRESS"),
        ({"LastName": "x", "Company": "x", "Shoe": "x"}, "INVALID_FIELD"),
    ],
)
def test_lead_that_is_wrong_is_refused(client: httpx.Client, told: dict[str, str], code: str) -> None:
    refused = client.post(f"{API}/sobjects/Lead", json=told)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, code)


def test_rules_give_a_case_away_unless_they_are_kept_from_it(client: httpx.Client, org: Salesforce) -> None:
    queues = {one["Name"]: one["Id"] for one in org.state["Group"]}
    kept = {"Sforce-Auto-Assign": "false"}
    asked_for = {"Subject": "Zip", "OwnerId": queues["Returns"]}
    by_rules, ours = (
        client.post(f"{API}/sobjects/Case", json=asked_for, headers=headers).json()["id"] for headers in ({}, kept)
    )

    def owners() -> list[str]:
        return [client.get(f"{API}/sobjects/Case/{one}").json()["OwnerId"] for one in (by_rules, ours)]

    assert owners() == [queues["Customer Care"], queues["Returns"]]
    part = {"method": "PATCH", "url": f"{API}/sobjects/Case/{ours}", "referenceId": "a", "body": {"Priority": "High"}}
    for headers, owner in ((kept, "Returns"), ({}, "Customer Care")):
        parts = [{**part, "httpHeaders": headers}]
        client.post(f"{API}/composite", json={"allOrNone": True, "compositeRequest": parts}).raise_for_status()
        assert owners()[1] == queues[owner]


def test_cases_of_the_demo_have_numbers_contacts_and_comments(client: httpx.Client) -> None:
    soql = "SELECT CaseNumber, Contact.Email, Owner.Name FROM Case ORDER BY Priority, CaseNumber DESC LIMIT 9"
    found = asked(client, soql).json()["records"]
    assert [one["CaseNumber"] for one in found] == ["00010004", "00010003", "00010002", "00010001"]
    assert (found[-1]["Contact"]["Email"], found[-1]["Owner"]["Name"]) == ("ana.ruiz@example.test", "Returns")
    said = asked(client, "SELECT IsPublished, CreatedBy.Name FROM CaseComment WHERE IsPublished = true").json()
    assert {one["CreatedBy"]["Name"] for one in said["records"]} == {"Robin"}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"CommentBody": "x"}, "REQUIRED_FIELD_MISSING"),
        ({"ParentId": "500xx0000000000AAA", "CommentBody": "x"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"ParentId": "first", "CommentBody": "\u00e9" * 2001}, "STRING_TOO_LONG"),
        ({"ParentId": "first", "CreatedDate": "2026-01-01"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"ParentId": "first", "Frontdesk_Key__c": "x"}, "INVALID_FIELD"),
    ],
)
def test_comment_that_is_wrong_is_refused(client: httpx.Client, told: dict[str, str], code: str) -> None:
    if told.get("ParentId") == "first":
        told = {**told, "ParentId": asked(client, "SELECT Id FROM Case LIMIT 1").json()["records"][0]["Id"]}
    refused = client.post(f"{API}/sobjects/CaseComment", json=told)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, code)


def test_composite_is_all_or_nothing(client: httpx.Client, org: Salesforce) -> None:
    made = {"Name": "Teapots", "StageName": "Prospecting", "CloseDate": "2026-04-30"}
    role = {"OpportunityId": "@{made.id}", "ContactId": "003xx0000000000AAA"}
    parts = [
        {"method": "POST", "url": f"{API}/sobjects/Opportunity", "referenceId": "made", "body": made},
        {"method": "POST", "url": f"{API}/sobjects/OpportunityContactRole", "referenceId": "role", "body": role},
    ]
    answers = client.post(f"{API}/composite", json={"allOrNone": True, "compositeRequest": parts}).json()
    codes = [one["body"][0]["errorCode"] for one in answers["compositeResponse"]]
    assert codes == ["PROCESSING_HALTED", "INVALID_CROSS_REFERENCE_KEY"]
    assert org.state["Opportunity"] == []


def test_errors_of_the_door_are_lists_too(client: httpx.Client, org: Salesforce) -> None:
    org.faults.put("*/services/data/*=429:1*1")
    limited = asked(client, "SELECT Id FROM Contact")
    assert (limited.status_code, limited.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert "retry-after" not in limited.headers
    org.state["tokens"].clear()
    ended = asked(client, "SELECT Id FROM Contact")
    assert (ended.status_code, ended.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    refused = client.post("/services/oauth2/token", data={"grant_type": "password"}, headers={"Authorization": ""})
    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")
