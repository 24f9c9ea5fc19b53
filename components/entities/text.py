"""Words and spans: what every reader works with."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

MASK = "\x00"
"""Stands where something was taken out: no space, no letter and no digit, so that nothing joins across it."""

# Between pieces: spaces, brackets, quotes, "=", and marks that end a clause. A comma, dot or colon parts two pieces
# too, but not inside "1,200", "20.50", "17:30" or "1001,50"; what those are, the reader of sums or of days decides.
_PIECE = re.compile(r"[^\s()\[\]{}<>=\"“”„;!?…\x00]+")
_INNER = re.compile(r"(?<=[^\W\d_])[.:,](?=\d)|(?<=\d)[.,](?=[^\W\d_])|(?<=\d{4}),(?=\d{3,10}(?!\d))")
_EDGES = ".,:'*’‘"


COUNTS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
"""The small numbers as people write them, each at its own place."""


@dataclass(frozen=True)
class Found:
    """Name one thing in a message: where it stands, and what it means in its normal form."""

    entity: str
    start: int
    end: int
    value: str
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Piece:
    """Hold one run of a text that belongs together, and what stands right before and after it."""

    text: str
    start: int
    before: str = ""
    after: str = ""

    @property
    def end(self) -> int:
        """Return where it ends."""
        return self.start + len(self.text)

    @property
    def low(self) -> str:
        """Return it in small letters, for looking up."""
        return self.text.casefold().replace("’", "'")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text, for looking up."""
    return frozenset(words.split())


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a text; marks around them are no part of them."""
    found = []
    for match in _PIECE.finditer(text):
        cuts = [match.start(), *(match.start() + cut.end() for cut in _INNER.finditer(match.group())), match.end()]
        for start, end in itertools.pairwise(cuts):
            if piece := _piece(text, start, end):
                found.append(piece)
    return found


def _piece(text: str, start: int, end: int) -> Piece | None:
    whole = text[start:end]
    inner = whole.lstrip(_EDGES)
    start += len(whole) - len(inner)
    inner = inner.rstrip(_EDGES)
    if not inner:
        return None
    end = start + len(inner)
    return Piece(inner, start, text[start - 1 : start], text[end : end + 1])


def without(text: str, found: Iterable[Found]) -> str:
    """Return the text with spans masked, every other character in its place."""
    letters = list(text)
    for one in found:
        letters[one.start : one.end] = MASK * (one.end - one.start)
    return "".join(letters)


def overlaps(one: Found, others: Iterable[Found]) -> bool:
    """Tell whether a span touches any of the others."""
    return any(one.start < other.end and other.start < one.end for other in others)
