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
