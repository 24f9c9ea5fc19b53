"""Leads of Salesforce, and what people want besides whom it knows already."""

from __future__ import annotations

from bridge.adapters.salesforce.asking import Asking, soql
from bridge.adapters.salesforce.client import code_of, only_of, quoted, select
from bridge.adapters.salesforce.reading import is_contact_id, names_of
from bridge.connections.values import findable
from bridge.errors import ConflictError, InvalidError
from bridge.model.crm import Lead, NewLead
from bridge.transport import Data


class Leads(Asking):
    """Make a lead of somebody new; an interest of somebody known is a task for sales."""

    def create_lead(self, lead: NewLead, key: str) -> Lead:
        """Create a lead, or return the one this key made, or note the interest with whom this e-mail is known."""
        email = lead.email.strip()
        if not findable(email):
            raise InvalidError("email", "is no e-mail address")
        if known := self._known(email, key):
            return self._noted(known, lead.interest, key)
        body = {
            **names_of(lead.name),
            "Email": email,
            "Phone": lead.phone,
            "Company": lead.company or self.words.theirs("values", "no_company"),
            "LeadSource": self.words.theirs("values", "lead_source"),
            "Description": lead.interest,
            self.field("key"): key,
            self.field("email"): email.lower(),
        }
        # The rules for duplicates also find people who are only similar: those are no reason to turn somebody away.
        for saves in ("false", "true"):
            headers = {"Sforce-Duplicate-Rule-Header": f"allowSave={saves}"}
            reply = self.session.send("POST", "sobjects/Lead", json=body, headers=headers, accept={400, 409})
            if code_of(reply) not in ("DUPLICATES_DETECTED", "DUPLICATE_VALUE"):
                return Lead(reply.check().data.id(), email)
            if known := self._known(email, key) or self._person(email):
                return self._noted(known, lead.interest, key)
        raise ConflictError("a lead that cannot be read has this key or e-mail")

    def find_lead_by_key(self, key: str) -> Lead | None:
        """Return the lead that this idempotency key made, or the lead or contact that its note is with."""
        if not findable(key):
            return None
        if found := self.keyed("Lead", "Email", key):
            return Lead(found[0].id("Id"), found[0].text("Email", ""))
        whose = (one.id("WhoId", "") for one in self.keyed("Task", "WhoId", key))
        return next((known for one in whose if (known := self._with_note(one))), None)

    def _with_note(self, who_id: str) -> Lead | None:
        source = "Contact" if is_contact_id(who_id) else "Lead"
        found = only_of(who_id, select(self.session, soql("Id, Email", source, f"Id = {quoted(who_id)}")))
        return next((Lead(one.id("Id"), one.text("Email", ""), existing=True) for one in found), None)

    def _noted(self, known: Lead, interest: str, key: str) -> Lead:
        """Leave a task for sales with somebody who was there before this key."""
        if known.existing:
            told = {"Subject": "lead_note_subject", "Status": "lead_note_status"}
            body = {name: self.words.theirs("values", ours) for name, ours in told.items()}
            self.attach(known.id, {**body, "Description": interest}, key)
        return known

    def _known(self, email: str, key: str) -> Lead | None:
        """Return the lead that this key made, or else one with this e-mail that nobody made a contact of yet."""
        field = self.field("key")
        condition = f"{field} = {quoted(key)} OR (Email = {quoted(email)} AND IsConverted = false)"
        found = list(select(self.session, soql(f"Id, Email, {field}", "Lead", condition)))
        for one in found:
            if one.text(field, "") == key:
                return Lead(one.id("Id"), one.text("Email", ""))
        return _existing(found, email)

    def _person(self, email: str) -> Lead | None:
        """Return the contact with this e-mail, in the place of a lead."""
        return _existing(list(select(self.session, soql("Id, Email", "Contact", f"Email = {quoted(email)}"))), email)


def _existing(found: list[Data], email: str) -> Lead | None:
    same = (one for one in found if one.text("Email", "").casefold() == email.casefold())
    return next((Lead(one.id("Id"), one.text("Email"), existing=True) for one in same), None)
