"""What every CRM adapter must do when it is asked to change something; a part of its contract."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.errors import OutcomeUnknownError
from bridge.model.crm import ContactChange
from bridge.testing.broken import Trouble, broken
from bridge.testing.contract import (
    AWKWARD_TEXTS,
    Contract,
    awkward_texts,
    needs,
    new_email,
    not_found,
    raised,
    strange_lookups,
    unique,
)
from bridge.testing.crm_records import CrmWorld, make_contact, new_opportunity, new_phone, new_talk


class CrmWrites(Contract):
    """Prove what `bridge.ports.crm` promises of changes."""

    @needs("update_contact")
    def test_only_what_is_named_changes(self, world: CrmWorld, email: str) -> None:
        contact, other = world.add_contact(make_contact(email)), world.add_contact(make_contact(new_email()))
        change, key = ContactChange(phone=new_phone()), unique()
        assert world.adapter.find_contact_update(contact.id, change, key) is None
        for _ in range(2):
            changed = world.adapter.update_contact(contact.id, change, key)
            assert changed == replace(contact, phone=change.phone or "")
        assert world.adapter.find_contact(email) == changed
        assert world.adapter.find_contact_update(contact.id, change, key) == changed
        assert world.adapter.find_contact(other.email) == other

    @needs("update_contact")
    @pytest.mark.parametrize("text", [text for text in AWKWARD_TEXTS.values() if "\n" not in text])
    def test_awkward_name_is_kept_unchanged(self, world: CrmWorld, email: str, text: str) -> None:
        contact = world.add_contact(make_contact(email))
        name = " ".join(text.split())
        world.adapter.update_contact(contact.id, ContactChange(name=name), unique())
        assert world.adapter.find_contact(email).name == name

    @needs("update_contact")
    @strange_lookups
    def test_strange_contact_is_not_changed(self, world: CrmWorld, strange: str) -> None:
        change = ContactChange(name="Somebody Else")
        not_found(lambda: world.adapter.update_contact(strange, change, unique()))
        assert world.adapter.find_contact_update(strange, change, unique()) is None

    @needs("create_opportunity")
    @awkward_texts
    def test_opportunity_is_stored_as_it_was_made(self, world: CrmWorld, email: str, text: str) -> None:
        contact = world.add_contact(make_contact(email))
        wanted = new_opportunity(" ".join(text.split()), note=text)
        made = world.adapter.create_opportunity(contact.id, wanted, unique())
        assert made.id
        assert made.stage
        assert made.name == wanted.name
        assert list(world.opportunities(contact.id)) == [wanted]

    @needs("find_interaction_by_key")
    def test_talk_whose_answer_is_lost_is_found_by_its_key_and_stays_one(self, world: CrmWorld, email: str) -> None:
        contact, key = world.add_contact(make_contact(email)), unique()
        assert world.adapter.find_interaction_by_key(contact.id, key) is None  # a token is at hand from now on
        breakable = broken(world, Trouble.LOST)
        raised(OutcomeUnknownError, lambda: world.adapter.log_interaction(contact.id, new_talk(), key))
        breakable.mend()
        found = world.adapter.find_interaction_by_key(contact.id, key)
        assert found
        assert world.adapter.log_interaction(contact.id, new_talk(), key) == found
        assert list(world.interactions(contact.id)) == [new_talk()]

    @needs("create_opportunity")
    def test_same_key_twice_is_one_opportunity(self, world: CrmWorld, email: str) -> None:
        contact, key = world.add_contact(make_contact(email)), unique()
        first = world.adapter.create_opportunity(contact.id, new_opportunity(), key)
        again = world.adapter.create_opportunity(contact.id, new_opportunity("Asked again"), key)
        assert (again, len(world.opportunities(contact.id))) == (first, 1)

    @needs("create_opportunity")
    def test_opportunity_without_an_amount_has_none(self, world: CrmWorld, email: str) -> None:
        contact = world.add_contact(make_contact(email))
        wanted = new_opportunity(amount=None)
        world.adapter.create_opportunity(contact.id, wanted, unique())
        assert list(world.opportunities(contact.id)) == [wanted]

    @needs("create_opportunity")
    @strange_lookups
    def test_strange_contact_or_key_has_no_opportunity(self, world: CrmWorld, email: str, strange: str) -> None:
        contact, key = world.add_contact(make_contact(email)), unique()
        not_found(lambda: world.adapter.create_opportunity(strange, new_opportunity(), key))
        assert world.adapter.find_opportunity_by_key(strange, key) is None
        assert world.adapter.find_opportunity_by_key(contact.id, strange) is None

    @needs("find_opportunity_by_key")
    def test_key_finds_its_opportunity_and_no_other(self, world: CrmWorld, email: str) -> None:
        mine, theirs = world.add_contact(make_contact(email)), world.add_contact(make_contact(new_email()))
        key = unique()
        made = world.adapter.create_opportunity(mine.id, new_opportunity(), key)
        assert world.adapter.find_opportunity_by_key(mine.id, key) == made
        assert world.adapter.find_opportunity_by_key(mine.id, key[:-1]) is None
        assert world.adapter.find_opportunity_by_key(theirs.id, key) is None
