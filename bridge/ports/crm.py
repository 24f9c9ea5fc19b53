"""The CRM: contacts, leads, interactions."""

from __future__ import annotations

from typing import Protocol

from bridge.model.crm import Contact, ContactChange, Interaction, Lead, NewLead, NewOpportunity, Opportunity
from bridge.ports._kind import read, write


class Crm(Protocol):
    """Find people, keep leads, remember talks."""

    system: str
    capabilities: frozenset[str]

    @read
    def find_contact(self, email: str) -> Contact:
        """Return the contact with exactly this e-mail.

        Raises:
            NotFoundError: none.
            ConflictError: several.
        """

    @read
    def find_contact_by_phone(self, phone: str) -> Contact:
        """Return the contact with exactly this number, however the CRM writes it.

        Args:
            phone: E.164; compared again in our code, digit by digit.

        Raises:
            NotFoundError: none.
            ConflictError: several.
        """

    @write("find_contact_update")
    def update_contact(self, contact_id: str, change: ContactChange, key: str) -> Contact:
        """Change a contact and return it as it stands then.

        Raises:
            NotFoundError: no such contact.
            InvalidError: the system does not take a value.
        """

    @read
    def find_contact_update(self, contact_id: str, change: ContactChange, key: str) -> Contact | None:
        """Return the contact if it was changed so; a system may have kept the key, or tell it by what it holds now."""

    @write("find_lead_by_key")
    def create_lead(self, lead: NewLead, key: str) -> Lead:
        """Create a lead, or return the one this key made, or who already has this e-mail (`existing`).

        Who is known already keeps what is known; the new interest is noted with them, once for a key.
        """

    @read
    def find_lead_by_key(self, key: str) -> Lead | None:
        """Return the lead that this key made, or whom it noted an interest with; the read-back of both."""

    @write("find_opportunity_by_key")
    def create_opportunity(self, contact_id: str, opportunity: NewOpportunity, key: str) -> Opportunity:
        """Note a chance to sell to a contact, or return the one this key made.

        Raises:
            NotFoundError: no such contact.
        """

    @read
    def find_opportunity_by_key(self, contact_id: str, key: str) -> Opportunity | None:
        """Return the opportunity of this contact that this idempotency key made; the read-back of it."""

    @write("find_interaction_by_key")
    def log_interaction(self, contact_id: str, interaction: Interaction, key: str) -> str:
        """Attach a talk to a contact and return its id; the same key twice is one talk.

        Raises:
            NotFoundError: no such contact.
        """

    @read
    def find_interaction_by_key(self, contact_id: str, key: str) -> str | None:
        """Return the id of the talk that this idempotency key attached to this contact; the read-back of it."""
