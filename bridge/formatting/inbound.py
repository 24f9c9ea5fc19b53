"""What people and vendors type becomes one normal form, or an InvalidError that says why not."""

from __future__ import annotations

import re

import email_validator
import phonenumbers

from bridge.errors import InvalidError

_LEADING_WORDS = re.compile(
    r"^(?:(?:my|the|order|ord|ticket|case|number|num|nr|no|is|it's|its)\b[\s.:#]*|[#:\s])+", re.IGNORECASE
)
_ORDER_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{0,30}")
_TICKET_NUMBER = re.compile(r"(?:[A-Z]{1,10}-?)?\d{1,12}")
_SPELLED_OUT_EMAIL = re.compile(r"\S+\s+(?:at|\(at\)|\[at\])\s+\S+", re.IGNORECASE)
_POSTCODE = re.compile(r"(?=[A-Z0-9 -]*\d)[A-Z0-9](?:[A-Z0-9 -]{1,8})[A-Z0-9]")


def order_number(text: str) -> str:
    """Return the order number in `text` as systems store it: upper case, without "#".

    Raises:
        InvalidError: there is no number that could be one.
    """
    number = _LEADING_WORDS.sub("", text.strip()).rstrip("?!., ").replace(" ", "").upper()
    if not _ORDER_NUMBER.fullmatch(number) or not any(letter.isdigit() for letter in number):
        raise InvalidError("order_number", "not an order number")
    return number


def ticket_number(text: str) -> str:
    """Return the ticket number in `text` in upper case; a bare or spaced number of ours gets its "T-".

    Raises:
        InvalidError: there is no number that could be one.
    """
    number = _LEADING_WORDS.sub("", text.strip()).rstrip("?!., ").replace(" ", "").upper()
    if not _TICKET_NUMBER.fullmatch(number):
        raise InvalidError("ticket_number", "not a ticket number")
    if number.isdigit():
        return f"T-{number}"
    return re.sub(r"^T(?=\d)", "T-", number)


def email(text: str) -> str:
    """Return the e-mail address in lower case and Unicode normal form.

    Raises:
        InvalidError: reason "spelled_out" for "john at mail dot com", else "not an address".
    """
    candidate = text.strip().strip("<>.,;!?\"'()")
    try:
        # test_environment: the reserved .test names of the demo are let through; mail to them goes nowhere.
        checked = email_validator.validate_email(candidate, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError as error:
        spelled_out = _SPELLED_OUT_EMAIL.search(text) is not None
        raise InvalidError("email", "spelled_out" if spelled_out else "not an address") from error
    return checked.normalized.lower()


def find_email(text: str) -> str | None:
    """Return the first e-mail address that stands in a sentence, normalised, or None."""
    for word in text.split():
        if "@" in word:
            try:
                return email(word)
            except InvalidError:
                continue
    return None


def postcode(text: str) -> str:
    """Return a postcode in upper case with single spaces.

    Raises:
        InvalidError: this cannot be a postcode of any country.
    """
    candidate = re.sub(r"(?i)^\W*(?:my\s+)?(?:zip|postcode|postal code|zip code|plz)?(?:\s+is)?[\s:]*", "", text)
    candidate = " ".join(candidate.upper().strip(" .,!?").split())
    if not _POSTCODE.fullmatch(candidate):
        raise InvalidError("postcode", "not a postcode")
    return candidate


def phone(text: str, region: str) -> str:
    """Return a phone number in E.164.

    Args:
        region: ISO country whose numbers may come without a country code.

    Raises:
        InvalidError: not a number that exists.
    """
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidError("phone", "not a phone number") from error
    if not phonenumbers.is_valid_number(parsed):
        raise InvalidError("phone", "not a phone number that exists")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def email_or_postcode(text: str) -> str:
    """Return the e-mail address or postcode that `text` gives as proof.

    Raises:
        InvalidError: it is neither; reason "spelled_out" as in `email`.
    """
    if "@" in text or _SPELLED_OUT_EMAIL.search(text):
        return find_email(text) or email(text)
    return postcode(text)
