"""Salesforce's simulator as the contracts of the CRM and of the helpdesk see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal

from bridge.adapters.salesforce.client import LIMIT_PAUSE
from bridge.model.crm import Contact, Interaction, NewLead, NewOpportunity
from bridge.model.helpdesk import Ticket, TicketStatus
from bridge.model.money import Money
from simulators.salesforce import objects
from simulators.seed import Fields
from tests.support.simulated import Simulated

_STATUSES = {
    TicketStatus.NEW: "New",
    TicketStatus.OPEN: "Working",
    TicketStatus.PENDING: "Waiting on Customer",
    TicketStatus.HOLD: "On Hold",
    TicketStatus.SOLVED: "Solved",
    TicketStatus.CLOSED: "Closed",
}


class SalesforceWorld(Simulated):
    """Hold an org."""

    pause = LIMIT_PAUSE

    def add_contact(self, contact: Contact) -> Contact:
        """Put a contact into the org, with an account of its own."""
        given, _, family = contact.name.rpartition(" ")
        account = self._put("Account", {"Name": contact.company})
        told = {"FirstName": given, "LastName": family, "Email": contact.email, "Phone": contact.phone}
        return replace(contact, id=self._put("Contact", {**told, "AccountId": account["Id"]})["Id"])

    def add_ticket(self, ticket: Ticket) -> Ticket:
        """Put a case with its comments into the org, of nobody's who is a contact."""
        told = {
            "Subject": ticket.subject,
            "Description": ticket.description,
            "Status": _STATUSES.get(ticket.status, ticket.status_label),
            "Priority": "Medium",
            "SuppliedEmail": ticket.email,
        }
        state = self.simulator.state
        case = objects.put(state, "Case", told, ticket.created_at)
        for comment in ticket.comments:
            author = objects.user_of(state, comment.author, comment.at)
            said = {"ParentId": case["Id"], "CommentBody": comment.body, "IsPublished": comment.public}
            objects.put(state, "CaseComment", {**said, "CreatedById": author}, comment.at)
        return replace(ticket, id=case["Id"], number=case["CaseNumber"])

    def leads(self, email: str) -> Sequence[NewLead]:
        """Return the leads with an e-mail."""
        return [
            NewLead(
                one["Email"],
                f"{one['FirstName'] or ''} {one['LastName']}".strip(),
                one["Description"],
                one["Company"],
                one["Phone"] or "",
            )
            for one in self.simulator.state["Lead"]
            if one["Email"].lower() == email.lower()
        ]

    def interactions(self, contact_id: str) -> Sequence[Interaction]:
        """Return the tasks of a contact."""
        return [
            Interaction(
                one["Subject"],
                one["Description"],
                datetime.strptime(one["Frontdesk_Time__c"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc),
            )
            for one in self.simulator.state["Task"]
            if one["WhoId"] == contact_id and one["Status"] == "Completed"
        ]

    def notes(self, lead_id: str) -> Sequence[str]:
        """Return what the open tasks of a lead or contact tell."""
        tasks = self.simulator.state["Task"]
        return [one["Description"] for one in tasks if (one["WhoId"], one["Status"]) == (lead_id, "Not Started")]

    def opportunities(self, contact_id: str) -> Sequence[NewOpportunity]:
        """Return the opportunities in which a contact has a role."""
        roles = self.simulator.state["OpportunityContactRole"]
        found = [
            objects.by_id(self.simulator.state, "Opportunity", one["OpportunityId"])
            for one in roles
            if one["ContactId"] == contact_id
        ]
        return [
            NewOpportunity(one["Name"], date.fromisoformat(one["CloseDate"]), _money(one["Amount"]), one["Description"])
            for one in found
            if one is not None
        ]

    def _put(self, name: str, told: Fields) -> Fields:
        return objects.put(self.simulator.state, name, told, self.simulator.clock())


def _money(amount: float | None) -> Money | None:
    return None if amount is None else Money(int(Decimal(str(amount)) * 100), "USD")
