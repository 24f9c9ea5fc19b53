"""The objects of the org and their records, as Salesforce keeps them."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from simulators.seed import Fields

VERSION = "v67.0"
READ_ONLY = ("Id", "CreatedDate", "LastModifiedDate", "CreatedById")
"""Of every object."""
RULES_GIVE_TO = "Customer Care"
"""To this queue the active assignment rule gives every case."""
QUEUES = (RULES_GIVE_TO, "Shipping", "Returns", "Billing", "Sales")
FIRST_CASE = 1026
KEY = "Frontdesk_Key__c"
"""Of each object that an assistant writes: a text of 80 letters, external id, unique."""
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECKS = string.ascii_uppercase + "012345"


@dataclass(frozen=True)
class Kind:
    """Describe an object.

    Args:
        texts: the most letters that each text may have; an e-mail is one too.
        others: fields that hold no text.
        parents: fields that hold the id of another object's record.
    """

    prefix: str
    texts: Mapping[str, int]
    required: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    picks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first: Mapping[str, Any] = field(default_factory=dict)
    read_only: tuple[str, ...] = ()
    in_bytes: tuple[str, ...] = ()
    """Texts whose size counts bytes."""

    def knows(self, name: str) -> bool:
        """Tell whether there is such a field."""
        return name in (*self.texts, *self.others, *self.parents, *READ_ONLY)

    def size_of(self, name: str, value: str) -> int:
        """Return how much of a text's size a value takes."""
        return len(value.encode(errors="replace")) if name in self.in_bytes else len(value)

    @property
    def above(self) -> Mapping[str, tuple[str, ...]]:
        """Return the fields that hold the id of another record, that of who made it too."""
        return {**self.parents, "CreatedById": ("User",)}


_PERSON = {"FirstName": 40, "LastName": 80, "Email": 80, "Phone": 40, "MobilePhone": 40}
STATUSES = ("New", "Working", "Escalated", "On Hold", "Waiting on Customer", "Solved", "Closed")
"""The standard ones, and some that administrators add."""
STAGES = ("Prospecting", "Qualification", "Proposal/Price Quote", "Closed Won", "Closed Lost")
KINDS: dict[str, Kind] = {
    "Account": Kind("001", {"Name": 255}, ("Name",)),
    "Contact": Kind(
        "003", {**_PERSON, "Frontdesk_Company__c": 255}, ("LastName",), parents={"AccountId": ("Account",)}
    ),
    "Lead": Kind(
        "00Q",
        {**_PERSON, "Company": 255, "Description": 32000, "LeadSource": 40, KEY: 80, "Frontdesk_Email__c": 80},
        ("LastName", "Company"),
        ("IsConverted",),
        unique=(KEY, "Frontdesk_Email__c"),
        first={"IsConverted": False, "Status": "Open - Not Contacted"},
    ),
    "Opportunity": Kind(
        "006",
        {"Name": 120, "StageName": 40, "CloseDate": 10, "Description": 32000, KEY: 80},
        ("Name", "StageName", "CloseDate"),
        ("Amount",),
        {"AccountId": ("Account",)},
        (KEY,),
        {"StageName": STAGES},
    ),
    "OpportunityContactRole": Kind(
        "00K",
        {"Role": 40},
        ("OpportunityId", "ContactId"),
        ("IsPrimary",),
        {"OpportunityId": ("Opportunity",), "ContactId": ("Contact",)},
    ),
    "Task": Kind(
        "00T",
        {"Subject": 255, "Status": 40, "ActivityDate": 10, "Description": 32000, KEY: 80, "Frontdesk_Time__c": 30},
        (),
        (),
        {"WhoId": ("Contact", "Lead"), "WhatId": ("Account", "Opportunity")},
        (KEY,),
        {"Status": ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")},
        {"Status": "Not Started"},
    ),
    "User": Kind("005", {"Name": 121}, ("Name",)),
    "Group": Kind("00G", {"Name": 40, "DeveloperName": 80, "Type": 40}),
    "Case": Kind(
        "500",
        {
            **{"CaseNumber": 30, "Subject": 255, "Description": 32000, "Status": 40, "Priority": 40, "Origin": 40},
            **{"SuppliedEmail": 80, "SuppliedName": 80, KEY: 80, "Frontdesk_Order__c": 80, "Frontdesk_Tags__c": 255},
        },
        (),
        ("SlaExitDate",),
        {"ContactId": ("Contact",), "OwnerId": ("Group", "User")},
        (KEY,),
        {"Status": STATUSES, "Priority": ("Low", "Medium", "High", "Critical")},
        {"Status": "New", "Priority": "Medium"},
        ("CaseNumber", "SlaExitDate"),
    ),
    "CaseComment": Kind(
        "00a",
        {"CommentBody": 4000},
        ("ParentId",),
        ("IsPublished",),
        {"ParentId": ("Case",)},
        first={"IsPublished": False},
        in_bytes=("CommentBody",),
    ),
    "Frontdesk_Change__c": Kind(
        "a00", {KEY: 80, "Frontdesk_Record__c": 18}, (), (), {"Frontdesk_Case__c": ("Case",)}, (KEY,)
    ),
}
_SHOP_STATUSES = {"open": "Working", "pending": "Waiting on Customer", "solved": "Closed", "closed": "Closed"}
_SHOP_PRIORITIES = {"low": "Low", "normal": "Medium", "high": "High", "urgent": "Critical"}


def first(shop: Fields, now: datetime) -> Fields:
    """Return the org of the demo: its people are contacts, its tickets cases."""
    state: Fields = {"tokens": {}, "next": 0, "next_case": FIRST_CASE, **{name: [] for name in KINDS}}
    put(state, "User", {"Name": "Frontdesk Integration"}, now)
    for name in QUEUES:
        put(state, "Group", {"Name": name, "DeveloperName": name.replace(" ", "_"), "Type": "Queue"}, now)
    for person in shop["people"]:
        given, _, family = person["name"].rpartition(" ")
        told = {"FirstName": given, "LastName": family, "Email": person["email"], "Phone": _national(person["phone"])}
        put(state, "Contact", told, now)
    for ticket in shop["tickets"]:
        _put_case(state, ticket)
    return state


def queue_of(state: Fields, name: str) -> str:
    """Return the id of a queue."""
    return next(str(one["Id"]) for one in state["Group"] if one["Name"] == name)


def user_of(state: Fields, name: str, now: datetime) -> str:
    """Return the id of a user, made anew where there is none."""
    known = next((one for one in state["User"] if one["Name"] == name), None)
    return str((known or put(state, "User", {"Name": name}, now))["Id"])


def put(state: Fields, name: str, told: Fields, now: datetime) -> Fields:
    """Keep a new record."""
    kind = KINDS[name]
    state["next"] += 1
    blank = dict.fromkeys((*kind.texts, *kind.others, *kind.parents))
    values = {field: value or None if isinstance(value, str) else value for field, value in told.items()}
    made = {"Id": _id(kind.prefix, state["next"]), "CreatedDate": stamp(now), "LastModifiedDate": stamp(now)}
    maker = {"CreatedById": state["User"][0]["Id"]} if state["User"] else {}
    record = {**blank, **kind.first, **maker, **values, **made}
    if name == "Case":
        record["OwnerId"] = record["OwnerId"] or record["CreatedById"]
        record["CaseNumber"] = record["CaseNumber"] or f"{state['next_case']:08d}"
        state["next_case"] = max(state["next_case"], int(record["CaseNumber"]) + 1)
    state[name].append(record)
    return record


def by_id(state: Fields, name: str, wanted: object) -> Fields | None:
    """Return a record by its id of 15 letters or of 18."""
    if not isinstance(wanted, str) or len(wanted) not in (15, 18):
        return None
    return next((one for one in state[name] if wanted in (one["Id"], one["Id"][:15])), None)


def stamp(at: datetime) -> str:
    """Write a time as Salesforce does: milliseconds, and no colon in the offset."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _id(prefix: str, number: int) -> str:
    digits = ""
    for _ in range(7):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    short = f"{prefix}xx000{digits}"
    # Three letters more tell which of the fifteen are capitals, for systems that confuse them.
    parts = (short[start : start + 5] for start in (0, 5, 10))
    sums = (sum(letter.isupper() << place for place, letter in enumerate(part)) for part in parts)
    return short + "".join(_CHECKS[one] for one in sums)


def _put_case(state: Fields, ticket: Fields) -> None:
    contact: Fields = next((one for one in state["Contact"] if one["Email"] == ticket["email"]), {})
    told = {
        "CaseNumber": ticket["number"].rpartition("-")[2].zfill(8),
        "Subject": ticket["subject"],
        "Description": ticket["description"],
        "Status": _SHOP_STATUSES[ticket["status"]],
        "Priority": _SHOP_PRIORITIES[ticket["priority"]],
        "SuppliedEmail": ticket["email"],
        "ContactId": contact.get("Id"),
        "OwnerId": queue_of(state, ticket["team"]),
        "Frontdesk_Order__c": ticket.get("order"),
    }
    case = put(state, "Case", told, ticket["created"])
    for comment in ticket.get("comments", ()):
        agent = user_of(state, comment["author"], comment["at"])
        said = {"ParentId": case["Id"], "CommentBody": comment["body"], "IsPublished": comment["public"]}
        put(state, "CaseComment", {**said, "CreatedById": agent}, comment["at"])


def _national(phone: str) -> str:
    """Write a number as people do who know only their own country."""
    _, area, middle, last = phone.split(" ")
    return f"({area}) {middle}-{last}"
