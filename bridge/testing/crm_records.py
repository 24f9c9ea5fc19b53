"""What the contract of a CRM puts into its system, and what it needs of the system for that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone
from typing import Any, Protocol

from bridge.model.crm import Contact, Interaction, NewLead, NewOpportunity
from bridge.model.money import Money
from bridge.ports.crm import Crm
from bridge.testing.contract import (
    unique,
)


class CrmWorld(Protocol):
    """Hold a CRM for the contract."""

    adapter: Crm
    unreachable: Crm

    def add_contact(self, contact: Contact) -> Contact:
        """Put a contact into the CRM; return it with the id it has there."""

    def interactions(self, contact_id: str) -> Sequence[Interaction]:
        """Return the talks that the CRM holds of a contact, as stored."""

    def leads(self, email: str) -> Sequence[NewLead]:
        """Return the leads that the CRM holds for an e-mail, as stored."""

    def notes(self, lead_id: str) -> Sequence[str]:
        """Return the interests that the CRM holds beside a lead, or beside the contact in its place, as stored."""

    def opportunities(self, contact_id: str) -> Sequence[NewOpportunity]:
        """Return the opportunities that the CRM holds of a contact, as stored."""


def make_contact(email: str) -> Contact:
    """Return a contact as a CRM might hold it."""
    return Contact("", email, "Ann Example", "+14155550123", "Example Ltd")


def new_lead(email: str, **changes: Any) -> NewLead:
    """Return what a lead is made from."""
    values: dict[str, Any] = {"email": email, "name": "Ann Example", "interest": "Forty teapots", "company": "Tea Ltd"}
    return NewLead(**{**values, **changes})


def new_phone() -> str:
    """Return a phone number that nobody has."""
    return f"+1415{int(unique(), 16) % 10_000_000:07d}"


def new_opportunity(name: str = "Forty teapots", **changes: Any) -> NewOpportunity:
    """Return a chance to sell."""
    values: dict[str, Any] = {"amount": Money(79600, "USD"), "note": "Wants them by May.", **changes}
    return NewOpportunity(name, date(2026, 4, 30), **values)


def new_talk(summary: str = "Asked where the order is.") -> Interaction:
    """Return a talk to log."""
    return Interaction("Chat", summary, datetime(2026, 1, 20, 9, 30, tzinfo=timezone.utc))
