"""The contract suites fail for adapters that break a promise; a suite that cannot fail proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.adapters.embedded.commerce import EmbeddedCommerce
from bridge.adapters.embedded.crm import EmbeddedCrm
from bridge.adapters.embedded.helpdesk import EmbeddedHelpdesk
from bridge.errors import NotFoundError, UnsupportedError
from bridge.model.commerce import Order, Product
from bridge.model.crm import Lead, NewLead
from bridge.model.helpdesk import Comment, NewTicket, Ticket
from bridge.model.identity import Claim
from bridge.storage.business import leads, orders
from bridge.storage.engine import reading
from bridge.testing.commerce import CommerceContract
from bridge.testing.contract import new_email, unique
from bridge.testing.crm import CrmContract
from bridge.testing.helpdesk import HelpdeskContract
from tests.adapters.embedded.worlds import FIRST_ANSWER_HOURS, CommerceWorld, CrmWorld, HelpdeskWorld

FAILED = (AssertionError, pytest.fail.Exception)


class IgnoresTheClaim(EmbeddedCommerce):
    """Return an order to whoever knows its number."""

    def find_order(self, number: str, claim: Claim) -> Order:
        with reading(self._engine) as connection:
            owner = connection.execute(sa.select(orders.c.email).where(orders.c.number == number)).scalar()
        return super().find_order(number, Claim(email=owner))


class TellsWhichPartWasWrong(EmbeddedCommerce):
    """Give a wrong e-mail away by another sentence."""

    def find_order(self, number: str, claim: Claim) -> Order:
        with reading(self._engine) as connection:
            known = connection.execute(sa.select(orders.c.id).where(orders.c.number == number)).first()
        try:
            return super().find_order(number, claim)
        except NotFoundError:
            raise NotFoundError("wrong e-mail" if known else "no such order") from None


class QuotesThePerson(EmbeddedCommerce):
    """Put the e-mail into the error."""

    def find_order(self, number: str, claim: Claim) -> Order:
        try:
            return super().find_order(number, claim)
        except NotFoundError:
            raise NotFoundError(f"nothing for {claim.email}") from None


class DeclaresTooLittle(EmbeddedCommerce):
    """Work where it says that it does not."""

    capabilities = frozenset({"find_order"})


class DeclaresTooMuch(EmbeddedCommerce):
    """Refuse what it says that it does."""

    def search_products(self, text: str, limit: int = 5) -> list[Product]:
        raise UnsupportedError("no search")


class IgnoresTheKey(EmbeddedHelpdesk):
    """Make a ticket at every call."""

    def create_ticket(self, ticket: NewTicket, key: str) -> Ticket:
        return super().create_ticket(ticket, key + unique())


class IgnoresTheCommentKey(EmbeddedHelpdesk):
    """Add a comment at every call."""

    def add_comment(self, ticket_id: str, body: str, key: str, *, public: bool = True) -> Comment:
        return super().add_comment(ticket_id, body, key + unique(), public=public)


class SaysEveryLeadIsNew(EmbeddedCrm):
    """Hide that the person was known."""

    def create_lead(self, lead: NewLead, key: str) -> Lead:
        return replace(super().create_lead(lead, key), existing=False)


class ForgetsWhatIsNew(EmbeddedCrm):
    """Keep nothing of what a known person wants."""

    def create_lead(self, lead: NewLead, key: str) -> Lead:
        with reading(self._engine) as connection:
            known = connection.execute(sa.select(leads.c.id).where(leads.c.email == lead.email)).scalar()
        return Lead(str(known), lead.email, existing=True) if known else super().create_lead(lead, key)


class NotesTwice(EmbeddedCrm):
    """Note an interest at every call."""

    def create_lead(self, lead: NewLead, key: str) -> Lead:
        return super().create_lead(lead, key + unique())


@dataclass
class Faulty:
    """Stand in for a world, with a faulty adapter in it."""

    world: Any
    adapter: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world, name)


@pytest.mark.parametrize(
    ("adapter", "case"),
    [
        (IgnoresTheClaim, CommerceContract.test_missing_order_and_wrong_claim_cannot_be_told_apart),
        (IgnoresTheClaim, CommerceContract.test_each_person_gets_only_their_own_order),
        (TellsWhichPartWasWrong, CommerceContract.test_missing_order_and_wrong_claim_cannot_be_told_apart),
        (QuotesThePerson, CommerceContract.test_error_tells_nothing_of_the_person),
    ],
)
def test_shop_that_tells_too_much_fails(
    engine: sa.engine.Engine,
    dead_engine: sa.engine.Engine,
    adapter: type[EmbeddedCommerce],
    case: Callable[..., None],
) -> None:
    world = CommerceWorld(engine, dead_engine)
    case(CommerceContract(), world, new_email())
    with pytest.raises(FAILED):
        case(CommerceContract(), Faulty(world, adapter(engine)), new_email())


@pytest.mark.parametrize("adapter", [DeclaresTooLittle, DeclaresTooMuch])
def test_shop_that_declares_what_is_not_so_fails(
    engine: sa.engine.Engine, dead_engine: sa.engine.Engine, adapter: type[EmbeddedCommerce]
) -> None:
    faulty = Faulty(CommerceWorld(engine, dead_engine), adapter(engine))
    with pytest.raises((*FAILED, UnsupportedError)):
        CommerceContract().test_declared_operations_work_and_the_others_are_unsupported(faulty)


@pytest.mark.parametrize(
    ("adapter", "case"),
    [
        (IgnoresTheKey, HelpdeskContract.test_same_key_twice_is_one_ticket),
        (IgnoresTheKey, HelpdeskContract.test_same_key_at_once_is_one_ticket),
        (IgnoresTheCommentKey, HelpdeskContract.test_same_key_at_once_is_one_comment),
    ],
)
def test_helpdesk_that_writes_twice_fails(
    engine: sa.engine.Engine,
    dead_engine: sa.engine.Engine,
    adapter: type[EmbeddedHelpdesk],
    case: Callable[..., None],
) -> None:
    faulty = Faulty(HelpdeskWorld(engine, dead_engine), adapter(engine, first_answer_hours=FIRST_ANSWER_HOURS))
    with pytest.raises(FAILED):
        case(HelpdeskContract(), faulty, new_email())


def test_crm_that_hides_a_known_person_fails(engine: sa.engine.Engine, dead_engine: sa.engine.Engine) -> None:
    faulty = Faulty(CrmWorld(engine, dead_engine), SaysEveryLeadIsNew(engine))
    with pytest.raises(FAILED):
        CrmContract().test_known_email_is_one_lead_and_not_overwritten(faulty, new_email())


@pytest.mark.parametrize(
    ("adapter", "case"),
    [
        (ForgetsWhatIsNew, CrmContract.test_key_finds_with_whom_it_noted_an_interest),
        (ForgetsWhatIsNew, CrmContract.test_same_key_notes_an_interest_once),
        (NotesTwice, CrmContract.test_same_key_notes_an_interest_once),
    ],
)
def test_crm_that_loses_or_doubles_an_interest_fails(
    engine: sa.engine.Engine, dead_engine: sa.engine.Engine, adapter: type[EmbeddedCrm], case: Callable[..., None]
) -> None:
    world = CrmWorld(engine, dead_engine)
    case(CrmContract(), world, new_email())
    with pytest.raises(FAILED):
        case(CrmContract(), Faulty(world, adapter(engine)), new_email())
