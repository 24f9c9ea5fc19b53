"""Read what somebody wants to buy: how many, and the words that say of what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.usecases.wording import asks_back, has_any, singular, word_lists

_TOKEN = re.compile(r"\d+(?=\s?x\b)|[^\W_]+(?:['\u2019-][^\W_]+|(?<=\d)[.,/]\d+)*", re.IGNORECASE)
_LONGEST_COUNT = 4
"""Digits: a longer number names something."""


@dataclass(frozen=True)
class Wanted:
    """Say what was understood of a wish."""

    words: tuple[str, ...]
    """In lower case and single."""
    quantity: int | None = None
    """None where nobody said how many."""
    bare: str = ""
    """The quantity as it was written, where it could be a size as well: in "32 black jeans" it is one."""


def read(text: str, language: str = "en") -> Wanted:
    """Return how many are wanted, and the words that name the thing and its options."""
    words = _lists(language)
    filler = {*word_lists(language)["search_filler"], *words["filler"]}
    tokens = [token.casefold().replace("\u2019", "'") for token in _TOKEN.findall(text)]
    place = _count_in(tokens, words)
    rest = [token for at, token in enumerate(tokens) if at != place]
    named = (words["sizes"].get(token, token) for token in rest if token not in filler and token not in words["counts"])
    found = tuple(dict.fromkeys(singular(token) for token in named))
    if place is None:
        return Wanted(found)
    token = tokens[place]
    is_bare = token.isdecimal() and not set(tokens[place + 1 : place + 2]) & set(words["after_count"])
    return Wanted(found, _number(token, words), token if is_bare else "")


def refers_back(text: str, language: str = "en") -> bool:
    """Tell whether a wish speaks of something that was shown before."""
    return has_any(text, _lists(language)["refers"])


def is_letter_size(word: str, language: str = "en") -> bool:
    """Tell whether a word in lower case is a size by itself."""
    return word in _lists(language)["letters"]


def is_done(text: str, language: str = "en") -> bool:
    """Tell whether a message says that nothing more is wanted, or asks for the till and for nothing else."""
    words = _lists(language)
    is_denied = has_any(text, ["no", *word_lists(language)["denied"]])
    is_ready = has_any(text, words["checks_out"]) and not (is_denied or asks_back(text, language))
    return has_any(text, words["done"]) or (is_ready and not read(text, language).words)


def removes(text: str, language: str = "en") -> bool:
    """Tell whether something shall go again."""
    return has_any(text, _lists(language)["removes"])


def adds(text: str, language: str = "en") -> bool:
    """Tell whether a message goes on from what was said before."""
    return any(re.match(rf"\W*{re.escape(join)}\b", text, re.IGNORECASE) for join in _lists(language)["joins"])


def parts(text: str, products: Sequence[str], language: str = "en") -> list[str]:
    """Return each wish of a message apart: one for each product that it names, cut where a new thing begins.

    Args:
        products: as they were typed, in their order.
    """
    joins = "|".join(map(re.escape, _lists(language)["joins"]))
    found: list[str] = []
    begin = end = 0
    for product in products:
        at = text.casefold().find(product.casefold(), end)
        if at < 0:
            continue
        cuts = list(re.finditer(rf"[,;&+\n]|\b(?:{joins})\b", text[end:at], re.IGNORECASE)) if end else []
        if cuts:
            found.append(text[begin : end + cuts[0].start()])
            begin = end + cuts[0].start()
        end = at + len(product)
    return [part.strip(" ,;&+\n") for part in (*found, text[begin:]) if part.strip(" ,;&+\n")]


def _lists(language: str) -> dict[str, Any]:
    return {**word_lists(language)["cart"], "counts": word_lists(language)["items"]["counts"]}


def _count_in(tokens: Sequence[str], words: dict[str, Any]) -> int | None:
    """Return where the count stands; "one" is the last to be taken for one, because it mostly stands for the thing."""
    places = [at for at in range(len(tokens)) if _is_count(tokens, at, words)]
    return next((at for at in places if tokens[at] != "one"), next(iter(places), None))


def _is_count(tokens: Sequence[str], at: int, words: dict[str, Any]) -> bool:
    before = tokens[at - 1] if at else ""
    if not _number(tokens[at], words) or before in words["before_size"]:
        return False
    leads = (
        not before
        or before in words["before_count"]
        or tokens[at + 1 : at + 2] in [[each] for each in words["after_count"]]
    )
    return leads or (tokens[at] in words["counts"] and tokens[at] != "one")


def _number(token: str, words: dict[str, Any]) -> int:
    if token.isascii() and token.isdecimal() and len(token) <= _LONGEST_COUNT:
        return int(token)
    return int(words["counts"].get(token, 0))
