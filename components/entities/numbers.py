"""Order and ticket numbers: what a bare number is, its neighbours decide."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridge.formatting import inbound
from components.entities.contacts import normal
from components.entities.text import Found, Piece, pieces, word_set

_TICKET = re.compile(r"#?(t-?\d{4,10})", re.IGNORECASE)
_HASHED = re.compile(r"#(?!t-?\d)[a-z]{0,3}-?\d{3,10}", re.IGNORECASE)
_GLUED = re.compile(r"(?:order|ord|no|nr)[-:#]?(\d{4,10})", re.IGNORECASE)
_LETTERED = re.compile(r"(?!t)[a-z]{1,2}\d{5,10}", re.IGNORECASE)
_NAMED = re.compile(r"#?(?!t-?\d)[a-z]{1,4}-?\d{3,12}(?:-\d{1,6})?|#?\d{3,12}(?:-\d{3,12})?", re.IGNORECASE)
# A leading zero needs nine digits: so some shops count, while four with a zero are the end of a phone number.
_BARE = re.compile(r"[1-9]\d{3,9}|0\d{8}")
_DIGITS = re.compile(r"\d{4,10}")
_TAIL = re.compile(r"\d{2,6}")

# What may stand between a label and its number: "my order number, it's 1001".
_FILLERS = word_set("no nr num number numbers # is was id ref reference the my its it's it :")
_ORDER_LABELS = word_set("order orders ord oder ordr purchase po confirmation")
_TICKET_LABELS = word_set("ticket tickets tkt case cases")
_OTHER_LABELS = word_set(
    "zip zipcode plz postcode postal tel telephone phone fax pin mobile cell code sku item iban isbn version model "
    "invoice customer client supplier vendor employee staff project extension room"
)
_ENDS = word_set("ending ends last")
_ENDING_FILLERS = word_set("in on with digits are four three two 4 3 2")
_ENDING_OF = word_set("order orders number one #")
_JOINS = word_set("and or & + also")
_MONTHS = re.compile(r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_LEADS = word_set("in of since from early late mid summer winter spring autumn christmas")
_UNITS = word_set(
    "eur euro euros usd dollar dollars buck bucks gbp quid pound pounds point points piece pieces pcs "
    "item items unit units people persons percent year years yr yrs month months week weeks day days hour "
    "hours hrs minute minutes min mins time times km miles kg gram grams g ml l mm cm m inch inches watt "
    "w mah mb gb % € £ $"
)


def tickets(text: str) -> list[Found]:
    """Return ticket numbers: T-10001, or a bare number behind the word ticket or case."""
    found: list[Found] = []
    row = pieces(text)
    for at, piece in enumerate(row):
        if match := _TICKET.fullmatch(piece.text):
            start, spoken = piece.start + match.start(1), match.group(1)
        elif _is_number(piece, _DIGITS) and _label(row, at) in _TICKET_LABELS:
            start, spoken = _bare(piece)
        else:
            continue
        found.append(Found("ticket_number", start, start + len(spoken), normal(inbound.ticket_number, spoken)))
    return found


def orders(text: str) -> list[Found]:
    """Return order numbers, whole ones and the ends of some ("order ending 001", role "ending")."""
    found = []
    row = pieces(text)
    for at, piece in enumerate(row):
        if _is_number(piece, _TAIL) and (owner := _ends(row, at)):
            if owner & _ENDING_OF:
                found.append(Found("order_number", piece.start, piece.end, piece.text, role="ending"))
        elif span := _order(row, at):
            start, spoken = span
            found.append(Found("order_number", start, start + len(spoken), normal(inbound.order_number, spoken)))
    return found


def _order(row: Sequence[Piece], at: int) -> tuple[int, str] | None:
    piece = row[at]
    if _is_tied(piece):
        return None
    if _HASHED.fullmatch(piece.text) or _LETTERED.fullmatch(piece.text):
        return piece.start, piece.text
    if match := _GLUED.fullmatch(piece.text):
        return piece.start + match.start(1), match.group(1)
    label = _label(row, at)
    if label in _ORDER_LABELS and _NAMED.fullmatch(piece.text) and _is_free(row, at, labelled=True):
        return piece.start, piece.text
    if label not in _OTHER_LABELS | _TICKET_LABELS and _BARE.fullmatch(piece.text) and _is_free(row, at):
        return piece.start, piece.text
    return None


def _is_number(piece: Piece, shape: re.Pattern[str]) -> bool:
    return not _is_tied(piece) and shape.fullmatch(piece.text.lstrip("#")) is not None


def _bare(piece: Piece) -> tuple[int, str]:
    spoken = piece.text.lstrip("#")
    return piece.end - len(spoken), spoken


def _is_tied(piece: Piece) -> bool:
    """Tell whether something glued to a piece makes it a part of something else: $12, 20%."""
    return piece.before in set("$€£+&/@_") - {""} or piece.after in set("%€£$@_") - {""}


def _label(row: Sequence[Piece], at: int) -> str:
    """Return the word that says what a number is; fillers between them do not count."""
    for step, piece in enumerate(reversed(row[max(0, at - 5) : at])):
        word = piece.low.rstrip(".:#").lstrip("#")
        if word in _FILLERS or not word:
            continue
        if word in _JOINS and at - step - 2 >= 0 and _DIGITS.fullmatch(row[at - step - 2].text.lstrip("#")):
            inherited = _label(row, at - step - 2)
            return inherited if inherited in _TICKET_LABELS else ""
        return word
    return ""


def _ends(row: Sequence[Piece], at: int) -> set[str]:
    """Return the words before "ending (in|with)" a number: "order ending in 001", "my card ending 4242"."""
    words = [piece.low.rstrip(".") for piece in row[max(0, at - 5) : at]]
    while words and words[-1] in _ENDING_FILLERS:
        words.pop()
    return set(words[:-1]) if words and words[-1] in _ENDS else set()


def _is_free(row: Sequence[Piece], at: int, *, labelled: bool = False) -> bool:
    """Tell that no neighbour claims a number: no unit, no month before a year, no piece of a longer number."""
    piece = row[at]
    before = row[at - 1] if at else None
    after = row[at + 1] if at + 1 < len(row) else None
    if after and after.low.rstrip(".") in _UNITS:
        return False
    if labelled or before is None:
        return True
    if _YEAR.fullmatch(piece.text) and (before.low in _YEAR_LEADS or _MONTHS.fullmatch(before.low.rstrip("."))):
        return False
    # "555 0134" is a part of something; "1001 94107" are two numbers, and so are "10, 1094".
    return before.after == "," or re.fullmatch(r"[($€£]*\d{1,3}|0\d{3}", before.text) is None
