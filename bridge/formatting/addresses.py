"""Postal addresses as people type them: in one message or part by part, and written out again for them to check."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale

from bridge.errors import InvalidError
from bridge.formatting.inbound import plain
from bridge.model.commerce import Address

Parts = dict[str, str]
"""What is known of an address, by the fields of Address."""

NEEDED = ("line1", "city", "postcode")
"""What an order's own address cannot stand in for."""
LONGEST = 100
"""Characters of one part."""
_BARE = ("house", "postcode")
"""Parts that are named without an "is" too: "zip 94110"."""
_SEPARATORS = re.compile(r"[\n,;]+")
# The first three are of one country only; of the others the longest that fits counts.
_POSTCODES = (
    ("GB", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.IGNORECASE)),
    ("CA", re.compile(r"\b[A-Z]\d[A-Z][ -]?\d[A-Z]\d\b", re.IGNORECASE)),
    ("NL", re.compile(r"\b\d{4} ?(?!St\b|Rd\b|Dr\b)[A-Z]{2}\b")),
    (
        "",
        re.compile(
            r"(?<![\w-])(?:\d{5}-\d{4}|\d{5}-\d{3}|\d{4}-\d{3}|\d{3}-\d{4}|\d{2}-\d{3}|\d{3} \d{2}|\d{4,6})(?![\w-])"
        ),
    ),
)
_POSTCODE_BEFORE_CITY = re.compile(r"AT|BE|CH|CZ|DE|DK|ES|FI|FR|IT|NL|NO|PL|PT|SE")


def parts(text: str) -> Parts:
    """Return what a message tells of an address; nothing where it tells nothing of one.

    What it does not name is left out, so that a correction ("the zip is 94110") changes only what it speaks of.

    Raises:
        InvalidError: a part is longer than any that a parcel could carry.
    """
    said = _stripped(" \n".join(" ".join(line.split()) for line in plain(text).splitlines()))
    found = _labelled(said) or _read([part for part in map(_tidy, _SEPARATORS.split(said)) if part])
    for field, value in found.items():
        if len(value) > LONGEST:
            raise InvalidError(field, "too long")
    return found


def wished(text: str, order_number: str | None = None) -> str:
    """Return what a wish tells of the new address: "send 1001 to 12 Elm Street"; "" where it tells nothing.

    Args:
        order_number: what the wish names, and is no part of an address.
    """
    said = re.sub(rf"#?\b{re.escape(order_number)}\b", "", plain(text)) if order_number else plain(text)
    _, found, after = said.rpartition(" to ")
    said = after if found else said.partition(":")[2]
    return said.strip() if any(map(str.isdigit, said)) else ""


def merged(known: Parts, found: Parts) -> Parts:
    """Return what is known with what was found since; a house number takes the place of that in the street."""
    street, house = found.get("line1", known.get("line1", "")), found.get("house", "")
    parts_ = {**known, **{field: value for field, value in found.items() if field != "house"}}
    if house and street:
        changed, times = re.subn(r"^\d+\w*|\b\d+\w*$", lambda _: house, street, count=1)
        parts_["line1"] = changed if times else f"{house} {street}"
    return parts_


def missing(known: Parts) -> str | None:
    """Return the first part that is still needed."""
    return next((field for field in NEEDED if not known.get(field)), None)


def whole(known: Parts, before: Address | None) -> Address:
    """Return the address, with name and country of the one it replaces where nothing else was said.

    Raises:
        InvalidError: a part is missing.
    """
    usual = {"name": before.name, "country": before.country} if before else {}
    merged = {**usual, **known}
    for field in (*NEEDED, "name", "country"):
        if not merged.get(field):
            raise InvalidError(field, "missing")
    return Address(**merged)


def lines(address: Address, locale: str) -> str:
    """Return an address as it stands on a parcel, a line each."""
    town = f"{address.city}, {address.region}" if address.region else address.city
    if _POSTCODE_BEFORE_CITY.fullmatch(address.country):
        placed = f"{address.postcode} {town}"
    else:
        placed = f"{town} {address.postcode}"
    country = Locale.parse(locale).territories.get(address.country, address.country)
    return "\n".join(filter(None, (address.name, address.line1, address.line2, placed, country)))


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    named = {name.casefold(): code for code, name in Locale("en").territories.items() if code.isalpha()}
    return {**named, **_words()["countries"]}


@lru_cache(maxsize=1)
def _regions() -> dict[str, str]:
    """Return the code of every region by its code and its name, in small letters."""
    known = [pair for regions in _words()["regions"].values() for pair in regions.items()]
    return {word.casefold(): code for code, name in known for word in (code, name)}


def _labelled(said: str) -> Parts:
    """Return the one part that a message names: "the zip is 94110"."""
    for field, words in _words()["labels"].items():
        named = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        linked = "(?: is| should be| to|:)" + ("?" if field in _BARE else "")
        match = re.fullmatch(rf"(?:{named}){linked} (.+)", said, re.IGNORECASE | re.DOTALL)
        if match and not _SEPARATORS.search(match[1]):
            value = _tidy(match[1])
            code = {"country": _countries(), "region": _regions()}.get(field, {}).get(value.casefold())
            return {field: code or (value.upper() if field == "postcode" else value)}
    return {}


def _read(segments: list[str]) -> Parts:
    """Take the parts out of the segments, the surest first; what is left over is name, second line and town."""
    if len(segments) == 1 and segments[0].casefold() in _countries():
        return {"country": _countries()[segments[0].casefold()]}
    found: Parts = {}
    _take_country(segments, found)
    place = _take_region(segments, found, _take_postcode(segments, found))
    if place is not None and not _is_street(segments[place]) and not _is_unit(segments[place]):
        found["city"] = segments.pop(place)
    _split_unit_and_town(segments)
    units = [part for part in segments if _is_unit(part)]
    rest = [part for part in segments if part not in units]
    street = next((at for at, part in enumerate(rest) if _is_street(part)), None)
    if street is None:
        _take_without_street(rest, found)
    else:
        _take_around_street(rest, street, found)
    if units:
        found["line2"] = ", ".join((*filter(None, (found.get("line2"),)), *units))
    return found


def _take_around_street(segments: list[str], street: int, found: Parts) -> None:
    found["line1"] = segments[street]
    if street:
        found["name"] = " ".join(segments[:street])
    rest = segments[street + 1 :]
    if rest and "city" not in found:
        found["city"] = rest.pop()
    if rest:
        found["line2"] = ", ".join(rest)


def _take_country(segments: list[str], found: Parts) -> None:
    if len(segments) > 1 and segments[-1].casefold() in _countries() and segments[-1].casefold() not in _regions():
        found["country"] = _countries()[segments.pop().casefold()]


def _take_postcode(segments: list[str], found: Parts) -> int | None:
    """Take the postcode, and return the segment that it stood in, if anything is left of that."""
    for at in reversed(range(len(segments))):
        for country, form in _POSTCODES:
            match = next((one for one in form.finditer(segments[at]) if not _is_house_number(segments[at], one)), None)
            if match is None:
                continue
            found["postcode"] = " ".join(match[0].upper().split())
            if country and "country" not in found:
                found["country"] = country
            before, after = _tidy(segments[at][: match.start()]), _tidy(segments[at][match.end() :])
            if after.casefold() in _countries() and after.casefold() not in _regions():
                found["country"], after = _countries()[after.casefold()], ""
            segments[at : at + 1] = [part for part in (before, after) if part]
            return at if before or after else None
    return None


def _is_house_number(segment: str, match: re.Match[str]) -> bool:
    rest = segment[match.end() :].split()
    return match.start() == 0 and any(map(_names_street, rest))


def _take_region(segments: list[str], found: Parts, place: int | None) -> int | None:
    """Take a state or province, of a segment or the last words before the postcode; return where those are then."""
    regions = _regions()
    for at in range(len(segments) - 1, 0, -1):
        others = [part for part in segments[:at] if not _is_street(part)]
        if segments[at].casefold() in regions and (others or len(segments[at]) <= 3):
            found["region"] = regions[segments.pop(at).casefold()]
            return None if place is None or place == at else place - (at < place)
    words = segments[place].split() if place is not None else []
    for count in (3, 2, 1):
        named = " ".join(words[-count:]).casefold()
        if place is not None and len(words) > count and named in regions:
            found["region"] = regions[named]
            segments[place] = _tidy(" ".join(words[:-count]))
            break
    return place


def _split_unit_and_town(segments: list[str]) -> None:
    """Split "12 Elm Street Apt 4 Springfield" where nobody set a comma."""
    for at, segment in enumerate(segments):
        words = segment.split()
        ends = [place for place, word in enumerate(words) if place and _names_street(word)]
        if not any(map(str.isdigit, segment)) or not ends or ends[-1] == len(words) - 1:
            continue
        last = ends[-1] + 1
        while last < len(words) and words[last].casefold().strip(".") in _words()["directions"]:
            last += 1
        street, rest = words[:last], words[last:]
        if not rest or not any(any(map(str.isdigit, word)) for word in street):
            continue  # "Market Street 5": the number comes last
        unit = rest[:2] if rest[0].casefold().strip(".") in _words()["units"] or rest[0].startswith("#") else []
        unit = unit[:1] if unit and unit[0].startswith("#") and len(unit[0]) > 1 else unit
        pieces = (" ".join(street), " ".join(unit), " ".join(rest[len(unit) :]))
        segments[at : at + 1] = [piece for piece in pieces if piece]
        return


def _take_without_street(segments: list[str], found: Parts) -> None:
    words = [part for part in segments if any(map(str.isalpha, part)) and not any(map(str.isdigit, part))]
    if words and (len(segments) == 1 or found) and len(words[-1].split()) <= 4:
        found["city"] = words.pop()
        if words:
            found["name"] = " ".join(words)


def _is_street(part: str) -> bool:
    has_digit = any(map(str.isdigit, part)) and any(map(str.isalpha, part))
    begins = any(word.casefold() in _words()["streets_begin"] for word in part.split())
    return not _is_unit(part) and (has_digit or begins or any(map(_names_street, part.split()[1:])))


def _is_unit(part: str) -> bool:
    first = part.split(maxsplit=1)[0].casefold().strip(".")
    return first in _words()["units"] or part.startswith("#")


def _names_street(word: str) -> bool:
    bare = word.casefold().strip(".")
    return bare in _words()["streets"] or (len(bare) > 4 and bare.endswith(tuple(_words()["street_endings"])))


def _stripped(said: str) -> str:
    """Return a message without what people say around an address."""
    before = "|".join(map(re.escape, sorted(_words()["before"], key=len, reverse=True)))
    after = "|".join(map(re.escape, _words()["after"]))
    said = re.sub(rf"^(?:[\W_]*(?:{before})\b(?!\s*$)[\s,:.!-]*)+", "", said.strip(), flags=re.IGNORECASE)
    return re.sub(rf"(?:[\s,.!]*\b(?:{after})\b[\s.!]*)+$", "", said, flags=re.IGNORECASE)


def _tidy(part: str) -> str:
    return part.strip(" \t.:;!?\"'()-\u2013")
