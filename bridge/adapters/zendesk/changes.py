"""Change a ticket once for each key, although Zendesk knows idempotency keys for new tickets only.

The key is kept in the metadata of the audit that the change makes, and looked for before another one is made. Zendesk's
`safe_update` refuses a change of what somebody changed in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.adapters.zendesk.client import walk
from bridge.connections.values import findable, the_one
from bridge.errors import ConflictError, NotFoundError
from bridge.transport import Data, Session

_COLLISIONS = 5
"""So often a change is tried again because somebody else was faster."""
_KEY = "frontdesk_key"


def ticket_with(session: Session, ticket_id: str) -> Data | None:
    """Return a ticket with what stands beside it, or None where there is none."""
    if not _is_id(ticket_id):
        return None
    beside = {"include": "users,groups,slas"}
    reply = session.send("GET", "tickets/{id}", id=ticket_id, params=beside, accept={404})
    if reply.status == 404:
        return None
    the_one(reply.data["ticket"], ticket_id)
    return reply.data


def audit_of(session: Session, ticket_id: str, key: str) -> tuple[Data | None, Data]:
    """Return what a key did to a ticket, and the page that tells who did it."""
    nothing = None, Data({})
    if not findable(key) or not _is_id(ticket_id):
        return nothing
    found = walk(session, "tickets/{id}/audits", "audits", ticket_id)
    return next((each for each in found if each[0]["metadata"]["custom"].raw == {_KEY: key}), nothing)


def apply(session: Session, ticket_id: str, key: str, told: Callable[[Data], dict[str, Any]]) -> None:
    """Change a ticket, unless this key did so before.

    Args:
        told: what to send, given the ticket as it is now.
    """
    for _ in range(_COLLISIONS):
        found = ticket_with(session, ticket_id)
        if found is None:
            raise NotFoundError("no ticket has this id")
        ticket = found["ticket"]
        if audit_of(session, ticket_id, key)[0] is not None:
            return
        if ticket.text("status") == "closed":
            raise ConflictError("the ticket is closed")
        protected = {"safe_update": True, "updated_stamp": ticket.text("updated_at")}
        body = {**told(ticket), **protected, "metadata": {"custom": {_KEY: key}}}
        reply = session.send("PUT", "tickets/{id}", id=ticket_id, json={"ticket": body}, accept={409})
        if reply.status != 409:
            return
    reply.check()


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
