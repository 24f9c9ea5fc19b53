"""What the embedded CRM does beyond the contract."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bridge.errors import ConflictError, InvalidError
from bridge.testing.contract import assert_tells_nothing_of, new_email, raised, unique
from bridge.testing.crm_records import make_contact, new_lead
from tests.adapters.embedded.worlds import CrmWorld


@pytest.fixture
def world(engine: sa.engine.Engine, dead_engine: sa.engine.Engine) -> CrmWorld:
    return CrmWorld(engine, dead_engine)


def test_two_contacts_that_differ_by_case_only_are_a_conflict(world: CrmWorld) -> None:
    email = new_email()
    world.add_contact(make_contact(email))
    world.add_contact(make_contact(email.upper()))
    error = raised(ConflictError, lambda: world.adapter.find_contact(email))
    assert_tells_nothing_of(error, email)


def test_repeated_key_tells_the_same_lead_as_new(world: CrmWorld) -> None:
    email, key = new_email(), unique()
    first = world.adapter.create_lead(new_lead(email), key)
    assert world.adapter.create_lead(new_lead(email), key) == first
    assert not first.existing


def test_text_that_does_not_fit_is_named_and_nothing_is_made(world: CrmWorld) -> None:
    email = new_email()
    error = raised(InvalidError, lambda: world.adapter.create_lead(new_lead(email, name="x" * 201), unique()))
    assert_tells_nothing_of(error, email)
    assert list(world.leads(email)) == []
