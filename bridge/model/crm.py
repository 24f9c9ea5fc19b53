"""Contacts, leads and interactions as every CRM can tell them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bridge.model.money import Money


@dataclass(frozen=True)
class Contact:
    """Hold one person; `phone` is E.164."""

    id: str
    email: str
    name: str = ""
    phone: str = ""
    company: str = ""


@dataclass(frozen=True)
class NewLead:
    """Hold what a lead is made from; the e-mail is unverified and never overwrites a contact."""

    email: str
    name: str
    interest: str
    company: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Lead:
    """Hold one lead; `existing` tells that the CRM knew this person already, and that one was used."""

    id: str
    email: str
    existing: bool = False


@dataclass(frozen=True)
class Interaction:
    """Hold one talk with a person, already masked."""

    subject: str
    summary: str
    at: datetime


@dataclass(frozen=True)
class ContactChange:
    """Hold what shall be different of a contact; what is None stays. An e-mail is never changed: it is the identity."""

    name: str | None = None
    phone: str | None = None
    company: str | None = None


@dataclass(frozen=True)
class NewOpportunity:
    """Hold what a chance to sell is made from."""

    name: str
    close_on: date
    """When it should be decided."""
    amount: Money | None = None
    note: str = ""


@dataclass(frozen=True)
class Opportunity:
    """Hold one chance to sell; `stage` is the CRM's own word."""

    id: str
    name: str
    stage: str
