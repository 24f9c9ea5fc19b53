"""Products with their options: "2 blue t-shirts in L". The words themselves are the shop's (data/nlu/entities.yml)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from components.entities.text import COUNTS, Found, Piece, pieces, word_set

_LETTER_SIZE = re.compile(r"(?:x{0,4}[sl]|m|[2-6]xl)", re.IGNORECASE)
_SIZE_WORDS = {
    "small": "S",
    "medium": "M",
    "large": "L",
    "extra small": "XS",
    "extra large": "XL",
    "x-large": "XL",
    "x-small": "XS",
    "xx-large": "XXL",
    "one size": "ONE SIZE",
}
_NUMBER_SIZE = re.compile(r"\d{1,3}(?:[.,]5|/\d{2})?|(?:eu|uk|us) ?\d{1,2}(?:[.,]5)?", re.IGNORECASE)
_WORN_SIZE = re.compile(r"[2-5]\d(?:[.,]5)?")
_NO_SIZE = word_set("day days week weeks hour hours minute minutes euro euros dollar dollars years pieces")
_SIZE_LEADS = frozenset({"size", "sized", "sz"})
# "in L", "an M", "to XL": a single letter alone is too little.
_LETTER_LEADS = frozenset(
    {"in", "an", "a", "from", "to", "for", "the", "size", "sz", "is", "need", "want", "or", "and", "of"}
)
_BY_LETTERS = re.compile(r"(?:x{1,4}[sl]|[2-6]xl)", re.IGNORECASE)
_COUNTS = {word: str(at) for at, word in enumerate(COUNTS)}
_LONGEST_NAME = 3


@dataclass(frozen=True)
class Words:
    """Hold the shop's words, by what they are, each with its normal form."""

    products: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, products: Iterable[str], colours: Iterable[str], synonyms: Mapping[str, str] | None = None) -> Words:
        """Return the words with their plurals; a synonym stands for another word ("grey" for "gray")."""
        same = {word.casefold(): meant for word, meant in (synonyms or {}).items()}
        named = {word.casefold(): same.get(word.casefold(), word.casefold()) for word in products}
        coloured = {word.casefold(): same.get(word.casefold(), word.casefold()) for word in colours}
        return cls({**{_plural(word): meant for word, meant in named.items()}, **named}, coloured)


def things(text: str, words: Words) -> list[Found]:
    """Return products, colours, sizes and counts; where there are two products, `group` tells whose an option is."""
    row = pieces(text)
    found: list[Found] = []
    at = 0
    while at < len(row):
        one, used = _thing(row, at, words)
        if one:
            found.append(one)
        at += used
    return _grouped(_counted(row, found))


def _thing(row: Sequence[Piece], at: int, words: Words) -> tuple[Found | None, int]:
    for length in range(min(_LONGEST_NAME, len(row) - at), 0, -1):
        run = row[at : at + length]
        if any(left.end + 1 != right.start for left, right in itertools.pairwise(run)):
            continue
        spoken = " ".join(piece.low for piece in run)
        for entity, known in (("product", words.products), ("colour", words.colours), ("size", _SIZE_WORDS)):
            if spoken in known:
                return Found(entity, run[0].start, run[-1].end, known[spoken]), length
    piece = row[at]
    sized = _is_size(row, at) or _is_worn(row, at, words)
    return (Found("size", piece.start, piece.end, piece.text.upper()), 1) if sized else (None, 1)


def _is_size(row: Sequence[Piece], at: int) -> bool:
    piece, lead = row[at], row[at - 1].low if at else ""
    if lead in _SIZE_LEADS and (_NUMBER_SIZE.fullmatch(piece.text) or _LETTER_SIZE.fullmatch(piece.text)):
        return True
    if lead == "is" and at > 1 and row[at - 2].low in _SIZE_LEADS and _NUMBER_SIZE.fullmatch(piece.text):
        return True
    if _BY_LETTERS.fullmatch(piece.text):
        return True
    # "in s" is half a word; people write a size that is one letter large, or say "size".
    return bool(_LETTER_SIZE.fullmatch(piece.text)) and piece.text.isupper() and lead in _LETTER_LEADS


def _is_worn(row: Sequence[Piece], at: int, words: Words) -> bool:
    """Tell the size in "boots in 41" and "black jeans 32"; "boots in 41 days" has none."""
    behind = at - 2 if at > 1 and row[at - 1].low == "in" else at - 1
    if behind < 0 or not _WORN_SIZE.fullmatch(row[at].text) or row[behind].low not in words.products:
        return False
    return at + 1 == len(row) or row[at + 1].low not in _NO_SIZE


def _counted(row: Sequence[Piece], found: list[Found]) -> list[Found]:
    """Add the counts: a number right before a product or its options."""
    starts = {one.start for one in found if one.entity in {"product", "colour"}}
    counts = []
    for piece, following in itertools.pairwise(row):
        value = _COUNTS.get(piece.low) or (piece.text if re.fullmatch(r"[1-9]\d{0,2}", piece.text) else None)
        taken = any(one.start <= piece.start < one.end for one in found)
        if value and following.start in starts and not taken:
            counts.append(Found("quantity", piece.start, piece.end, value))
    return sorted([*found, *counts], key=lambda one: one.start)


def _grouped(found: list[Found]) -> list[Found]:
    """Say which product an option belongs to where there are several: what follows "in", else the next product."""
    products = [one for one in found if one.entity == "product"]
    if len(products) < 2:
        return found
    done = []
    for one in found:
        last = [at for at, product in enumerate(products) if product.start <= one.start]
        ahead = [at for at, product in enumerate(products) if product.start > one.start]
        backwards = one.entity in {"product", "size"} or not ahead
        at = (last or ahead)[-1] if backwards and last else ahead[0]
        done.append(replace(one, group=str(at + 1)))
    return done


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}s"
