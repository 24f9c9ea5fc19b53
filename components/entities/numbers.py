"""Order and ticket numbers: what a bare number is, its neighbours decide."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridge.formatting import inbound
from components.entities.contacts import normal
from components.entities.text import Found, Piece, pieces, without, word_set

_TICKET = re.compile(r"#?(t-?\d{4,10})", re.IGNORECASE)
_HASHED = re.compile(r"#(?!t-?\d)[a-z]{0,3}-?\d{3,10}", re.IGNORECASE)
_GLUED = re.compile(r"(?:order|ord|no|nr)[-:#]?(\d{4,10})", re.IGNORECASE)
_LETTERED = re.compile(r"(?!t)[a-z]{1,2}\d{5,10}", re.IGNORECASE)
_NAMED = re.compile(r"#?(?!t-?\d)[a-z]{1,4}-?\d{3,12}(?:-\d{1,6})?|#?\d{3,12}(?:-\d{3,12})?", re.IGNORECASE)
# A leading zero needs nine digits: so some shops count, while four with a zero are the end of a phone number.
_BARE = re.compile(r"[1-9]\d{3,9}|0\d{8}")
# "order 30 118", "T 10001", "ticket 10 001": groups join where a label or the whole message says what they are.
_GROUPS = r"\d{1,3}(?: \d{3}){1,2}(?![\w@%€£$]|[-/:.,]\w| \d)"
_LABEL_END = r"(?:[\s:#.]|\b(?:no|nr|num|number|is|was|id|ref|it|its|it's)\b)+"
_GROUPED_ORDER = re.compile(rf"(?:^\s*#?|\b(?:order|ord|oder|ordr|purchase){_LABEL_END})({_GROUPS})", re.IGNORECASE)
# A dash does the same before the end of what is said; before a word, "10-150 pens" is a range.
_DASHED = r"\d{1,3}-\d{3}(?=\s*(?:[.,;!?)]|$))"
_GROUPED_TICKET = re.compile(
    rf"\b(?:tickets?|tkts?|cases?){_LABEL_END}({_GROUPS}|{_DASHED})(?: ?(?:,|and|or|&|\+) ?#?({_GROUPS}))?",
    re.IGNORECASE,
)
# A new helpdesk counts from 1: "ticket 17" where nothing hangs on it, unlike "ticket 2 days ago" and "ticket 4 me".
_SMALL_TICKET = re.compile(
    rf"\b(?:ticket|tkt){_LABEL_END}(\d{{1,3}})(?=\s*(?:[.,!?;)](?!\d)|$)|\s+(?:is|was|please|pls|status|again|yet|thanks)\b)",
    re.IGNORECASE,
)
_SPACED_TICKET = re.compile(
    rf"(?<![\w'’@#/-])(?<!n )#?(t ?-? ?(?:\d{{4,10}}(?![\w@-])|{_GROUPS}|{_DASHED}))", re.IGNORECASE
)
_HEAD, _GROUP = re.compile(r"#?\d{1,3}"), re.compile(r"\d{3}")
_DIGITS = re.compile(r"\d{4,10}")
_TAIL = re.compile(r"\d{2,6}")

# What may stand between a label and its number: "my order number, it's 1001".
_FILLERS = word_set("no nr num number numbers # is was id ref reference the my its it's it :")
_ORDER_LABELS = word_set("order orders ord oder ordr purchase po confirmation")
_TICKET_LABELS = word_set("ticket tickets tkt case cases")
_OTHER_LABELS = word_set(
    "zip zipcode plz postcode postal tel telephone phone fax pin mobile cell code sku item iban isbn version model "
    "invoice customer client supplier vendor employee staff project extension room flat apartment apt house building "
    "suite part article route channel page windows iphone galaxy pixel playstation ps size road street lane avenue "
    "drive"
)
_STREETS = word_set("street st road rd avenue ave lane drive boulevard blvd court square")
_CODE_LABELS = word_set("zip zipcode plz postcode postal")
_PAYING = word_set("paid pay payed charged cost costs price total worth spent")
_ROUGHLY = word_set("over about almost nearly under than around approximately")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3])(?:00|15|30|45)")
_LOOKS = word_set("look looking looked")
# Not those that are words when someone shouts: "OK 10455", "HI 10455".
_STATES = word_set(
    "AL AK AZ AR CA CO CT DE FL GA IL IA KS KY LA MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH PA RI SC SD TN TX UT "
    "VT VA WA WV WI WY DC"
)
# What follows "1500" as a verb or so; any other word with an s makes a round number a count: "1500 words".
_NO_PLURALS = word_set("is was has this its it's status pls shows says arrives as yes always thanks plus does")
_SMALL_WORDS = word_set("to at in on is and from for goes the my")
_ENDS = word_set("ending ends last")
_ENDING_FILLERS = word_set("in on with digits are four three two 4 3 2")
_ENDING_OF = word_set("order orders number one #")
_JOINS = word_set("and or & + also")
_MONTHS = re.compile(r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_LEADS = word_set("born in of since from early late mid summer winter spring autumn christmas")
_UNITS = word_set(
    "eur euro euros usd dollar dollars buck bucks gbp quid pound pounds point points piece pieces pcs "
    "item items unit units people persons percent year years yr yrs month months week weeks day days hour "
    "hours hrs minute minutes min mins time times km miles kg gram grams g ml l mm cm m inch inches watt "
    "w mah mb gb % € £ $"
)


def tickets(text: str) -> list[Found]:
    """Return ticket numbers: T-10001, or a bare number behind the word ticket or case."""
    found = [
        Found("ticket_number", *match.span(group), _ticket(match[group]))
        for shape in (_SPACED_TICKET, _GROUPED_TICKET, _SMALL_TICKET)
        for match in shape.finditer(text)
        for group in range(1, shape.groups + 1)
        if match[group] and not _is_counting(match[group], text[match.end(group) :])
    ]
    row = pieces(without(text, found))
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
    found = [
        Found("order_number", match.start(1), match.end(1), match.group(1).replace(" ", ""))
        for match in _GROUPED_ORDER.finditer(text)
        if not _is_counting(match[1], text[match.end() :])
    ]
    row = pieces(without(text, found))
    for at, piece in enumerate(row):
        if _is_number(piece, _TAIL) and (owner := _ends(row, at)):
            if owner & _ENDING_OF:
                found.append(Found("order_number", piece.start, piece.end, piece.text, role="ending"))
        elif span := _order(row, at):
            start, spoken = span
            found.append(Found("order_number", start, start + len(spoken), normal(inbound.order_number, spoken)))
    return found


def _ticket(spoken: str) -> str:
    """Return a number without what parts it; its T stays, and none is added: only one helpdesk of many has it."""
    letter = "T-" if spoken[0] in "tT" else ""
    return normal(inbound.ticket_number, letter + re.sub("[^0-9]", "", spoken))


def _is_counting(spoken: str, following: str) -> bool:
    """Tell "10 100 days" and "2 000 shirts" from numbers of records."""
    row = pieces(following[:40])
    return bool(row) and (row[0].low.rstrip(".") in _UNITS or (spoken.endswith("00") and _is_plural(row[0].low)))


def _is_plural(word: str) -> bool:
    return word.isalpha() and word.endswith("s") and word not in _NO_PLURALS


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
    after = row[at + 1] if at + 1 < len(row) else None
    if after and (after.low.rstrip(".") in _UNITS or (_HEAD.fullmatch(row[at].text) and _GROUP.fullmatch(after.text))):
        return False
    if labelled:
        return True
    if at == 0:
        return not _is_street(row, at)
    return not any(claim(row, at) for claim in (_is_street, _is_year, _is_sum, _is_round_count, _is_time_or_place))


def _is_year(row: Sequence[Piece], at: int) -> bool:
    before = row[at - 1].low
    return bool(_YEAR.fullmatch(row[at].text)) and (
        before in _YEAR_LEADS or _MONTHS.fullmatch(before.rstrip(".")) is not None
    )


def _is_sum(row: Sequence[Piece], at: int) -> bool:
    """Tell "i paid 1200", and "555 0134", which is a part of something; "1001 94107" and "10, 1094" are two numbers."""
    before = row[at - 1]
    part = before.after != "," and re.fullmatch(r"[($€£]*\d{1,3}|0\d{3}", before.text)
    return before.low in _PAYING or bool(part)


def _is_round_count(row: Sequence[Piece], at: int) -> bool:
    """Tell "1500 words" and "over 9000" from numbers of orders, which are seldom round."""
    if not row[at].text.endswith("00"):
        return False
    counts = at + 1 < len(row) and _is_plural(row[at + 1].low)
    return counts or row[at - 1].low in _ROUGHLY


def _is_time_or_place(row: Sequence[Piece], at: int) -> bool:
    """Tell "at 1030", "IL 62704" and "my zip changed to 60614"."""
    number, before = row[at].text, row[at - 1]
    if before.low == "at" and _CLOCK.fullmatch(number) and (at < 2 or row[at - 2].low not in _LOOKS):
        return True
    if len(number) != 5:  # as many digits as a ZIP code
        return False
    said = {piece.low for piece in row[max(0, at - 6) : at]}
    return before.text in _STATES or bool(said & _CODE_LABELS and not said & _ORDER_LABELS)


def _is_street(row: Sequence[Piece], at: int) -> bool:
    """Tell "1204 Hill Road" from "1204 to Hill Road"."""
    if row[at].after == ",":
        return False
    for piece in row[at + 1 : at + 4]:
        if piece.low in _SMALL_WORDS:
            return False
        if piece.low.rstrip(".") in _STREETS:
            return True
    return False
