"""The objects of the org and their records, as Salesforce keeps them."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from simulators.seed import Fields

VERSION = "v67.0"
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

    def knows(self, name: str) -> bool:
        """Tell whether there is such a field."""
        return name in (*self.texts, *self.others, *self.parents, "Id", "CreatedDate")


_PERSON = {"FirstName": 40, "LastName": 80, "Email": 80, "Phone": 40, "MobilePhone": 40}
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
}


def first(shop: Fields, now: datetime) -> Fields:
    """Return the org of the demo: its people are contacts."""
    state: Fields = {"tokens": {}, "next": 0, **{name: [] for name in KINDS}}
    for person in shop["people"]:
        given, _, family = person["name"].rpartition(" ")
        told = {"FirstName": given, "LastName": family, "Email": person["email"], "Phone": _national(person["phone"])}
        put(state, "Contact", told, now)
    return state


def put(state: Fields, name: str, told: Fields, now: datetime) -> Fields:
    """Keep a new record."""
    kind = KINDS[name]
    state["next"] += 1
    blank = dict.fromkeys((*kind.texts, *kind.others, *kind.parents))
    values = {field: value or None if isinstance(value, str) else value for field, value in told.items()}
    record = {**blank, **kind.first, **values, "Id": _id(kind.prefix, state["next"]), "CreatedDate": stamp(now)}
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


def _national(phone: str) -> str:
    """Write a number as people do who know only their own country."""
    _, area, middle, last = phone.split(" ")
    return f"({area}) {middle}-{last}"
