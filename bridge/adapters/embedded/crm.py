"""Contacts, leads and interactions in our own database."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from bridge.adapters.embedded._database import (
    Row,
    by_key,
    change_once,
    check_fits,
    looking_up,
    row_id,
    storable,
    storing,
    was_changed,
)
from bridge.errors import ConflictError, NotFoundError
from bridge.model.crm import Contact, ContactChange, Interaction, Lead, NewLead, NewOpportunity, Opportunity
from bridge.ports._kind import operations
from bridge.ports.crm import Crm
from bridge.storage.business import customers, interactions, lead_notes, leads, opportunities
from bridge.storage.engine import insert_if_new
from bridge.storage.types import utc_now

_FIRST_STAGE = "new"
_SHORTEST_NUMBER = 6


class EmbeddedCrm:
    """Keep people and talks in SQL; every customer is a contact."""

    system = "embedded"
    capabilities = operations(Crm)

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def find_contact(self, email: str) -> Contact:
        """Return the contact with exactly this e-mail, whatever the case of its letters."""
        if not storable(email):
            raise NotFoundError("no contact has this e-mail")
        return self._only(sa.func.lower(customers.c.email) == email.strip().lower(), "e-mail")

    def find_contact_by_phone(self, phone: str) -> Contact:
        """Return the contact with exactly this number."""
        wanted = "".join(letter for letter in phone if letter in "+0123456789")
        if len(wanted) < _SHORTEST_NUMBER or not storable(phone):
            raise NotFoundError("no contact has this phone number")
        return self._only(customers.c.phone == wanted, "phone number")

    def update_contact(self, contact_id: str, change: ContactChange, key: str) -> Contact:
        """Change a contact once for each key."""
        values = {name: value for name, value in asdict(change).items() if value is not None}
        check_fits(customers, values)
        with storing(self._engine) as connection:
            known = _locked(connection, contact_id)
            if change_once(connection, "contact", str(known["id"]), key, utc_now()) and values:
                connection.execute(sa.update(customers).where(customers.c.id == known["id"]).values(values))
            return _contact(_locked(connection, contact_id))

    def find_contact_update(self, contact_id: str, change: ContactChange, key: str) -> Contact | None:
        """Return the contact if this key changed it."""
        wanted = row_id(contact_id)
        with looking_up(self._engine) as connection:
            row = connection.execute(sa.select(customers).where(customers.c.id == wanted)).mappings().first()
            return _contact(row) if row is not None and was_changed(connection, "contact", str(wanted), key) else None

    def create_lead(self, lead: NewLead, key: str) -> Lead:
        """Create a lead, or return the one this key made, or note the interest with the one that has this e-mail."""
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
            return _lead(connection, key) or _made_or_noted(connection, values)

    def find_lead_by_key(self, key: str) -> Lead | None:
        """Return the lead that this idempotency key made, or noted an interest with."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            return _lead(connection, key)

    def create_opportunity(self, contact_id: str, opportunity: NewOpportunity, key: str) -> Opportunity:
        """Note a chance to sell to a contact, or return the one this key made."""
        amount = opportunity.amount
        values = {
            "name": opportunity.name,
            "note": opportunity.note,
            "stage": _FIRST_STAGE,
            "amount_minor": amount.minor if amount else None,
            "currency": amount.currency if amount else "",
            "close_on": opportunity.close_on,
            "created_at": utc_now(),
            "idempotency_key": key,
        }
        check_fits(opportunities, values)
        with storing(self._engine) as connection:
            contact = _locked(connection, contact_id)
            insert_if_new(connection, opportunities, {**values, "customer_id": contact["id"]})
            made = by_key(connection, opportunities, key)
            if made is None or made["customer_id"] != contact["id"]:
                raise ConflictError("this key was used for another contact")
            return _opportunity(made)

    def find_opportunity_by_key(self, contact_id: str, key: str) -> Opportunity | None:
        """Return the opportunity of this contact that this idempotency key made."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            made = by_key(connection, opportunities, key)
            return None if made is None or made["customer_id"] != row_id(contact_id) else _opportunity(made)

    def log_interaction(self, contact_id: str, interaction: Interaction, key: str) -> str:
        """Attach a talk to a contact and return its id; the same key twice is one talk."""
        values = {
            "subject": interaction.subject,
            "summary": interaction.summary,
            "at": interaction.at,
            "idempotency_key": key,
        }
        check_fits(interactions, values)
        with storing(self._engine) as connection:
            contact = _locked(connection, contact_id)
            insert_if_new(connection, interactions, {**values, "customer_id": contact["id"]})
            made = by_key(connection, interactions, key)
            if made is None or made["customer_id"] != contact["id"]:
                raise ConflictError("this key was used for another contact")
            return str(made["id"])

    def find_interaction_by_key(self, contact_id: str, key: str) -> str | None:
        """Return the id of the talk that this idempotency key attached to this contact."""
        if not storable(key):
            return None
        with looking_up(self._engine) as connection:
            made = by_key(connection, interactions, key)
            return None if made is None or made["customer_id"] != row_id(contact_id) else str(made["id"])

    def _only(self, condition: Any, what: str) -> Contact:
        with looking_up(self._engine) as connection:
            rows = connection.execute(sa.select(customers).where(condition).limit(2)).mappings().all()
        if not rows:
            raise NotFoundError(f"no contact has this {what}")
        if len(rows) > 1:
            raise ConflictError(f"several contacts have this {what}")
        return _contact(rows[0])


def _locked(connection: sa.engine.Connection, contact_id: str) -> Row:
    choice = sa.select(customers).where(customers.c.id == row_id(contact_id)).with_for_update()
    row: Row | None = connection.execute(choice).mappings().first()
    if row is None:
        raise NotFoundError("no contact has this id")
    return row


def _lead(connection: sa.engine.Connection, key: str) -> Lead | None:
    """Return the lead that a key made or noted something with."""
    if made := by_key(connection, leads, key):
        return Lead(str(made["id"]), made["email"])
    if noted := by_key(connection, lead_notes, key):
        known = connection.execute(sa.select(leads).where(leads.c.id == noted["lead_id"])).mappings().one()
        return Lead(str(known["id"]), known["email"], existing=True)
    return None


def _made_or_noted(connection: sa.engine.Connection, values: Row) -> Lead:
    """Make a lead, or note its interest with the one that has its e-mail."""
    key = values["idempotency_key"]
    insert_if_new(connection, leads, values)
    if made := by_key(connection, leads, key):
        return Lead(str(made["id"]), made["email"])
    known = connection.execute(sa.select(leads).where(leads.c.email == values["email"])).mappings().one()
    note = {"lead_id": known["id"], "interest": values["interest"], "at": values["created_at"]}
    insert_if_new(connection, lead_notes, {**note, "idempotency_key": key})
    return Lead(str(known["id"]), known["email"], existing=True)


def _contact(row: Row) -> Contact:
    return Contact(id=str(row["id"]), email=row["email"], name=row["name"], phone=row["phone"], company=row["company"])


def _opportunity(row: Row) -> Opportunity:
    return Opportunity(str(row["id"]), row["name"], row["stage"])
