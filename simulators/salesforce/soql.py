"""Read SOQL as its reference tells it: queries of one object and its parents.

    SELECT fields FROM object [WHERE conditions] [ORDER BY field [ASC|DESC], ...] [LIMIT number]

Texts stand in single quotes; AND and OR may not be mixed without brackets, which SQL would allow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Value = str | bool | int | None
Test = Callable[[Callable[[str], Any]], bool]
"""Tells whether a record fits, given what reads its fields."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<sign>!=|<>|<=|>=|[=<>(),])"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<number>[0-9]+))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_RESERVED = {"select", "from", "where", "and", "or", "in", "like", "order", "by", "limit", "not", "asc", "desc"}


class MalformedError(ValueError):
    """Say why a query cannot be read."""


@dataclass(frozen=True)
class Query:
    """Hold a query that was read."""

    fields: list[str]
    source: str
    conditions: list[tuple[str, Value]]
    """Every field that is compared, with what it is compared to, for checks against the object."""
    fits: Test
    order: list[tuple[str, bool]]
    """Fields to sort by, and whether that is downwards."""
    limit: int | None = None


def parse(text: str) -> Query:
    """Return a query.

    Raises:
        MalformedError: it is none.
    """
    return _Reader(_tokens(text)).query()


def text_of(literal: str) -> str:
    """Return what stands between the quotes of a text."""

    def letter(found: re.Match[str]) -> str:
        escaped = found[1]
        if escaped[0] == "u" and len(escaped) > 1:
            return chr(int(escaped[1:], 16))
        if escaped.lower() not in _LETTERS:
            raise MalformedError(f"Invalid string literal. Illegal character sequence '\\{escaped}' in string literal")
        return _LETTERS[escaped.lower()]

    return _ESCAPE.sub(letter, literal[1:-1])


def pattern_of(literal: str) -> re.Pattern[str]:
    """Return what LIKE looks for: % is any text, _ any letter, and a backslash takes that from them."""
    made = []
    for part in re.findall(r"\\u[0-9A-Fa-f]{4}|\\.|[^\\]", literal[1:-1], re.DOTALL):
        if part in ("\\%", "\\_"):
            made.append(re.escape(part[1]))
        else:
            made.append({"%": ".*", "_": "."}.get(part) or re.escape(text_of(f"'{part}'")))
    return re.compile("".join(made), re.IGNORECASE | re.DOTALL)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None:
            raise MalformedError(f"unexpected token: '{text[place:].strip()[:20]}'")
        place = token.end()
        found.append((str(token.lastgroup), token[str(token.lastgroup)]))
    return found


def _same(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class _Reader:
    """Read tokens from left to right."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self._compared: list[tuple[str, Value]] = []

    def query(self) -> Query:
        self._want("select")
        fields = [self._name()]
        while self._took(","):
            fields.append(self._name())
        self._want("from")
        source = self._name()
        fits: Test = self._conditions() if self._took("where") else lambda _read: True
        order, limit = list[tuple[str, bool]](), None
        if self._took("order"):
            self._want("by")
            order.append(self._sorted())
            while self._took(","):
                order.append(self._sorted())
        if self._took("limit"):
            limit = int(self._next("number"))
        if self._place < len(self._tokens):
            raise MalformedError(f"unexpected token: '{self._tokens[self._place][1]}'")
        return Query(fields, source, self._compared, fits, order, limit)

    def _sorted(self) -> tuple[str, bool]:
        name, downwards = self._name(), self._took("desc")
        if not downwards:
            self._took("asc")
        return name, downwards

    def _conditions(self) -> Test:
        tests = [self._condition()]
        for word, kind in (("and", all), ("or", any)):
            if self._peek() == word:
                while self._took(word):
                    tests.append(self._condition())
                return lambda read: kind(test(read) for test in tests)
        return tests[0]

    def _condition(self) -> Test:
        if self._took("("):
            inner = self._conditions()
            self._want(")")
            return inner
        name = self._name()
        if self._took("like"):
            literal = self._next("text")
            pattern = pattern_of(literal)
            self._compared.append((name, ""))
            return lambda read: isinstance(value := read(name), str) and pattern.fullmatch(value) is not None
        if self._took("in"):
            self._want("(")
            values = [self._value(name)]
            while self._took(","):
                values.append(self._value(name))
            self._want(")")
            return lambda read: _same(read(name)) in [_same(value) for value in values]
        sign = self._next("sign")
        if sign not in ("=", "!=", "<>"):
            raise MalformedError(f"unexpected token: '{sign}'")
        wanted = self._value(name)
        return lambda read: (_same(read(name)) == _same(wanted)) is (sign == "=")

    def _value(self, name: str) -> Value:
        kind, token = self._tokens[self._place] if self._place < len(self._tokens) else ("", "<EOF>")
        self._place += 1
        value: Value
        if kind == "text":
            value = text_of(token)
        elif kind == "number":
            value = int(token)
        elif token.lower() in ("true", "false", "null"):
            value = {"true": True, "false": False, "null": None}[token.lower()]
        else:
            raise MalformedError(f"unexpected token: '{token}'")
        self._compared.append((name, value))
        return value

    def _name(self) -> str:
        name = self._next("word")
        if name.lower() in _RESERVED:
            raise MalformedError(f"unexpected token: '{name}'")
        return name

    def _peek(self) -> str:
        return self._tokens[self._place][1].lower() if self._place < len(self._tokens) else ""

    def _took(self, word: str) -> bool:
        taken = self._peek() == word
        self._place += taken
        return taken

    def _want(self, word: str) -> None:
        if not self._took(word):
            raise MalformedError(f"unexpected token: '{self._peek() or '<EOF>'}'")

    def _next(self, kind: str) -> str:
        if self._place >= len(self._tokens) or self._tokens[self._place][0] != kind:
            raise MalformedError(f"unexpected token: '{self._peek() or '<EOF>'}'")
        self._place += 1
        return self._tokens[self._place - 1][1]
