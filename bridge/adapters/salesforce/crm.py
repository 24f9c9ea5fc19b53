"""Contacts, leads, opportunities and tasks of Salesforce."""

from __future__ import annotations

from datetime import timezone

from bridge.adapters.salesforce.asking import only, soql
from bridge.adapters.salesforce.client import code_of, quoted, select
from bridge.adapters.salesforce.composite import query_path, together
from bridge.adapters.salesforce.leads import Leads
from bridge.adapters.salesforce.reading import (
    amount_of,
    is_contact_id,
    names_of,
    number_of,
    number_pattern,
    opportunity_of,
)
from bridge.connections.values import findable
from bridge.errors import ConflictError, InvalidError, NotFoundError
from bridge.model.crm import Contact, ContactChange, Interaction, Lead, NewLead, NewOpportunity, Opportunity


class SalesforceCrm(Leads):
    """Keep people in Salesforce; a lead, an opportunity and a task have our key in a field of their own."""

    def find_contact(self, email: str) -> Contact:
        """Return the contact with exactly this e-mail, whatever the case of its letters."""
        wanted = email.strip()
        return only(self.contacts_by_email(wanted) if findable(wanted) else [], "e-mail")

    def find_contact_by_phone(self, phone: str) -> Contact:
        """Return the contact with exactly this number, in whichever of the two fields."""
        pattern, region = number_pattern(phone), self.fields["phone_region"]
        if not pattern:
            raise NotFoundError("no contact has this phone number")
        like = f"LIKE {quoted(pattern)}"
        found = [
            self.contact(one)
            for one in self.contacts(f"Phone {like} OR MobilePhone {like}")
            if phone in (number_of(one.text(name, ""), region) for name in ("Phone", "MobilePhone"))
        ]
        return only(found, "phone number")

    def update_contact(self, contact_id: str, change: ContactChange, key: str) -> Contact:
        """Change a contact and return it as it stands then, in one request; the same change twice is one."""
        values = {} if change.name is None else names_of(change.name)
        if change.phone is not None:
            values["Phone"] = change.phone
        if change.company is not None:
            values[self.field("company")] = change.company
        if not values or not is_contact_id(contact_id):
            return only(self._with_id(contact_id), "id")
        query = query_path(self.contact_query(f"Id = {quoted(contact_id)}"))
        reply = together(
            self.session,
            self.fields["version"],
            ("change", "PATCH", f"sobjects/Contact/{contact_id}", values),
            ("contact", "GET", query, None),
        )
        return only([self.contact(one) for one in reply.check().data.each("records")], "id")

    def find_contact_update(self, contact_id: str, change: ContactChange, key: str) -> Contact | None:
        """Return the contact if it stands as the change wants it: Salesforce keeps no key of a change."""
        for found in self._with_id(contact_id):
            name = found.name if change.name is None else " ".join(names_of(change.name).values()).strip()
            phone = found.phone if change.phone is None else number_of(change.phone, self.fields["phone_region"])
            company = found.company if change.company is None else change.company
            return found if (name, phone, company) == (found.name, found.phone, found.company) else None
        return None

    def create_lead(self, lead: NewLead, key: str) -> Lead:
        """Create a lead, or return the one this key made, or note the interest with whom this e-mail is known."""
        email = lead.email.strip()
        if not findable(email):
            raise InvalidError("email", "is no e-mail address")
        if known := self.known(email, key):
            return self.noted(known, lead.interest, key)
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
            if known := self.known(email, key) or self.person(email):
                return self.noted(known, lead.interest, key)
        raise ConflictError("a lead that cannot be read has this key or e-mail")

    def find_lead_by_key(self, key: str) -> Lead | None:
        """Return the lead that this idempotency key made, or the lead or contact that its note is with."""
        if not findable(key):
            return None
        found = self.keyed("Lead", "Email", key)
        return Lead(found[0].id("Id"), found[0].text("Email", "")) if found else self.noted_with(key)

    def create_opportunity(self, contact_id: str, opportunity: NewOpportunity, key: str) -> Opportunity:
        """Make an opportunity and the contact's role in it, both or nothing, unless this key did so before."""
        amount, currency = opportunity.amount, self.fields["currency"]
        if amount is not None and amount.currency != currency:
            raise InvalidError("amount", f"this CRM counts in {currency}")
        if (person := self.contact_with(contact_id)) is None:
            raise NotFoundError("no contact has this id")
        body = {
            "Name": opportunity.name,
            "StageName": self.words.theirs("values", "opportunity_stage"),
            "CloseDate": opportunity.close_on.isoformat(),
            "Amount": None if amount is None else amount_of(amount),
            "Description": opportunity.note,
            "AccountId": person.id("AccountId", "") or None,
            self.field("key"): key,
        }
        role = {"OpportunityId": "@{made.id}", "ContactId": person.id("Id"), "IsPrimary": True}
        reply = together(
            self.session,
            self.fields["version"],
            ("made", "POST", "sobjects/Opportunity", body),
            ("role", "POST", "sobjects/OpportunityContactRole", role),
        )
        if code_of(reply) not in ("", "DUPLICATE_VALUE"):
            reply.check()
        if (made := self.find_opportunity_by_key(contact_id, key)) is None:
            raise ConflictError("this key was used for another contact")
        return made

    def find_opportunity_by_key(self, contact_id: str, key: str) -> Opportunity | None:
        """Return the opportunity that this idempotency key made, if this contact has a role in it."""
        if not is_contact_id(contact_id) or not findable(key):
            return None
        field = self.field("key")
        names = f"OpportunityId, Opportunity.Name, Opportunity.StageName, Opportunity.{field}"
        condition = f"ContactId = {quoted(contact_id)} AND Opportunity.{field} = {quoted(key)}"
        roles = select(self.session, soql(names, "OpportunityContactRole", condition))
        found = [one for one in roles if one["Opportunity"].text(field, "") == key]
        return opportunity_of(found[0]) if found else None

    def log_interaction(self, contact_id: str, interaction: Interaction, key: str) -> str:
        """Attach a completed task to a contact and return its id, unless this key did so before."""
        if not is_contact_id(contact_id):
            raise NotFoundError("no contact has this id")
        at = interaction.at.astimezone(timezone.utc)
        body = {
            "Subject": interaction.subject,
            "Description": interaction.summary,
            "Status": self.words.theirs("values", "task_status"),
            "ActivityDate": at.date().isoformat(),
            self.field("time"): at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return self.attach(contact_id, body, key)

    def find_interaction_by_key(self, contact_id: str, key: str) -> str | None:
        """Return the id of the task that this idempotency key attached to this contact."""
        if not is_contact_id(contact_id) or not findable(key):
            return None
        return self.attached(contact_id, key)

    def _with_id(self, contact_id: str) -> list[Contact]:
        record = self.contact_with(contact_id)
        return [] if record is None else [self.contact(record)]
