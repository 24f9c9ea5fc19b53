"""What people and vendors type becomes one normal form, or an InvalidError that says why not."""

from __future__ import annotations

import re
import unicodedata

import email_validator
import phonenumbers

from bridge.errors import InvalidError

# A label is no label where a "-" follows: ORD-1001 is a number that some shops give out.
_LEADING_WORDS = re.compile(
    r"^(?:(?:my|the|order|ord|ticket|case|number|num|nr|no|is|it's|its)\b(?!-)[\s.:#]*|[#:\s])+", re.IGNORECASE
)
_LEADING_POSTCODE_WORDS = re.compile(
    r"^(?:(?:my|the|zip|zipcode|post|postal|postcode|code|plz|is|it's|its)\b(?!-)|\W)+", re.IGNORECASE
)
# One word with a digit; letters may stand apart before it ("SO 12345") and groups of digits behind it ("10 01").
_ORDER_NUMBER = re.compile(r"(?:[A-Z]{1,4} )?(?=[A-Z-]*[0-9])[A-Z0-9][A-Z0-9-]*(?: [0-9][0-9-]*)*(?<!-)")
_LONGEST_ORDER_NUMBER = 31
_TICKET_NUMBER = re.compile(r"(?:[A-Z]{1,10}[ -]?)?[0-9](?: ?[0-9]){0,11}")
_SPELLED_OUT_EMAIL = re.compile(
    r"\w\s{0,3}(?:\bat\b|[(\[]at[)\]])\s{0,3}[\w-]{1,63}(?:\s{0,3}(?:\bdot\b|[(\[]dot[)\]])\s{0,3}|\.)\w\w",
    re.IGNORECASE,
)
_BETWEEN_WORDS = re.compile(r"[\s<>()\[\],;:\"]+")
_POSTCODE = re.compile(r"(?=[A-Z0-9 -]*[0-9])[A-Z0-9][A-Z0-9 -]{1,8}[A-Z0-9]")
_LOOKALIKES = str.maketrans({"\u2019": "'", **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")})


def order_number(text: str) -> str:
    """Return the order number in `text` as systems store it: upper case, without "#".

    Raises:
        InvalidError: there is no number that could be one.
    """
    spoken = _without(_LEADING_WORDS, text)
    number = spoken.replace(" ", "")
    if not _ORDER_NUMBER.fullmatch(spoken) or len(number) > _LONGEST_ORDER_NUMBER:
        raise InvalidError("order_number", "not an order number")
    return number


def ticket_number(text: str) -> str:
    """Return the ticket number in `text` in upper case; "T 10001" gets its hyphen.

    A bare number stays one: it is whole at most helpdesks, and ours knows its own prefix.

    Raises:
        InvalidError: there is no number that could be one.
    """
    spoken = _without(_LEADING_WORDS, text)
    if not _TICKET_NUMBER.fullmatch(spoken):
        raise InvalidError("ticket_number", "not a ticket number")
    return re.sub(r"^T(?=\d)", "T-", spoken.replace(" ", ""))


def email(text: str) -> str:
    """Return the e-mail address in lower case and Unicode normal form.

    Raises:
        InvalidError: reason "spelled_out" for "john at mail dot com", else "not an address".
    """
    candidate = plain(text).strip("<>.,;!?\"'() ").lower()
    try:
        # test_environment: the reserved .test names of the demo are let through; mail to them goes nowhere.
        checked = email_validator.validate_email(candidate, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError as error:
        spelled_out = _SPELLED_OUT_EMAIL.search(candidate) is not None
        raise InvalidError("email", "spelled_out" if spelled_out else "not an address") from error
    return checked.normalized


def find_email(text: str) -> str | None:
    """Return the first e-mail address that stands in a sentence, normalised, or None."""
    for word in _BETWEEN_WORDS.split(plain(text)):
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
    candidate = _without(_LEADING_POSTCODE_WORDS, text)
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
        parsed = phonenumbers.parse(plain(text), region)
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
    typed = plain(text)
    if "@" in typed or _SPELLED_OUT_EMAIL.search(typed):
        return find_email(typed) or email(typed)
    return postcode(typed)


def plain(text: str) -> str:
    """Return what was meant to be seen: full-width and Arabic digits as ASCII, no invisible marks, plain dashes."""
    compatible = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in compatible
        if unicodedata.category(letter) != "Cf"
    )


def _without(leading: re.Pattern[str], text: str) -> str:
    """Return a text in upper case and single spaces, without labels before it and punctuation around it."""
    joined = re.sub(r" ?- ?", "-", " ".join(plain(text).split()))
    return " ".join(leading.sub("", joined).upper().rstrip("?!., ").split())
