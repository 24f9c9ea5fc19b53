"""Tickets, their comments and audits, and users, as Zendesk keeps and shows them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

from simulators.seed import Fields

API_USER = 100
ORDER_FIELD = 27642
GROUPS = {"Customer Care": 501, "Shipping": 502, "Returns": 503, "Billing": 504, "Sales": 505}
FIRST_ANSWER = {"low": 72, "normal": 24, "high": 8, "urgent": 2}
"""Hours of the SLA policy, by priority."""


def stamp(at: datetime) -> str:
    """Write a time as Zendesk does: in seconds."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def first(shop: Fields) -> Fields:
    """Return the helpdesk of the demo shop."""
    state: Fields = {"users": [], "tickets": [], "comments": [], "audits": [], "keys": {}, "tokens": {}, "next": 20001}
    state["users"].append(_user(API_USER, "Frontdesk", "frontdesk@northwind.example.test", "agent"))
    for person in shop["people"]:
        user_of(state, person["email"], person["name"])
    for ticket in shop["tickets"]:
        number = int("".join(filter(str.isdigit, ticket["number"])))
        told = {
            "subject": ticket["subject"],
            "status": ticket["status"],
            "priority": ticket["priority"],
            "group_id": GROUPS.get(ticket.get("team", "")),
            "custom_fields": [{"id": ORDER_FIELD, "value": ticket.get("order")}],
        }
        requester = user_of(state, ticket["email"], "")["id"]
        put_ticket(state, told, ticket["description"], requester, ticket["created"], number=number)
        for comment in ticket.get("comments", ()):
            agent = user_of(state, f"{comment['author'].lower()}@northwind.example.test", comment["author"], "agent")
            put_comment(state, number, {**comment, "author_id": agent["id"]}, comment["at"])
    return state


def put_ticket(
    state: Fields, told: Fields, description: str, requester: int, at: datetime, number: int | None = None
) -> Fields:
    """Keep a new ticket; its description is its first comment."""
    ticket = {
        "id": take(state) if number is None else number,
        "external_id": told.get("external_id"),
        "subject": told.get("subject", ""),
        "raw_subject": told.get("subject", ""),
        "description": description,
        "status": told.get("status", "new"),
        "priority": told.get("priority"),
        "type": told.get("type"),
        "requester_id": requester,
        "submitter_id": API_USER,
        "assignee_id": None,
        "group_id": told.get("group_id"),
        "tags": sorted(set(told.get("tags", ()))),
        "custom_fields": _fields(told.get("custom_fields", ())),
        "due_at": None,
        "created_at": stamp(at),
        "updated_at": stamp(at),
    }
    state["tickets"].append(ticket)
    put_comment(state, ticket["id"], {"body": description, "public": True, "author_id": requester}, at)
    return ticket


def put_comment(state: Fields, ticket: int, told: Fields, at: datetime, metadata: Fields | None = None) -> Fields:
    """Keep a new comment, and the audit of it."""
    comment = {
        "id": take(state),
        "type": "Comment",
        "author_id": told.get("author_id", API_USER),
        "body": told["body"],
        "plain_body": told["body"],
        "public": told.get("public", True),
        "attachments": [],
        "created_at": stamp(at),
    }
    state["comments"].append({**comment, "ticket_id": ticket})
    put_audit(state, ticket, [{**comment, "type": "Comment"}], at, metadata)
    return comment


def put_audit(state: Fields, ticket: int, events: list[Fields], at: datetime, metadata: Fields | None) -> Fields:
    """Keep what happened to a ticket."""
    audit = {
        "id": take(state),
        "ticket_id": ticket,
        "author_id": API_USER,
        "created_at": stamp(at),
        "metadata": {"system": {}, "custom": metadata or {}},
        "events": events,
        "via": {"channel": "api"},
    }
    state["audits"].append(audit)
    return audit


def user_of(state: Fields, email: str, name: str, role: str = "end-user") -> Fields:
    """Return the user with this address, made anew where there is none."""
    for user in state["users"]:
        if user["email"].lower() == email.lower():
            known: Fields = user
            return known
    user = _user(take(state), name or email.partition("@")[0], email, role)
    state["users"].append(user)
    return user


def touch(ticket: Fields, now: datetime) -> None:
    """Move the time of the last change on.

    A change is always seen in it, also where two happen within a second: an assumption, without which `updated_stamp`
    could not protect what it is there to protect.
    """
    last = datetime.strptime(ticket["updated_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    ticket["updated_at"] = stamp(max(now, last + timedelta(seconds=1)))


def event(ticket: Fields, what: str, at: datetime) -> Fields:
    """Return the body of a webhook about a ticket."""
    return {
        "type": f"zen:event-type:ticket.{what}",
        "id": str(uuid.uuid4()),
        "time": stamp(at),
        "subject": f"zen:ticket:{ticket['id']}",
        "detail": {"id": str(ticket["id"]), "status": ticket["status"].upper()},
        "event": {},
    }


def slas(ticket: Fields) -> Fields:
    """Return what the SLA policy promises for a ticket."""
    hours = FIRST_ANSWER.get(ticket["priority"] or "")
    if hours is None:
        return {"policy_metrics": []}
    made = datetime.strptime(ticket["created_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return {
        "policy_metrics": [
            {"metric": "first_reply_time", "stage": "active", "breach_at": stamp(made + timedelta(hours=hours))}
        ]
    }


def take(state: Fields) -> int:
    """Return a number that nothing has yet."""
    state["next"] += 1
    return int(state["next"])


def _fields(told: Any) -> list[Fields]:
    values = {one["id"]: one.get("value") for one in told}
    return [{"id": ORDER_FIELD, "value": values.get(ORDER_FIELD)}]


def _user(number: int, name: str, email: str, role: str) -> Fields:
    return {"id": number, "name": name, "email": email, "role": role, "active": True, "verified": False}
