"""Read which items of an order a person means, how many of each, and why they should go back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.model.commerce import OrderItem, ReturnLine, ReturnReason
from bridge.usecases.wording import singular, word_lists

EVERYTHING = "all"
"""What the button says that means every item."""
_LONGEST_COUNT = 2
"""Digits: a longer number names an order or a product."""
_NEAR = 3
"""So many words after a number the item must be named for it to be a count: "2 of the blue shirts"."""


@dataclass(frozen=True)
class Picked:
    """Say what was understood; only what leaves nothing open is `lines` alone."""

    lines: tuple[ReturnLine, ...] = ()
    unsure: tuple[OrderItem, ...] = ()
    """Any of these may be meant, or some of them."""
    too_many: tuple[OrderItem, ...] = ()
    """More of these were named than there are."""


def pick(text: str, items: Sequence[OrderItem], language: str = "en") -> Picked:
    """Return which of these items a message names; words that fit none of them are passed over.

    Args:
        items: what can be meant, each with the quantity that there is.
    """
    found = _Finding(items, language)
    for clause, is_exception in _clauses(text, language):
        found.read(clause, is_exception)
    return found.picked()


def choose(said: str, items: Sequence[OrderItem], language: str = "en") -> Picked:
    """Return what an answer chooses of these items: a button of theirs, or words."""
    if said == EVERYTHING:
        return Picked(everything(items))
    buttons = {ref: ReturnLine(item.id, count) for item in items for ref, count in references(item)}
    return Picked((buttons[said],)) if said in buttons else pick(said, items, language)


def references(item: OrderItem) -> list[tuple[str, int]]:
    """Return what the buttons of an item say, and how many of it each means: one, or all of them."""
    return [(f"{item.id}x{count}", count) for count in sorted({1, item.quantity})]


def everything(items: Sequence[OrderItem]) -> tuple[ReturnLine, ...]:
    """Return all that there is."""
    return tuple(ReturnLine(item.id, item.quantity) for item in items)


def reason_in(text: str, language: str = "en") -> ReturnReason | None:
    """Return why something goes back as far as a message says so: "not broken, just too big" is too large."""
    words = word_lists(language)
    denied = set(words["denied"])
    spoken = _spoken(text)
    for reason, phrases in words["return_reasons"].items():
        for found in _any_of(phrases).finditer(spoken):
            before = re.findall(r"[\w']+", re.split(r"[.,;!?]", spoken[: found.start()])[-1])[-2:]
            if not denied & set(before) or found[0].split()[0] in denied:
                return ReturnReason(reason)
    return None


class _Finding:
    """Gather what the clauses of one message name."""

    def __init__(self, items: Sequence[OrderItem], language: str) -> None:
        self._items = items
        self._words = word_lists(language)["items"]
        filler = set(_tokens(" ".join(self._words["filler"])))
        self._names = {item.id: _vocabulary(item) - filler for item in items}
        self._wanted: Counter[str] = Counter()
        self._kept: set[str] = set()
        self._unsure: list[OrderItem] = []
        self._too_many: list[OrderItem] = []
        self._all = False

    def read(self, clause: list[str], is_exception: bool) -> None:
        """Take in what one clause names."""
        groups = self._named(clause)
        if is_exception:
            self._kept |= {item.id for group in groups for item in group}
            return
        every = bool(set(self._words["every"]) & set(clause))
        total = sum(item.quantity for item in self._items)
        self._all |= not groups and (every or self._count(clause, self._items) == total)
        alone = [list(self._items)] if len(self._items) == 1 and not groups else groups
        for group in alone:
            self._take(group, every, self._count(clause, group))

    def picked(self) -> Picked:
        """Return what all clauses together name."""
        if self._all and not self._wanted and not self._unsure:
            self._wanted = Counter({item.id: item.quantity for item in self._items})
        lines = tuple(
            ReturnLine(item.id, self._wanted[item.id])
            for item in self._items
            if self._wanted[item.id] and item.id not in self._kept
        )
        return Picked(lines, self._left(self._unsure), self._left(self._too_many))

    def _left(self, items: Sequence[OrderItem]) -> tuple[OrderItem, ...]:
        return tuple(item for item in self._items if item in items and item.id not in self._kept)

    def _named(self, clause: list[str]) -> list[list[OrderItem]]:
        """Return the items that fit best, those that the same words name together."""
        said = set(clause)
        hits = {item.id: frozenset(said & self._names[item.id]) for item in self._items}
        best = {hit for hit in hits.values() if hit and not any(hit < other for other in hits.values())}
        return [[item for item in self._items if hits[item.id] == hit] for hit in sorted(best, key=sorted)]

    def _take(self, group: list[OrderItem], every: bool, count: int | None) -> None:
        there = sum(item.quantity for item in group)
        if every or count == there or (count is None and there == 1):
            self._wanted |= Counter({item.id: item.quantity for item in group})
        elif count is not None and count > there:
            self._too_many += group
        elif count and len(group) == 1:
            self._wanted |= Counter({group[0].id: count})
        elif count is not None or len(self._items) > 1:
            self._unsure += group

    def _count(self, clause: list[str], group: Sequence[OrderItem]) -> int | None:
        """Return the number that stands before the name of an item, or before "of"; alone, it means the only item."""
        named = {"of"}.union(*(self._names[item.id] for item in group))
        for place, word in enumerate(clause):
            number = self._number(word)
            if number is None or word in named:
                continue
            if len(clause) == 1 or named & set(clause[place + 1 : place + 1 + _NEAR]):
                return number
        return None

    def _number(self, word: str) -> int | None:
        if word.isascii() and word.isdecimal() and len(word) <= _LONGEST_COUNT:
            return int(word)
        found = self._words["counts"].get(word)
        return None if found is None else int(found)


def _clauses(text: str, language: str) -> Iterator[tuple[list[str], bool]]:
    """Return the words of each part of an enumeration, and whether it says what stays."""
    words = word_lists(language)
    denied, item_words, reasons = set(words["denied"]), words["items"], words["return_reasons"]

    def excepts(found: re.Match[str]) -> str:
        # "I don't want to keep the jeans" is no exception.
        before = re.findall(r"[\w']+", found.string[: found.start()])[-_NEAR:]
        return found[0] if denied & set(before) else f"{found[0]}\0"

    # "Too small" and "a bigger size" name no item.
    spoken = _any_of([*reasons["too_small"], *reasons["too_large"]]).sub(" ", _spoken(text).replace("\0", " "))
    spoken = re.sub(r"[,;\n]", ",", _any_of(item_words["except"]).sub(excepts, spoken))
    is_exception = False
    for part in re.split(r"([\0,&+])", _any_of(item_words["and"]).sub("&", spoken)):
        tokens = _tokens(part)
        if part in {",", "\0"}:
            is_exception = part == "\0"
        elif part not in {"&", "+"}:
            is_exception = is_exception and not set(item_words["goes_back"]) & set(tokens)
            yield tokens, is_exception


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, longest_first))})(?![\w'])")


def _spoken(text: str) -> str:
    return text.casefold().replace("\u2019", "'")


def _tokens(text: str) -> list[str]:
    """Return words and numbers, made single: "2x T-Shirts" is "2", "x", "t", "shirt"."""
    return [singular(word) for word in re.findall(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)?", text.casefold())]


def _vocabulary(item: OrderItem) -> set[str]:
    told = (item.name, item.sku, *item.options.values())
    joined = [re.sub(r"[\s-]", "", word) for text in told for word in text.split()]
    return set(_tokens(" ".join(told))) | {word for text in joined for word in _tokens(text)}
