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

    @write
    def create_lead(self, lead: NewLead, key: str) -> Lead:
        """Create a lead, or return the one this key made, or the one that already has this e-mail (`existing`)."""

    @write
    def log_interaction(self, contact_id: str, interaction: Interaction, key: str) -> str:
        """Attach a talk to a contact and return its id; the same key twice is one talk.

        Raises:
            NotFoundError: no such contact.
        """
