"""Ask Salesforce who is a lead or a contact already, and note what they want besides."""

from __future__ import annotations

from bridge.adapters.salesforce.asking import Asking, soql
from bridge.adapters.salesforce.client import only_of, quoted, select
from bridge.adapters.salesforce.reading import is_contact_id
from bridge.model.crm import Lead
from bridge.transport import Data


class Leads(Asking):
    """Know whom a key or an e-mail belongs to; an interest of somebody known is a task for sales."""

    def noted_with(self, key: str) -> Lead | None:
        """Return the lead or contact that the task of this key is with."""
        for task in self.keyed("Task", "WhoId", key):
            if who_id := task.id("WhoId", ""):
                source = "Contact" if is_contact_id(who_id) else "Lead"
                found = select(self.session, soql("Id, Email", source, f"Id = {quoted(who_id)}"))
                for one in only_of(who_id, found):
                    return Lead(one.id("Id"), one.text("Email", ""), existing=True)
        return None

    def noted(self, known: Lead, interest: str, key: str) -> Lead:
        """Leave a task for sales with somebody who was there before this key."""
        if known.existing:
            told = {"Subject": "lead_note_subject", "Status": "lead_note_status"}
            body = {name: self.words.theirs("values", ours) for name, ours in told.items()}
            self.attach(known.id, {**body, "Description": interest}, key)
        return known

    def known(self, email: str, key: str) -> Lead | None:
        """Return the lead that this key made, or else one with this e-mail that nobody made a contact of yet."""
        field = self.field("key")
        condition = f"{field} = {quoted(key)} OR (Email = {quoted(email)} AND IsConverted = false)"
        found = list(select(self.session, soql(f"Id, Email, {field}", "Lead", condition)))
        for one in found:
            if one.text(field, "") == key:
                return Lead(one.id("Id"), one.text("Email", ""))
        return _existing(found, email)

    def person(self, email: str) -> Lead | None:
        """Return the contact with this e-mail, in the place of a lead."""
        return _existing(list(select(self.session, soql("Id, Email", "Contact", f"Email = {quoted(email)}"))), email)


def _existing(found: list[Data], email: str) -> Lead | None:
    same = (one for one in found if one.text("Email", "").casefold() == email.casefold())
    return next((Lead(one.id("Id"), one.text("Email"), existing=True) for one in same), None)
