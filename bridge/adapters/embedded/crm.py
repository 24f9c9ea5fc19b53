"""Contacts, leads and interactions in our own database."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.adapters.embedded._database import (
    Row,
    by_key,
    check_fits,
    looking_up,
    row_id,
    storable,
    storing,
)
from bridge.errors import ConflictError, NotFoundError
from bridge.model.crm import Contact, Interaction, Lead, NewLead
from bridge.storage.business import customers, interactions, leads
from bridge.storage.engine import insert_if_new
from bridge.storage.types import utc_now


class EmbeddedCrm:
    """Keep people and talks in SQL; every customer is a contact."""

    system = "embedded"
    capabilities = frozenset(
        {"find_contact", "create_lead", "find_lead_by_key", "log_interaction", "find_interaction_by_key"}
    )

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def find_contact(self, email: str) -> Contact:
        """Return the contact with exactly this e-mail, whatever the case of its letters."""
        if not storable(email):
            raise NotFoundError("no contact has this e-mail")
        same = sa.func.lower(customers.c.email) == email.strip().lower()
        with looking_up(self._engine) as connection:
            rows = connection.execute(sa.select(customers).where(same).limit(2)).mappings().all()
        if not rows:
            raise NotFoundError("no contact has this e-mail")
        if len(rows) > 1:
            raise ConflictError("several contacts have this e-mail")
        return _contact(rows[0])

    def create_lead(self, lead: NewLead, key: str) -> Lead:
        """Create a lead, or return the one this key made, or the one that already has this e-mail."""
        values = {
            "email": lead.email.strip().lower(),
            "name": lead.name,
            "company": lead.company,
            "phone": lead.phone,
            "interest": lead.interest,
            "created_at": utc_now(),
            "idempotency_key": key,
        }
        check_fits(leads, values)
        with storing(self._engine) as connection:
            insert_if_new(connection, leads, values)
            made = by_key(connection, leads, key)
            if made is not None:
                return Lead(str(made["id"]), made["email"])
            known = connection.execute(sa.select(leads).where(leads.c.email == values["email"])).mappings().one()
            return Lead(str(known["id"]), known["email"], existing=True)

    def find_lead_by_key(self, key: str) -> Lead | None:
        """Return the lead that this idempotency key made."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            made = by_key(connection, leads, key)
            return None if made is None else Lead(str(made["id"]), made["email"])

    def log_interaction(self, contact_id: str, interaction: Interaction, key: str) -> str:
        """Attach a talk to a contact and return its id; the same key twice is one talk."""
        values = {
            "customer_id": row_id(contact_id),
            "subject": interaction.subject,
            "summary": interaction.summary,
            "at": interaction.at,
            "idempotency_key": key,
        }
        check_fits(interactions, values)
        with storing(self._engine) as connection:
            known = sa.select(customers.c.id).where(customers.c.id == values["customer_id"])
            if connection.execute(known).first() is None:
                raise NotFoundError("no contact has this id")
            insert_if_new(connection, interactions, values)
            made = by_key(connection, interactions, key)
            if made is None:
                raise ConflictError("the contact was deleted meanwhile")
            return str(made["id"])

    def find_interaction_by_key(self, contact_id: str, key: str) -> str | None:
        """Return the id of the talk that this idempotency key attached to this contact."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            made = by_key(connection, interactions, key)
            return None if made is None or made["customer_id"] != row_id(contact_id) else str(made["id"])


def _contact(row: Row) -> Contact:
    return Contact(id=str(row["id"]), email=row["email"], name=row["name"], phone=row["phone"], company=row["company"])
