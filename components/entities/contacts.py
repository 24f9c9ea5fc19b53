"""Ways to reach a person: e-mail addresses and phone numbers; links are found to be left alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from bridge.errors import InvalidError
from bridge.formatting import inbound
from components.entities.text import Found

LINK = "link"

# One address, from a border that no character of an address touches; all parts are bounded, so matching stays fast.
_EMAIL = re.compile(
    r"(?<![\w+-])\w[\w+'-]{0,63}(?:\.[\w+-]{1,63}){0,8}"
    r"@(?:[^\W_](?:[^\W_-]|-){0,62}\.){1,8}[^\W\d_]{2,24}(?![\w-]|\.\w)"
)
# An unfinished address is no number either: ana@1234, 1990-ana@localhost.
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S*@\S+|&#?\w{1,10};", re.IGNORECASE)

_RUN = re.compile(r"(?<![\w#@/.$€£-])(?:\+|00)?\(?\d[\d ().-]{5,22}\d(?![\w@/€£$%-]|[.,:]\d)")
_LABEL = re.compile(
    r"\b(?:tel(?:ephone)?|phone|mobile|cell|fax|whatsapp|call(?: me)?(?: back)?(?: (?:at|on|under))?|"
    r"(?:reach|text) me (?:at|on)|phone number|(?:mobile|cell|telephone|contact) number|ring me on)"
    r"(?: ?(?:no\.?|nr\.?|is|number|:|#|at|on))* ?$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:order|ord|po|purchase|ticket|case|tracking|invoice)(?: ?(?:no\.?|nr\.?|number|id|is|#|:))* ?$", re.IGNORECASE
)
_SHORTEST, _LONGEST = 7, 15


def emails(text: str) -> list[Found]:
    """Return the e-mail addresses, in lower case."""
    return [
        Found("email", match.start(), match.end(), normal(inbound.email, match.group()))
        for match in _EMAIL.finditer(text)
    ]


def links(text: str) -> list[Found]:
    """Return what must not be read for numbers: web addresses, half addresses, character codes."""
    taken = [(one.start, one.end) for one in emails(text)]
    return [
        Found(LINK, start, end, "") for match in _LINK.finditer(text) for start, end in _around(match.span(), taken)
    ]


def _around(span: tuple[int, int], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a span unless it is, or holds, an address: "1001,ana@example.test" keeps its number."""
    return [] if any(start < span[1] and span[0] < end for start, end in taken) else [span]


def phones(text: str, region: str) -> list[Found]:
    """Return the phone numbers in E.164; one that does not exist keeps its digits."""
    found = []
    for match in _RUN.finditer(text):
        run = match.group().rstrip(" .-(")
        digits = re.sub(r"\D", "", run)
        before = text[max(0, match.start() - 40) : match.start()]
        if _OTHER.search(before) and not run.startswith(("+", "(")):
            continue
        labelled = _LABEL.search(before) is not None
        if labelled and _SHORTEST <= len(digits) <= _LONGEST:
            found.append(Found("phone", match.start(), match.start() + len(run), _e164(run, digits, region)))
        elif _is_written_like_one(run, digits):
            value = _e164(run, digits, region)
            exists = value.startswith("+")
            entity = "phone" if exists or (len(digits) <= _LONGEST and not _is_card(run)) else LINK
            found.append(Found(entity, match.start(), match.start() + len(run), value))
    return found


def _is_written_like_one(run: str, digits: str) -> bool:
    """Tell a phone, card or tracking number by its groups from "1001 94107", which is two numbers."""
    groups = re.findall(r"\d+", run)
    if run.startswith(("+", "(")) or re.match(r"00[1-9]", run) or _is_card(run):
        return len(digits) >= _SHORTEST
    if len(groups) < 2 or len(digits) < _SHORTEST:
        return False
    return len(groups[0]) <= 3 or groups[0].startswith("0")


def _is_card(run: str) -> bool:
    return len(re.findall(r"(?<!\d)\d{4}(?!\d)", run)) >= 3


def _e164(run: str, digits: str, region: str) -> str:
    spoken = f"+{run[2:]}" if run.startswith("00") else run
    return normal(lambda text: inbound.phone(text, region), spoken, digits)


def normal(normalise: Callable[[str], str], text: str, otherwise: str | None = None) -> str:
    """Return the normal form of a text, or the text itself, about which a form then asks kindly."""
    try:
        return normalise(text)
    except InvalidError:
        return text if otherwise is None else otherwise
