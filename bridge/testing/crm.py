"""What every CRM adapter must do.

Subclass `CrmContract` in a test file and give it a fixture `world` that returns a `CrmWorld`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.errors import ConflictError, NotFoundError
from bridge.model.crm import ContactChange
from bridge.ports.crm import Crm
from bridge.testing.contract import (
    assert_tells_nothing_of,
    at_once,
    awkward_texts,
    needs,
    new_email,
    not_found,
    raised,
    strange_lookups,
    unique,
)
from bridge.testing.crm_records import CrmWorld, make_contact, new_lead, new_opportunity, new_phone, new_talk
from bridge.testing.crm_writes import CrmWrites


class CrmContract(CrmWrites):
    """Prove that a CRM adapter keeps the promises of `bridge.ports.crm`."""

    port = Crm

    @pytest.fixture
    def email(self) -> str:
        """Return the e-mail of somebody new."""
        return new_email()

    def calls(self, world: Any, email: str) -> Mapping[str, Callable[[Any], object]]:
        """Find a contact and change it, make a lead and an opportunity, log a talk, read all back."""
        phone, change = new_phone(), ContactChange(company="Other Ltd")
        contact = world.add_contact(replace(make_contact(email), phone=phone))
        return {
            "find_contact_by_phone": lambda crm: crm.find_contact_by_phone(phone),
            "find_contact_update": lambda crm: crm.find_contact_update(contact.id, change, unique()),
            "update_contact": lambda crm: crm.update_contact(contact.id, change, unique()),
            "create_opportunity": lambda crm: crm.create_opportunity(contact.id, new_opportunity(), unique()),
            "find_opportunity_by_key": lambda crm: crm.find_opportunity_by_key(contact.id, unique()),
            "find_contact": lambda crm: crm.find_contact(email),
            "create_lead": lambda crm: crm.create_lead(new_lead(email), unique()),
            "find_lead_by_key": lambda crm: crm.find_lead_by_key(unique()),
            "log_interaction": lambda crm: crm.log_interaction(contact.id, new_talk(f"Wrote from {email}"), unique()),
            "find_interaction_by_key": lambda crm: crm.find_interaction_by_key(contact.id, unique()),
        }

    @needs("find_contact")
    def test_contact_is_told_as_the_crm_holds_it(self, world: CrmWorld, email: str) -> None:
        contact = world.add_contact(make_contact(email))
        assert world.adapter.find_contact(email) == contact
        assert world.adapter.find_contact(email.upper()) == contact

    @needs("find_contact")
    def test_only_the_exact_email_finds_a_contact(self, world: CrmWorld, email: str) -> None:
        world.add_contact(make_contact(email))
        sentences = {
            not_found(lambda near=near: world.adapter.find_contact(near))  # type: ignore[misc]
            for near in (new_email(), email.removeprefix("a"), f"{email}.org", email.replace(".", "_"), "%@%")
        }
        assert len(sentences) == 1

    @needs("find_contact")
    def test_each_email_finds_its_own_contact(self, world: CrmWorld, email: str) -> None:
        other = new_email()
        mine, theirs = world.add_contact(make_contact(email)), world.add_contact(make_contact(other))
        assert (world.adapter.find_contact(email).id, world.adapter.find_contact(other).id) == (mine.id, theirs.id)
        assert mine.id != theirs.id

    @needs("find_contact")
    @strange_lookups
    def test_strange_email_is_nobodys(self, world: CrmWorld, email: str, strange: str) -> None:
        world.add_contact(make_contact(email))
        not_found(lambda: world.adapter.find_contact(strange))

    @needs("find_contact")
    def test_error_tells_nothing_of_the_person(self, world: CrmWorld, email: str) -> None:
        assert_tells_nothing_of(raised(NotFoundError, lambda: world.adapter.find_contact(email)), email)

    @needs("create_lead")
    def test_new_lead_is_stored_as_it_was_made(self, world: CrmWorld, email: str) -> None:
        lead = world.adapter.create_lead(new_lead(email, phone="+14155550123"), unique())
        assert lead.id
        assert (lead.email, lead.existing) == (email, False)
        assert list(world.leads(email)) == [new_lead(email, phone="+14155550123")]

    @needs("create_lead")
    @awkward_texts
    def test_awkward_interest_is_stored_unchanged(self, world: CrmWorld, email: str, text: str) -> None:
        world.adapter.create_lead(new_lead(email, interest=text), unique())
        assert [lead.interest for lead in world.leads(email)] == [text]

    @needs("create_lead")
    def test_same_key_at_once_is_one_lead(self, world: CrmWorld, email: str) -> None:
        key = unique()
        made = at_once(lambda: world.adapter.create_lead(new_lead(email), key))
        assert len({lead.id for lead in made}) == 1
        assert len(world.leads(email)) == 1

    @needs("create_lead")
    def test_known_email_is_one_lead_and_not_overwritten(self, world: CrmWorld, email: str) -> None:
        first = world.adapter.create_lead(new_lead(email), unique())
        again = world.adapter.create_lead(new_lead(email.upper(), name="Somebody Else"), unique())
        assert (again.id, again.existing) == (first.id, True)
        assert list(world.leads(email)) == [new_lead(email)]

    @needs("create_lead")
    @awkward_texts
    def test_interest_of_a_known_email_is_noted_unchanged(self, world: CrmWorld, email: str, text: str) -> None:
        first = world.adapter.create_lead(new_lead(email), unique())
        assert list(world.notes(first.id)) == []
        world.adapter.create_lead(new_lead(email, interest=text), unique())
        assert list(world.notes(first.id)) == [text]

    @needs("create_lead")
    def test_same_key_notes_an_interest_once(self, world: CrmWorld, email: str) -> None:
        first, key = world.adapter.create_lead(new_lead(email), unique()), unique()
        again = [world.adapter.create_lead(new_lead(email, interest="Cups"), key) for _ in range(2)]
        assert {(lead.id, lead.existing) for lead in again} == {(first.id, True)}
        assert list(world.notes(first.id)) == ["Cups"]

    @needs("create_lead")
    def test_same_key_at_once_notes_an_interest_once(self, world: CrmWorld, email: str) -> None:
        first, key = world.adapter.create_lead(new_lead(email), unique()), unique()
        at_once(lambda: world.adapter.create_lead(new_lead(email, interest="Cups"), key))
        assert list(world.notes(first.id)) == ["Cups"]

    @needs("create_lead")
    def test_interest_of_a_contact_is_kept_wherever_the_crm_keeps_it(self, world: CrmWorld, email: str) -> None:
        world.add_contact(make_contact(email))
        key = unique()
        for _ in range(2):
            lead = world.adapter.create_lead(new_lead(email, interest="Cups"), key)
        kept = [*world.notes(lead.id), *(made.interest for made in world.leads(email))]
        assert kept == ["Cups"]
        assert world.adapter.find_lead_by_key(key) == lead

    @needs("find_lead_by_key")
    def test_key_finds_with_whom_it_noted_an_interest(self, world: CrmWorld, email: str) -> None:
        key = unique()
        world.adapter.create_lead(new_lead(email), unique())
        assert world.adapter.find_lead_by_key(key) is None
        known = world.adapter.create_lead(new_lead(email, interest="Cups"), key)
        assert world.adapter.find_lead_by_key(key) == known
        assert world.adapter.find_lead_by_key(key[:-1]) is None

    @needs("create_lead")
    def test_same_email_at_once_is_one_lead(self, world: CrmWorld, email: str) -> None:
        made = at_once(lambda: world.adapter.create_lead(new_lead(email), unique()))
        assert len({lead.id for lead in made}) == 1
        assert [lead.existing for lead in made].count(False) == 1
        assert len(world.leads(email)) == 1

    @needs("create_lead")
    def test_lead_never_overwrites_a_contact(self, world: CrmWorld, email: str) -> None:
        contact = world.add_contact(make_contact(email))
        world.adapter.create_lead(new_lead(email, name="Somebody Else", company="Other Ltd", phone="+49301"), unique())
        assert world.adapter.find_contact(email) == contact

    @needs("find_lead_by_key")
    def test_key_finds_its_lead_and_no_other(self, world: CrmWorld, email: str) -> None:
        key = unique()
        world.adapter.create_lead(new_lead(new_email()), unique())
        made = world.adapter.create_lead(new_lead(email), key)
        assert world.adapter.find_lead_by_key(key) == made
        assert world.adapter.find_lead_by_key(key[:-1]) is None

    @needs("find_lead_by_key")
    @strange_lookups
    def test_strange_key_made_no_lead(self, world: CrmWorld, email: str, strange: str) -> None:
        world.adapter.create_lead(new_lead(email), unique())
        assert world.adapter.find_lead_by_key(strange) is None

    @needs("log_interaction")
    @awkward_texts
    def test_talk_is_stored_unchanged(self, world: CrmWorld, email: str, text: str) -> None:
        contact = world.add_contact(make_contact(email))
        assert world.adapter.log_interaction(contact.id, new_talk(text), unique())
        assert list(world.interactions(contact.id)) == [new_talk(text)]

    @needs("log_interaction")
    def test_same_key_at_once_is_one_talk(self, world: CrmWorld, email: str) -> None:
        contact, key = world.add_contact(make_contact(email)), unique()
        made = at_once(lambda: world.adapter.log_interaction(contact.id, new_talk(), key))
        assert len(set(made)) == 1
        assert len(world.interactions(contact.id)) == 1

    @needs("log_interaction")
    def test_talk_goes_to_its_own_contact(self, world: CrmWorld, email: str) -> None:
        mine, theirs = world.add_contact(make_contact(email)), world.add_contact(make_contact(new_email()))
        first, second = (world.adapter.log_interaction(mine.id, new_talk(), unique()) for _ in range(2))
        assert first != second
        assert len(world.interactions(mine.id)) == 2
        assert list(world.interactions(theirs.id)) == []

    @needs("log_interaction")
    @strange_lookups
    def test_talk_with_a_strange_contact_is_not_found(self, world: CrmWorld, email: str, strange: str) -> None:
        contact = world.add_contact(make_contact(email))
        not_found(lambda: world.adapter.log_interaction(strange, new_talk(), unique()))
        assert list(world.interactions(contact.id)) == []

    @needs("find_interaction_by_key")
    def test_key_finds_its_talk_and_no_other(self, world: CrmWorld, email: str) -> None:
        mine, theirs = world.add_contact(make_contact(email)), world.add_contact(make_contact(new_email()))
        key = unique()
        world.adapter.log_interaction(mine.id, new_talk(), unique())
        made = world.adapter.log_interaction(mine.id, new_talk(), key)
        assert world.adapter.find_interaction_by_key(mine.id, key) == made
        assert world.adapter.find_interaction_by_key(mine.id, key[:-1]) is None
        assert world.adapter.find_interaction_by_key(theirs.id, key) is None

    @needs("find_interaction_by_key")
    @strange_lookups
    def test_strange_contact_or_key_has_no_talk(self, world: CrmWorld, email: str, strange: str) -> None:
        contact, key = world.add_contact(make_contact(email)), unique()
        world.adapter.log_interaction(contact.id, new_talk(), key)
        assert world.adapter.find_interaction_by_key(contact.id, strange) is None
        assert world.adapter.find_interaction_by_key(strange, key) is None

    @needs("find_contact_by_phone")
    def test_phone_finds_its_contact_and_no_other(self, world: CrmWorld, email: str) -> None:
        phone = new_phone()
        contact = world.add_contact(replace(make_contact(email), phone=phone))
        world.add_contact(replace(make_contact(new_email()), phone=new_phone()))
        assert world.adapter.find_contact_by_phone(phone) == contact
        for near in (phone[:-1], f"{phone}0", phone[-7:], "+", new_phone()):
            not_found(lambda near=near: world.adapter.find_contact_by_phone(near))  # type: ignore[misc]

    @needs("find_contact_by_phone")
    def test_phone_of_several_contacts_is_nobodys(self, world: CrmWorld, email: str) -> None:
        phone = new_phone()
        for address in (email, new_email()):
            world.add_contact(replace(make_contact(address), phone=phone))
        error = raised(ConflictError, lambda: world.adapter.find_contact_by_phone(phone))
        assert_tells_nothing_of(error, email, phone)

    @needs("find_contact_by_phone")
    @strange_lookups
    def test_strange_phone_is_nobodys(self, world: CrmWorld, email: str, strange: str) -> None:
        world.add_contact(replace(make_contact(email), phone=""))
        not_found(lambda: world.adapter.find_contact_by_phone(strange))
