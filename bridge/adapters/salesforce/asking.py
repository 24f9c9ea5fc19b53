"""Ask Salesforce for contacts and for what a key made; every answer is compared again here."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.adapters.salesforce.client import code_of, only_of, quoted, select
from bridge.adapters.salesforce.reading import contact_of, is_contact_id
from bridge.connections import Adapter
from bridge.connections.values import if_asked_for
from bridge.errors import ConflictError, NotFoundError
from bridge.model.crm import Contact
from bridge.transport import Data

_MOST = 200
"""More records than can have one e-mail or key, or similar numbers."""


class Asking(Adapter):
    """Hold the questions that the operations share."""

    domain = "crm"

    def contact(self, record: Data) -> Contact:
        """Return a contact from a record."""
        return contact_of(record, self.field("company"), self.fields["phone_region"])

    def contacts(self, condition: str) -> list[Data]:
        """Return the records of the contacts that fit."""
        return list(select(self.session, self.contact_query(condition)))

    def contacts_by_email(self, email: str) -> list[Contact]:
        """Return the contacts with exactly this e-mail, whatever the case of its letters.

        Raises:
            ProtocolError: one came that has another.
        """
        return [
            self.contact(if_asked_for(one, is_it=one.text("Email", "").casefold() == email.casefold()))
            for one in self.contacts(f"Email = {quoted(email)}")
        ]

    def contact_query(self, condition: str) -> str:
        """Return the query for contacts."""
        names = f"Id, FirstName, LastName, Email, Phone, MobilePhone, AccountId, Account.Name, {self.field('company')}"
        return soql(names, "Contact", condition)

    def contact_with(self, contact_id: str) -> Data | None:
        """Return the record of a contact, or None where there is none."""
        found = self.contacts(f"Id = {quoted(contact_id)}") if is_contact_id(contact_id) else []
        return next(iter(only_of(contact_id, found)), None)

    def keyed(self, source: str, names: str, key: str) -> list[Data]:
        """Return the records of an object with exactly this key."""
        field = self.field("key")
        found = select(self.session, soql(f"Id, {field}, {names}", source, f"{field} = {quoted(key)}"))
        return [one for one in found if one.text(field, "") == key]

    def attach(self, who_id: str, body: Mapping[str, object], key: str) -> str:
        """Attach a task to a contact or a lead and return its id, unless this key did so before."""
        if made := self.attached(who_id, key):
            return made
        told = {**body, "WhoId": who_id, self.field("key"): key}
        reply = self.session.send("POST", "sobjects/Task", json=told, accept={400})
        if code_of(reply) == "DUPLICATE_VALUE" and (made := self.attached(who_id, key)):
            return made
        return reply.check().data.id()

    def attached(self, who_id: str, key: str) -> str | None:
        """Return the id of the task that this key attached to this contact or lead."""
        found = self.keyed("Task", "WhoId", key)
        return next((one.id("Id") for one in found if one.id("WhoId", "")[:15] == who_id[:15]), None)

    def field(self, ours: str) -> str:
        """Return the vendor's name of a field that the org has for us."""
        return self.words.theirs("fields", ours)


def only(found: list[Contact], what: str) -> Contact:
    """Return the one contact there is."""
    if not found:
        raise NotFoundError(f"no contact has this {what}")
    if len(found) > 1:
        raise ConflictError(f"several contacts have this {what}")
    return found[0]


def soql(names: str, source: str, condition: str, order: str = "CreatedDate") -> str:
    """Return a query, the oldest records first; whatever text is in its condition has to be quoted."""
    return f"SELECT {names} FROM {source} WHERE {condition} ORDER BY {order} LIMIT {_MOST}"  # noqa: S608  # quoted by who asks
