"""Contacts and opportunities of ours from those of Salesforce, and names, numbers and amounts for it."""

from __future__ import annotations

import re
from decimal import Decimal

import phonenumbers
from babel.numbers import get_currency_precision

from bridge.model.crm import Contact, Opportunity
from bridge.model.money import Money
from bridge.transport import Data

_CONTACT_ID = re.compile(r"003[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
_COMPARED = 8
"""At most so many digits at the end of a number are looked for, without its country, which not everybody writes."""
_FEWEST = 5
"""Fewer digits would be found in nearly every number."""


def is_contact_id(text: str) -> bool:
    """Tell whether a text can be the id of a contact: nothing else goes into a path or a query as one."""
    return _CONTACT_ID.fullmatch(text) is not None


def contact_of(record: Data, company: str, region: str) -> Contact:
    """Return a contact.

    Args:
        company: the field that people told us; without it, the account is the company.
        region: whose numbers are written without a country.
    """
    account = record["Account"].text("Name", "") if record["Account"] else ""
    named = (record.text("FirstName", ""), record.text("LastName", ""))
    return Contact(
        record.id("Id"),
        record.text("Email", ""),
        " ".join(part for part in named if part),
        number_of(record.text("Phone", "") or record.text("MobilePhone", ""), region),
        record.text(company, "") or account,
    )


def opportunity_of(record: Data) -> Opportunity:
    """Return an opportunity from the role of a contact in it."""
    found = record["Opportunity"]
    return Opportunity(record.id("OpportunityId"), found.text("Name"), found.text("StageName"))


def names_of(name: str) -> dict[str, str]:
    """Return the two fields of a name; the last word is the family's, which must not be empty there."""
    given, _, family = name.strip().rpartition(" ")
    return {"FirstName": given.strip(), "LastName": family}


def number_of(text: str, region: str) -> str:
    """Return a phone number in E.164, or as it stands where it is none."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def number_pattern(number: str) -> str:
    """Return what LIKE finds a number by, whatever stands between its digits; empty for what is no E.164."""
    if not _NUMBER.fullmatch(number):
        return ""
    try:
        digits = str(phonenumbers.parse(number).national_number)[-_COMPARED:]
    except phonenumbers.NumberParseException:
        return ""
    return "%" + "%".join(digits) + "%" if len(digits) >= _FEWEST else ""


def amount_of(money: Money) -> float:
    """Return an amount as Salesforce takes it; it keeps 18 digits, of which a float holds 15."""
    return float(Decimal(money.minor).scaleb(-get_currency_precision(money.currency)))
