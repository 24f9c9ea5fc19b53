"""What is particular about Salesforce: SOQL, duplicates, phone numbers as people write them, errors as lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.adapters.salesforce.asking import soql
from bridge.adapters.salesforce.client import LIMIT_PAUSE, quoted
from bridge.adapters.salesforce.reading import number_of, number_pattern
from bridge.errors import (
    BusyError,
    ConflictError,
    CredentialsError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    UnavailableError,
)
from bridge.model.crm import ContactChange
from bridge.model.money import Money
from bridge.testing.contract import not_found, raised, unique
from bridge.testing.crm_records import make_contact, new_lead, new_opportunity, new_phone, new_talk
from simulators.salesforce import Salesforce
from simulators.salesforce.soql import parse, pattern_of
from tests.adapters.salesforce.world import SalesforceWorld
from tests.support.simulated import simulated

QUOTES = st.text(st.sampled_from("'\\\"%_ab\u00e9\n\U0001f642") | st.characters(blacklist_categories=["Cs"]))


@pytest.fixture
def email() -> str:
    return f"o'neil_%.{unique()}@example.test"


@given(text=QUOTES)
@example(text="\\' OR Id != '")
@example(text="ends with a backslash\\")
def test_quoted_text_is_one_literal_and_itself(text: str) -> None:
    query = parse(soql("Id", "Lead", f"Email = {quoted(text)} AND IsConverted = false"))
    assert query.conditions == [("Email", text), ("IsConverted", False)]


@given(written=st.text(st.sampled_from("0123456789 ()-./+"), max_size=30))
@example(written="(415) 555-0123")
@example(written="555-0123")
@example(written="0000000")
@example(written="0049 30 1234567")
def test_number_that_is_the_same_is_also_found(written: str) -> None:
    number = number_of(written, "US")
    if pattern := number_pattern(number):
        assert pattern_of(quoted(pattern)).fullmatch(written)


def test_email_with_quotes_and_wildcards_finds_its_own_contact_only(world: SalesforceWorld, email: str) -> None:
    contact = world.add_contact(make_contact(email))
    near = world.add_contact(make_contact(email.replace("_%", "xx")))
    assert world.adapter.find_contact(email) == contact
    assert world.adapter.find_contact(near.email) == near
    for wild in ("%", email.replace(".test", "%"), email.replace("o", "_", 1), f"x' OR Email != '{email}"):
        not_found(lambda wild=wild: world.adapter.find_contact(wild))  # type: ignore[misc]


def test_email_of_two_contacts_is_a_conflict(world: SalesforceWorld, email: str) -> None:
    for address in (email, email.upper()):
        world.add_contact(make_contact(address))
    assert "several" in str(raised(ConflictError, lambda: world.adapter.find_contact(email)))


def test_contact_that_the_vendor_finds_wrongly_is_refused(
    world: SalesforceWorld, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_contact(make_contact(email))
    wanted = f"other.{email}"
    monkeypatch.setattr("bridge.adapters.salesforce.crm.quoted", lambda text: quoted(text.replace(wanted, email)))
    not_found(lambda: world.adapter.find_contact(wanted))


@pytest.mark.parametrize("field", ["Phone", "MobilePhone"])
@pytest.mark.parametrize("written", ["({0}) {1}-{2}", "+1 {0} {1} {2}", "001-{0}-{1}-{2}", "{0}.{1}.{2}", "1{0}{1}{2}"])
def test_phone_is_found_however_it_is_written(world: SalesforceWorld, email: str, field: str, written: str) -> None:
    phone = new_phone()
    if written.startswith("001"):
        written = written.replace("001", "+1", 1)
    contact = world.add_contact(replace(make_contact(email), phone=""))
    record = next(one for one in world.simulator.state["Contact"] if one["Id"] == contact.id)
    record[field] = written.format(phone[2:5], phone[5:8], phone[8:])
    assert world.adapter.find_contact_by_phone(phone) == replace(contact, phone=phone)
    not_found(lambda: world.adapter.find_contact_by_phone(f"+49{phone[2:]}"))


def test_change_and_the_reading_after_it_are_one_request(world: SalesforceWorld, email: str) -> None:
    contact = world.add_contact(make_contact(email))
    world.simulator.requests.clear()
    changed = world.adapter.update_contact(contact.id, ContactChange(company="O'Neil & \\ Sons"), unique())
    assert changed == replace(contact, company="O'Neil & \\ Sons")
    assert [one.path.rpartition("/")[2] for one in world.simulator.requests] == ["composite"]


@pytest.mark.parametrize("missing", ["003xx0000000000AAA", "003xx0000000000", "006xx0000000001AAA", "003' OR 'a'='a"])
def test_contact_that_is_not_there_is_not_found(world: SalesforceWorld, missing: str) -> None:
    crm = world.adapter
    before = len(world.simulator.state["Opportunity"])
    not_found(lambda: crm.update_contact(missing, ContactChange(name="Ann Other"), unique()))
    not_found(lambda: crm.update_contact(missing, ContactChange(), unique()))
    not_found(lambda: crm.log_interaction(missing, new_talk(), unique()))
    not_found(lambda: crm.create_opportunity(missing, new_opportunity(), unique()))
    assert len(world.simulator.state["Opportunity"]) == before


def test_empty_name_is_told_by_our_field(world: SalesforceWorld, email: str) -> None:
    contact = world.add_contact(make_contact(email))
    error = raised(
        InvalidError, lambda: world.adapter.update_contact(contact.id, ContactChange(name=" ", phone="+4930"), unique())
    )
    assert isinstance(error, InvalidError)
    assert error.field == "name"
    assert world.adapter.find_contact(email) == contact  # all or nothing


def test_lead_like_another_one_is_saved_all_the_same(world: SalesforceWorld, email: str) -> None:
    first = world.adapter.create_lead(new_lead(email), unique())
    other = world.adapter.create_lead(new_lead(f"x{email}"), unique())
    assert (first.existing, other.existing, first.id == other.id) == (False, False, False)


def test_contact_is_used_where_the_rules_find_it(world: SalesforceWorld, email: str) -> None:
    contact = world.add_contact(make_contact(email))
    lead = world.adapter.create_lead(new_lead(email.upper(), name="Somebody Else"), unique())
    assert (lead.id, lead.existing, world.leads(email)) == (contact.id, True, [])


def test_lead_that_became_a_contact_is_not_used_again(world: SalesforceWorld, email: str) -> None:
    key = unique()
    made = world.adapter.create_lead(new_lead(email), key)
    record = next(one for one in world.simulator.state["Lead"] if one["Id"] == made.id)
    record["IsConverted"] = True
    contact = world.add_contact(make_contact(email))
    assert world.adapter.create_lead(new_lead(email), unique()).id == contact.id
    assert world.adapter.find_lead_by_key(key) == made


def test_lead_without_a_company_has_the_word_of_the_mapping(world: SalesforceWorld, email: str) -> None:
    world.adapter.create_lead(new_lead(email, company=""), unique())
    assert [lead.company for lead in world.leads(email)] == ["[not provided]"]


@pytest.mark.parametrize("wrong", ["", "no address", "x" * 300, "a\nb@example.test"])
def test_lead_without_an_email_is_refused(world: SalesforceWorld, wrong: str) -> None:
    error = raised(InvalidError, lambda: world.adapter.create_lead(new_lead(wrong), unique()))
    assert isinstance(error, InvalidError)
    assert error.field == "email"


def test_key_of_another_contact_is_a_conflict(world: SalesforceWorld, email: str) -> None:
    mine, theirs, key = world.add_contact(make_contact(email)), world.add_contact(make_contact(f"x{email}")), unique()
    world.adapter.create_opportunity(mine.id, new_opportunity(), key)
    world.adapter.log_interaction(mine.id, new_talk(), key)
    raised(ConflictError, lambda: world.adapter.create_opportunity(theirs.id, new_opportunity(), key))
    raised(ConflictError, lambda: world.adapter.log_interaction(theirs.id, new_talk(), key))
    assert len(world.simulator.state["OpportunityContactRole"]) == len(world.simulator.state["Opportunity"])


def test_amount_in_another_currency_is_refused(world: SalesforceWorld, email: str) -> None:
    contact = world.add_contact(make_contact(email))
    other = new_opportunity(amount=Money(100, "EUR"))
    error = raised(InvalidError, lambda: world.adapter.create_opportunity(contact.id, other, unique()))
    assert isinstance(error, InvalidError)
    assert (error.field, world.opportunities(contact.id)) == ("amount", [])


def test_limit_of_the_day_asks_for_a_long_pause(world: SalesforceWorld, email: str) -> None:
    world.simulator.faults.put("*/services/data/*=429:1")
    error = raised(BusyError, lambda: world.adapter.find_contact(email))
    assert isinstance(error, BusyError)
    assert error.retry_after == LIMIT_PAUSE


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("UNABLE_TO_LOCK_ROW", 400, UnavailableError),
        ("INVALID_FIELD", 400, ProtocolError),
        ("INVALID_CROSS_REFERENCE_KEY", 400, NotFoundError),
        ("INSUFFICIENT_ACCESS_OR_READONLY", 400, CredentialsError),
        ("STRING_TOO_LONG", 400, InvalidError),
    ],
)
def test_word_in_a_composite_is_the_same_error_as_alone(
    world: SalesforceWorld, email: str, monkeypatch: pytest.MonkeyPatch, code: str, status: int, kind: Any
) -> None:
    contact = world.add_contact(make_contact(email))
    answer = (status, [{"errorCode": code, "message": f"says {email}", "fields": []}])
    monkeypatch.setattr(Salesforce, "_do", lambda *_, **__: answer)
    raised(kind, lambda: world.adapter.update_contact(contact.id, ContactChange(name="Ann Other"), unique()))
    raised(kind, lambda: world.adapter.find_contact(email))


def test_jwt_bearer_signs_in(database: str, email: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    secrets = {
        "client_id": Salesforce.environment["SALESFORCE_CLIENT_ID"],
        "username": Salesforce.environment["SALESFORCE_USERNAME"],
        "private_key": pem,
    }
    org = Salesforce()
    with simulated(org, SalesforceWorld, database, "crm", secrets, "/services/data/*") as world:
        contact = world.add_contact(make_contact(email))
        raised(CredentialsError, lambda: world.adapter.find_contact(email))  # no certificate was uploaded
        org.certificate = public.decode()
        assert world.adapter.find_contact(email) == contact


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(name=st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_name_is_kept_or_refused(world: SalesforceWorld, name: str) -> None:
    contact = world.add_contact(make_contact(f"{unique()}@example.test"))
    change = ContactChange(name=" ".join(name.split()))
    if not change.name:
        raised(InvalidError, lambda: world.adapter.update_contact(contact.id, change, unique()))
        return
    changed = world.adapter.update_contact(contact.id, change, unique())
    assert changed.name == change.name
    assert world.adapter.find_contact_update(contact.id, change, unique()) == changed
