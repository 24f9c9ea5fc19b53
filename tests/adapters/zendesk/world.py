"""Zendesk's simulator as the contract of the helpdesk sees it."""

from __future__ import annotations

from dataclasses import replace

from bridge.model.helpdesk import Ticket
from simulators.zendesk import records
from tests.support.simulated import Simulated


class ZendeskWorld(Simulated):
    """Hold a Zendesk account."""

    def add_ticket(self, ticket: Ticket) -> Ticket:
        """Put a ticket with its comments into the account."""
        state = self.simulator.state
        requester = records.user_of(state, ticket.email, ticket.name)["id"]
        told = {
            "subject": ticket.subject,
            "status": ticket.status_label,
            "priority": ticket.priority.value,
            "tags": ticket.tags,
        }
        made = records.put_ticket(state, told, ticket.description, requester, ticket.created_at)
        for comment in ticket.comments:
            agent = records.user_of(state, f"{comment.author}@agents.example.test", comment.author, "agent")
            said = {"body": comment.body, "public": comment.public, "author_id": agent["id"]}
            records.put_comment(state, made["id"], said, comment.at)
        return replace(ticket, id=str(made["id"]), number=str(made["id"]))
