"""The CRM: contacts, leads, interactions."""

from __future__ import annotations

from typing import Protocol

from bridge.model.crm import Contact, Interaction, Lead, NewLead
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

    @write("find_lead_by_key")
    def create_lead(self, lead: NewLead, key: str) -> Lead:
        """Create a lead, or return the one this key made, or the one that already has this e-mail (`existing`)."""

    @read
    def find_lead_by_key(self, key: str) -> Lead | None:
        """Return the lead that this idempotency key made; the read-back after an unknown outcome."""

    @write("find_interaction_by_key")
    def log_interaction(self, contact_id: str, interaction: Interaction, key: str) -> str:
        """Attach a talk to a contact and return its id; the same key twice is one talk.

        Raises:
            NotFoundError: no such contact.
        """

    @read
    def find_interaction_by_key(self, contact_id: str, key: str) -> str | None:
        """Return the id of the talk that this idempotency key attached to this contact; the read-back of it."""
