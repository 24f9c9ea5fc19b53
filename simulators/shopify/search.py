"""Shopify's search syntax, as loosely as Shopify takes it: words are compared token by token, and not as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]
Matcher = Callable[[Record], bool]
Texts = Mapping[str, Callable[[Record], Sequence[str]]]
"""What each field of a kind of record holds; "" is what a term without a field is looked up in."""

_LEXER = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<minus>-(?=\S))?(?:(?P<field>[a-z_]+):)?
    (?P<sign>[<>]=?)?(?:"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'|(?P<bare>(?:\\.|[^\s()\\"'])+)))""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN = re.compile(r"\w+")
_ENDS_OPEN = re.compile(r"(?<!\\)(?:\\\\)*\*$")
"""An asterisk at the end that no backslash takes its meaning from."""


@dataclass(frozen=True)
class _Term:
    field: str
    text: str
    is_bare: bool
    sign: str = ""


class SearchError(Exception):
    """Say that a query cannot be read."""


def search(query: str, records: Sequence[Record], texts: Texts) -> list[Record]:
    """Return the records that match.

    Raises:
        SearchError: the query cannot be read.
    """
    if not query.strip():
        return list(records)
    matches = _Parser(query, texts).parsed()
    return [record for record in records if matches(record)]


class _Parser:
    """Read "a b", "a AND b", "a OR b", "NOT a", "-a" and parentheses; words side by side are ANDed."""

    def __init__(self, query: str, texts: Texts) -> None:
        self._texts = texts
        self._words = list(self._lexed(query))
        self._at = 0

    def parsed(self) -> Matcher:
        found = self._either()
        if self._at < len(self._words):
            raise SearchError("a parenthesis is closed that was not opened")
        return found

    def _lexed(self, query: str) -> Any:
        at = 0
        while query[at:].strip():
            found = _LEXER.match(query, at)
            if found is None:
                raise SearchError("a quote is not closed")
            at = found.end()
            if found["open"] or found["close"]:
                yield found["open"] or found["close"]
                continue
            if found["minus"]:
                yield "NOT"
            bare = found["bare"]
            if bare in ("AND", "OR", "NOT") and not found["field"]:
                yield bare
                continue
            text = next(one for one in (bare, found["double"], found["single"]) if one is not None)
            yield _Term(found["field"] or "", text, bare is not None, found["sign"] or "")

    def _next(self) -> Any:
        return self._words[self._at] if self._at < len(self._words) else None

    def _either(self) -> Matcher:
        sides = [self._both()]
        while self._next() == "OR":
            self._at += 1
            sides.append(self._both())
        return lambda record: any(side(record) for side in sides)

    def _both(self) -> Matcher:
        sides = [self._one()]
        while self._next() not in (None, "OR", ")"):
            if self._next() == "AND":
                self._at += 1
            sides.append(self._one())
        return lambda record: all(side(record) for side in sides)

    def _one(self) -> Matcher:
        word = self._next()
        self._at += 1
        if word == "NOT":
            inner = self._one()
            return lambda record: not inner(record)
        if word == "(":
            inside = self._either()
            if self._next() != ")":
                raise SearchError("a parenthesis is not closed")
            self._at += 1
            return inside
        if not isinstance(word, _Term):
            raise SearchError("a term is missing")
        return self._term(word)

    def _term(self, term: _Term) -> Matcher:
        read = self._texts.get(term.field)
        if read is None:
            return lambda _record: True  # a field that Shopify does not know is no filter
        return lambda record: any(_matches(term, text) for text in read(record))


def _matches(term: _Term, text: str) -> bool:
    wanted, held = term.text, text.casefold()
    if term.sign:
        return {">": held > wanted, ">=": held >= wanted, "<": held < wanted, "<=": held <= wanted}[term.sign]
    starts, ends = (term.is_bare and wanted[:1] == "*"), (term.is_bare and _ENDS_OPEN.search(wanted) is not None)
    plain = re.sub(r"\\(.)", r"\1", wanted[starts : len(wanted) - ends if ends else None], flags=re.DOTALL).casefold()
    if starts and ends:
        return plain in held
    mine, theirs = _TOKEN.findall(plain), _TOKEN.findall(held)
    if not mine:
        return plain == held
    *whole, last = mine
    met = any(one.startswith(last) for one in theirs) if ends else last in theirs
    return met and all(one in theirs for one in whole)
