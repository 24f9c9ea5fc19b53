"""Days: "last friday", "5 days ago", "jan 20", "20/01/2024" become ISO dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from components.entities.text import COUNTS, Found, overlaps

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SMALL = {
    **{word: at for at, word in enumerate(COUNTS)},
    **dict.fromkeys(("a", "an"), 1),
    **dict.fromkeys(("couple of", "a couple of"), 2),
    **dict.fromkeys(("few", "a few"), 3),
}
_STEPS = {"day": 1, "week": 7, "month": 30, "year": 365}

_WEEKDAY = r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?|r)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?"
)
_COUNT = r"\d{1,3}|a couple of|couple of|a few|few|an?|one|two|three|four|five|six|seven|eight|nine|ten"
_NAMED = {
    "day before yesterday": -2,
    "day after tomorrow": 2,
    "last night": -1,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "today": 0,
    "tonight": 0,
    "yesterday": -1,
    "tomorrow": 1,
    "2moro": 1,
    "tmrw": 1,
    "tomorow": 1,
}

# "i ordered on monday" is over; "it should be delivered on monday" is not.
_PAST = re.compile(
    r"^(?!.*\b(?:be|will|would|should|not|n't)\b).*(?:ed|bought|came|sent|paid|got|wrote)\b[^.?!]*$", re.DOTALL
)

Reader = Callable[[re.Match[str], date, bool], "date | None"]


def days(text: str, today: date, *, day_first: bool) -> list[Found]:
    """Return the days that are named; what cannot be a day of the calendar is none.

    Args:
        day_first: how 03/04/2024 is read; 25/12 and 12/25 tell it themselves.
    """
    found: list[Found] = []
    for shape, read in _SHAPES:
        for match in shape.finditer(text):
            try:
                day = read(match, today, day_first)
            except (ValueError, OverflowError):
                continue
            one = Found("date", match.start(), match.end(), day.isoformat() if day else "")
            if day and not overlaps(one, found):
                found.append(one)
    return found


def _iso(match: re.Match[str], today: date, day_first: bool) -> date:
    return date(int(match[1]), int(match[2]), int(match[3]))


def _slashed(match: re.Match[str], today: date, day_first: bool) -> date | None:
    first, mark, second, year = int(match[1]), match[2], int(match[3]), match[4]
    if not year and mark != "/":
        return None  # 20.01 is as likely a price, and 5-6 "five or six"
    if match[0] == "24/7":
        return None
    is_day_first = mark == "." or first > 12 or (day_first and second <= 12)
    day, month = (first, second) if is_day_first else (second, first)
    return _near(today, month, day, year)


def _spoken(match: re.Match[str], today: date, day_first: bool) -> date | None:
    parts = match.groupdict()
    month = _MONTHS.index(parts["month"].lower()[:3]) + 1
    return _near(today, month, int(parts["day"]), parts["year"])


def _near(today: date, month: int, day: int, year: str | None) -> date:
    """Return a day of the year that is said, else of the year in which it is nearest to today."""
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    candidates = [date(today.year + step, month, day) for step in (-1, 0, 1) if (month, day) != (2, 29)]
    return min(candidates or [date(today.year, month, day)], key=lambda one: abs(one - today))


def _counted(match: re.Match[str], today: date, day_first: bool) -> date:
    parts = match.groupdict()
    said = " ".join(parts["count"].lower().split())
    count = int(said) if said.isdigit() else _SMALL[said]
    distance = timedelta(days=count * _STEPS[parts["step"].lower()])
    return today + distance if parts.get("ahead") else today - distance


def _weekday(match: re.Match[str], today: date, day_first: bool) -> date | None:
    wanted = _WEEKDAYS.index(match["day"].lower()[:3])
    which = (match["which"] or "").lower()
    if not which and len(match["day"]) == 3:
        return None  # "it sat there", "the sun": too short to stand alone
    back = (today.weekday() - wanted) % 7
    if which in {"last", "past", "since", "from"}:
        return today - timedelta(days=back or 7)
    if which == "on" and _PAST.search(match.string[: match.start()][-40:]):
        return today - timedelta(days=back or 7)
    ahead = (wanted - today.weekday()) % 7
    return today + timedelta(days=(ahead or 7) if which == "next" else ahead)


def _of_month(match: re.Match[str], today: date, day_first: bool) -> date:
    """Return the day of this month or of one beside it that is nearest to today: "on the 3rd"."""
    first = today.replace(day=1)
    months = ((first - timedelta(days=1)).replace(day=1), first, (first + timedelta(days=31)).replace(day=1))
    days_of = [day for month in months if (day := month + timedelta(days=int(match["day"]) - 1)).month == month.month]
    return min(days_of, key=lambda day: abs(day - today))


def _named(match: re.Match[str], today: date, day_first: bool) -> date:
    return today + timedelta(days=_NAMED[match[0].lower()])


def _span(match: re.Match[str], today: date, day_first: bool) -> date:
    step = timedelta(days=_STEPS[match["step"].lower()])
    return today + step if match["which"].lower() == "next" else today - step


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w#.,/-]){pattern}(?![\w/-])", re.IGNORECASE)


_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SHAPES: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (_shape(r"(\d{4})-(\d\d)-(\d\d)"), _iso),
    (_shape(r"(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d\d))?"), _slashed),
    (
        _shape(
            rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b\.?(?:,? {_YEAR})?",
        ),
        _spoken,
    ),
    (_shape(rf"(?P<month>{_MONTH})\b\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? {_YEAR})?(?!\d)"), _spoken),
    (
        _shape(
            r"(?:on|since|from|by|until|till|before|after) the (?P<day>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)"
            r"(?=\s*(?:$|[.,!?;)])|\s(?:and|but|i|it|at|or|now|is|nothing|please|pls|still|because|so|then)\b)"
        ),
        _of_month,
    ),
    (_shape(rf"(?P<ahead>in) (?P<count>{_COUNT}) (?P<step>day|week|month|year)s?"), _counted),
    (_shape(rf"(?P<count>{_COUNT}) (?P<step>day|week|month|year)s? (?:ago|back)"), _counted),
    (_shape(rf"(?:(?P<which>last|past|since|from|next|this|on|by|until|till) )?(?P<day>{_WEEKDAY})"), _weekday),
    (_shape(r"(?P<which>last|past|next) (?P<step>week|month|year)"), _span),
    (_shape("|".join(_NAMED)), _named),
)
