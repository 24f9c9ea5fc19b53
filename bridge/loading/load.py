"""Load rows in a stream inside one transaction: all of them, or none and a list of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import ValidationError

from bridge.errors import BridgeError
from bridge.loading import scratch
from bridge.loading.checks import CHECKS
from bridge.loading.files import ROWS, Batch, Side, Source
from bridge.loading.reading import Entry
from bridge.loading.report import Report
from bridge.loading.rows import Location, problems
from bridge.loading.store import Counts, upsert
from bridge.loading.tables import KINDS, Record
from bridge.loading.values import LOCAL, Local, OrderState
from bridge.storage.engine import writing

CHUNK = 500
LIST_LIMIT = 1000

Watch = Callable[[Source, int], None]
"""Is told after each chunk how many rows of a source were read."""

T = TypeVar("T")


class _RefusedError(BridgeError):
    """Roll the transaction back."""


def load(engine: sa.engine.Engine, batches: Iterable[Batch], local: Local, watch: Watch) -> Report:
    """Load all batches and report; if the report has problems, the database is as it was."""
    report = Report()
    token = LOCAL.set(local)
    try:
        with writing(engine) as connection:
            scratch.create(connection)
            for batch in batches:
                _Loading(connection, batch, report, watch).run()
            if report.problems.total:
                raise _RefusedError
            scratch.drop(connection)
    except _RefusedError:
        pass
    finally:
        LOCAL.reset(token)
    return report


def chunks(entries: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of up to `size` entries."""
    iterator = iter(entries)
    while chunk := list(islice(iterator, size)):
        yield chunk


@dataclass
class _Read:
    """Hold an entry with the lists that CSV keeps in other files, and their lines."""

    entry: Entry
    data: dict[str, Any]
    lines: scratch.Lines = field(default_factory=dict)


class _Loading:
    """Load one kind: stage its lists, then check and write its rows chunk by chunk."""

    def __init__(self, connection: sa.engine.Connection, batch: Batch, report: Report, watch: Watch) -> None:
        self._connection, self._report, self._watch = connection, report, watch
        self._kind, self._source, self._sides = batch.kind, batch.source, batch.sides
        self._row, self._table = ROWS[batch.kind], KINDS[batch.kind]
        self._unknown_words: set[str] = set()

    def run(self) -> None:
        """Load the batch; problems go to the report, and from the first one on nothing more is written."""
        before = self._report.problems.total
        counts = self._report.counts.setdefault(self._kind, Counts())
        if not all([self._stage(side, source) for side, source in self._sides]):
            self._report.refused.add(self._kind)
            return
        done = 0
        for entries in chunks(self._source.entries(), CHUNK):
            records = list(self._records(self._with_lists(entries)))
            records = list(self._without_doubles(records))
            records = list(self._checked(records))
            if records and not self._report.problems.total:
                counts += upsert(self._connection, self._table, records)
            done += len(entries)
            self._watch(self._source, done)
        # A row that was refused would make orphans of its lists, which are no mistake of their own.
        if self._report.problems.total == before:
            self._refuse_orphans()
        if self._report.problems.total > before:
            self._report.refused.add(self._kind)

    def _stage(self, side: Side, source: Source) -> bool:
        """Keep the rows of a list aside by the key of their record; tell whether it is safe to go on."""
        done = 0
        for entries in chunks(source.entries(), CHUNK):
            rows = []
            for entry in entries:
                if entry.reason:
                    self._report.problem(source.name, entry.line, entry.column, entry.reason)
                    continue
                data = dict(entry.data)
                try:
                    key = self._key_type.check(data.pop(side.key, None))
                except ValueError as error:
                    reason = str(error) if side.key in entry.data else "is missing"
                    self._report.problem(source.name, entry.line, side.key, reason)
                else:
                    rows.append((key, entry.line, data))
            scratch.stage(self._connection, side.field, rows)
            done += len(entries)
            self._watch(source, done)
        key, count = scratch.longest(self._connection, side.field)
        if count > LIST_LIMIT:
            what = "one e-mail" if self._kind == "customers" else key
            reason = f"{count:,} rows belong to {what}, at most {LIST_LIMIT:,} can; is the column filled in right?"
            self._report.problem(source.name, 1, side.key, reason)
        return count <= LIST_LIMIT

    @property
    def _key_type(self) -> Any:
        return self._row.__fields__[self._table.key].type_

    def _with_lists(self, entries: Sequence[Entry]) -> Iterator[_Read]:
        """Yield the readable entries, with their lists from the other files put in."""
        readable = []
        for entry in entries:
            if entry.reason:
                self._report.problem(self._source.name, entry.line, entry.column, entry.reason)
            else:
                readable.append(entry)
        if not self._sides:
            yield from (_Read(entry, entry.data) for entry in readable)
            return
        keys = [self._key_or_nothing(entry) for entry in readable]
        found = scratch.staged(self._connection, [side.field for side, _ in self._sides], keys)
        for entry, key in zip(readable, keys, strict=True):
            lists, lines = found.get(key, ({}, {}))
            yield _Read(entry, {**entry.data, **lists}, lines)

    def _key_or_nothing(self, entry: Entry) -> str:
        try:
            return str(self._key_type.check(entry.data.get(self._table.key)))
        except ValueError:
            return ""  # the check of the whole row says what is wrong with it

    def _records(self, rows: Iterable[_Read]) -> Iterator[Record]:
        for row in rows:
            try:
                checked = self._row(**row.data)
            except ValidationError as error:
                for location, reason in problems(error, self._row):
                    self._report.problem(*self._place(row, location), reason)
            else:
                record = self._table.record(checked)
                record.line = row.entry.line
                self._warn_of_unknown_word(record)
                yield record

    def _place(self, row: _Read, location: Location) -> tuple[str, int, str]:
        """Return file, line and field; an entry of a list that came from another file is named there."""
        name, line = self._source.name, row.entry.line
        for side, source in self._sides:
            if location[0] == side.field and len(location) > 1:
                name, line, location = source.name, row.lines[side.field][int(location[1])], location[2:]
                break
        return name, line, ("_" if self._source.flat else ".").join(map(str, location))

    def _warn_of_unknown_word(self, record: Record) -> None:
        word = record.columns.get("status") if self._kind == "orders" else None
        if word is None or word in OrderState.words or word in self._unknown_words or len(self._unknown_words) > 100:
            return
        self._unknown_words.add(word)
        reason = f'"{word}" is no status known here; customers are told that the order is being processed'
        self._report.warn(self._source.name, record.line, "status", reason)

    def _without_doubles(self, records: Sequence[Record]) -> Iterator[Record]:
        doubles = scratch.remember(self._connection, self._kind, [(record.key, record.line) for record in records])
        for record in records:
            if record.line in doubles:
                # An e-mail is found by its line; it need not be in a log.
                what = "the same e-mail" if self._kind == "customers" else record.key
                reason = f"{what} is already on line {doubles[record.line]}; keep one of the two"
                self._report.problem(self._source.name, record.line, self._table.key, reason)
            else:
                yield record

    def _checked(self, records: Sequence[Record]) -> Iterator[Record]:
        """Yield the records whose references hold."""
        check = CHECKS.get(self._kind)
        wrong = check(self._connection, records, self._report) if check and records else {}
        for record in records:
            if record.line in wrong:
                self._report.problem(self._source.name, record.line, *wrong[record.line])
            else:
                yield record

    def _refuse_orphans(self) -> None:
        for side, source in self._sides:
            for line, key in scratch.orphans(self._connection, side.field, self._kind):
                what = "this e-mail" if self._kind == "customers" else key
                self._report.problem(source.name, line, side.key, f"{what} is not in {self._source.name}")
