"""Postcodes: by their form, or by the word that announces them."""

from __future__ import annotations

import re

from bridge.formatting import inbound
from components.entities.contacts import normal
from components.entities.text import Found

_LABELLED = re.compile(
    r"(?:\b(?:zip(?: ?code)?|plz|post(?:al)? ?code)(?: is|:)? ?:?\s{0,2}|(?<![\w-])d-(?=\d{5}\b))"
    r"(\d{5}(?:-\d{4})?|\d{4} ?[a-z]{2}(?![a-z])|\d{2,3}[ -]\d{2,3}|\d{4,7})(?![\w@]|[-/:]\w|[.,]\d)",
    re.IGNORECASE,
)
# The British, the Canadian and the Portuguese form are like nothing else.
_FORMED = (
    re.compile(r"(?<![\w@.+/'’-])[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}(?![\w@-])", re.IGNORECASE),
    re.compile(r"(?<![\w@.+/-])[a-z]\d[a-z][ -]?\d[a-z]\d(?![\w@-])", re.IGNORECASE),
    re.compile(r"(?<![\w#@.+/:$€£-])[1-9]\d{3}-\d{3}(?![\w@-])"),
)
# The Dutch one must be the whole message: "1001 is it here" is none.
_WHOLE = re.compile(r"\s*([1-9]\d{3} ?[a-z]{2})\s*", re.IGNORECASE)
_FIVE = re.compile(r"(?<![\w#@.+/:$€£-])\d{5}(?:-\d{4})?(?![\w@%€£$]|[-/:]\w|[.,]\d)")
_CLAIMED = re.compile(
    r"(?:\b(?:order|ord|number|number is|ticket|case|phone|tel|mobile|pin|code|sku|model|invoice|"
    r"customer|supplier|vendor)(?: no\.?| number| is|:)*"
    r"|(?<!\d)\d{1,3}|[$€£]) $",
    re.IGNORECASE,
)


def labelled(text: str) -> list[Found]:
    """Return whatever digits a postcode label announces."""
    return [_found(match.start(1), match.group(1)) for match in _LABELLED.finditer(text)]


def formed(text: str) -> list[Found]:
    """Return what looks like a postcode and is claimed by nothing else; a bare 94107 can also be an order number."""
    found = [_found(match.start(), match.group()) for shape in _FORMED for match in shape.finditer(text)]
    if whole := _WHOLE.fullmatch(text):
        found.append(_found(whole.start(1), whole.group(1)))
    for match in _FIVE.finditer(text):
        if not _CLAIMED.search(text[max(0, match.start() - 30) : match.start()]):
            found.append(_found(match.start(), match.group()))
    return found


def _found(start: int, spoken: str) -> Found:
    return Found("postcode", start, start + len(spoken), normal(inbound.postcode, spoken))
