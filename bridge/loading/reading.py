"""Read one file in a stream, as JSON Lines or CSV; nothing is kept but the line in hand."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

from bridge.errors import BridgeError
from bridge.loading import values
from bridge.loading.rows import Row

LINE_LIMIT = 1024 * 1024


class UnreadableError(BridgeError):
    """Say why a file, or the rest of it, cannot be read."""

    def __init__(self, reason: str, line: int = 1, column: str = "") -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


@dataclass(frozen=True)
class Entry:
    """Hold one row as it was read, or why it could not be read."""

    line: int
    data: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    column: str = ""


class _File:
    """Read a file line by line, never more than LINE_LIMIT at once."""

    flat = False

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.size, self.position = path.stat().st_size, 0

    def entries(self) -> Iterator[Entry]:
        """Yield the rows; a file that breaks off says so in its last entry."""
        empty = True
        try:
            with self.path.open("rb") as file:
                self._skip_mark(file)
                for entry in self._parsed(file):
                    empty = False
                    yield entry
        except UnreadableError as error:
            yield Entry(error.line, reason=error.reason, column=error.column)
            return
        except OSError as error:
            yield Entry(1, reason=f"cannot be read ({error.strerror})")
            return
        if empty:
            yield Entry(1, reason="holds no rows; fill it, or delete the file if there is nothing to load")

    def _parsed(self, file: BufferedReader) -> Iterator[Entry]:
        raise NotImplementedError

    def _skip_mark(self, file: BufferedReader) -> None:
        """Skip the byte order mark that spreadsheets put first."""
        start = file.peek(3)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UnreadableError(_NOT_UTF8)
        if start.startswith(codecs.BOM_UTF8):
            self.position += len(file.read(3))

    def _next_line(self, file: BufferedReader, number: int) -> str | None:
        """Return the next line, or None at the end; an overlong one is skipped in pieces before it is refused."""
        raw = file.readline(LINE_LIMIT + 1)
        self.position += len(raw)
        if len(raw) > LINE_LIMIT:
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LINE_LIMIT)
                self.position += len(raw)
            raise UnreadableError("is longer than 1 MB; each row must be a line of its own", number)
        try:
            return raw.decode("utf-8") if raw else None
        except UnicodeDecodeError as error:
            raise UnreadableError(f"{_NOT_UTF8} (byte {error.start + 1} of the line)", number) from None


_NOT_UTF8 = 'is not UTF-8 text; save the file again as "UTF-8" ("CSV UTF-8" in a spreadsheet)'


class JsonLines(_File):
    """Read one JSON object a line; a bad line does not hide the next."""

    def _parsed(self, file: BufferedReader) -> Iterator[Entry]:
        number, line = 0, None
        while True:
            number += 1
            try:
                line = self._next_line(file, number)
                if line is None:
                    return
                if line.strip():
                    yield Entry(number, _json_object(line, number))
            except UnreadableError as error:
                if number == 1 and line and line.lstrip().startswith("["):
                    raise  # one array over many lines: each of them would be an error
                yield Entry(number, reason=error.reason)


_NOT_ONE_A_LINE = 'must be one JSON object, {"...": ...}, and each on a line of its own'


def _json_object(line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line.strip(), object_pairs_hook=_no_double, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"is not JSON: {error.msg} (character {error.colno})", number) from None
    except RecursionError:
        raise UnreadableError("is not JSON of ours: nested too deeply", number) from None
    except ValueError as error:
        raise UnreadableError(f"is not JSON of ours: {error}", number) from None
    if not isinstance(value, dict):
        raise UnreadableError(_NOT_ONE_A_LINE, number)
    return value


def _no_double(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field stands twice in one object")
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


class Csv(_File):
    """Read comma, semicolon or tab separated values with a header; a broken line ends the reading.

    After a broken quotation nobody can tell where the next row begins: going on would list errors that are none.
    """

    flat = True

    def __init__(self, path: Path, row: type[Row], key: str = "", lists: Iterable[str] = ()) -> None:
        super().__init__(path)
        self._columns = columns(row, lists)
        self._required = required_columns(row)
        if key:
            self._columns = {key: ((key,), None), **self._columns}
            self._required.add(key)
        self._line = 0
        self._length = 0

    def _parsed(self, file: BufferedReader) -> Iterator[Entry]:
        first = self._next_line(file, 1) or ""
        delimiter = max(",;\t", key=lambda mark: len(set(_header(first, mark)) & set(self._columns)))
        names = self._checked_header(_header(first, delimiter))
        self._line = 1
        reader = csv.reader(self._lines(file), delimiter=delimiter, strict=True)
        while True:
            start, self._length = self._line + 1, 0
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise UnreadableError(_csv_reason(str(error)), start) from None
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield self._entry(start, names, cells)

    def _lines(self, file: BufferedReader) -> Iterator[str]:
        """Yield lines to the parser, and stop a quotation that would swallow the rest of the file."""
        while (line := self._next_line(file, self._line + 1)) is not None:
            self._line += 1
            self._length += len(line)
            if self._length > LINE_LIMIT:
                raise UnreadableError("a row is longer than 1 MB; a quotation mark is perhaps not closed", self._line)
            yield line

    def _checked_header(self, names: list[str]) -> list[str]:
        while names and not names[-1]:
            names.pop()
        known = ", ".join(self._columns)
        # Without one known name this is no header but data, which must not be echoed.
        if not set(names) & set(self._columns):
            raise UnreadableError(f"the first line must name the columns; known: {known}")
        for name in names:
            if name not in self._columns:
                near = values.did_you_mean(name, self._columns)
                raise UnreadableError(f"is not a column here{near}; known: {known}", column=name or "(no name)")
            if names.count(name) > 1:
                raise UnreadableError("this column stands twice in the first line", column=name)
        if missing := self._required - set(names):
            raise UnreadableError(f"the first line lacks the column {', '.join(sorted(missing))}")
        return names

    def _entry(self, line: int, names: list[str], cells: list[str]) -> Entry:
        if any(cell.strip() for cell in cells[len(names) :]):
            return Entry(line, reason=f"has {len(cells)} cells, but the first line names {len(names)} columns")
        data: dict[str, Any] = {}
        for name, cell in zip(names, cells, strict=False):
            if cell.strip():
                path, decode = self._columns[name]
                place = data
                for step in path[:-1]:
                    place = place.setdefault(step, {})
                place[path[-1]] = decode(cell) if decode else cell
        return Entry(line, data)


def _header(line: str, delimiter: str) -> list[str]:
    try:
        names = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []
    return [re.sub(r"[\s-]+", "_", name.strip().casefold()) for name in names]


def _csv_reason(message: str) -> str:
    if "field limit" in message or "unexpected end" in message:
        return "a quotation mark is opened here and not closed"
    return f"is not CSV: {message}"


Decoder = Callable[[str], object]


def columns(row: type[Row], lists: Iterable[str] = ()) -> dict[str, tuple[tuple[str, ...], Decoder | None]]:
    """Return the flat columns of a row, where each goes, and how its cell is read; `lists` have files of their own."""
    found: dict[str, tuple[tuple[str, ...], Decoder | None]] = {}
    for name, its in row.__fields__.items():
        if name in set(lists):
            continue
        if issubclass(its.type_, Row):
            for inner, (path, decode) in columns(its.type_).items():
                found[f"{name}_{inner}"] = ((name, *path), decode)
        else:
            found[name] = ((name,), _DECODERS.get(its.type_))
    return found


def required_columns(row: type[Row]) -> set[str]:
    """Return the columns that no file of such rows can be without."""
    return {name for name, its in row.__fields__.items() if its.required}


def _pairs(cell: str) -> object:
    """Read "size=M; colour=Blue"; what cannot be read is left for the row's own check to refuse."""
    pairs = [part.partition("=") for part in cell.split(";") if part.strip()]
    options = {name.strip(): option.strip() for name, _, option in pairs}
    whole = len(options) == len(pairs) and all(name.strip() and equals for name, equals, _ in pairs)
    return options if whole else cell


def _list(cell: str) -> object:
    return [part.strip() for part in cell.split(";") if part.strip()]


_DECODERS: dict[type, Decoder] = {values.Options: _pairs, values.Words: _list}
