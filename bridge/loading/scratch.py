"""What loading must remember about a whole file, in temporary tables: memory would grow with the file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

_scratch = sa.MetaData()
_seen = sa.Table(
    "loading_seen",
    _scratch,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(254), primary_key=True),
    sa.Column("line", sa.BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
_staged = sa.Table(
    "loading_staged",
    _scratch,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("field", sa.String(40), nullable=False),
    sa.Column("key", sa.String(254), nullable=False),
    sa.Column("line", sa.BigInteger, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("ix_loading_staged", "field", "key"),
    prefixes=["TEMPORARY"],
)

Lines = dict[str, list[int]]
"""The line of each entry of each list of one record."""


def create(connection: sa.engine.Connection) -> None:
    """Make the temporary tables; a rollback takes them away again."""
    for table in (_seen, _staged):
        table.create(connection, checkfirst=False)


def drop(connection: sa.engine.Connection) -> None:
    """Drop the temporary tables, because a pooled connection would keep them."""
    for table in (_seen, _staged):
        table.drop(connection, checkfirst=False)


def pieces(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a list of keys to what one statement can take on every database."""
    for start in range(0, len(keys), 500):
        yield keys[start : start + 500]


def remember(connection: sa.engine.Connection, kind: str, keys: Sequence[tuple[str, int]]) -> dict[int, int]:
    """Remember keys with their lines; return the lines whose key an earlier line has, with that earlier line."""
    first: dict[str, int] = {}
    for some in pieces([key for key, _ in keys]):
        query = sa.select(_seen.c.key, _seen.c.line).where(_seen.c.kind == kind, _seen.c.key.in_(some))
        first.update((row.key, row.line) for row in connection.execute(query))
    doubles: dict[int, int] = {}
    new = []
    for key, line in keys:
        if key in first:
            doubles[line] = first[key]
        else:
            first[key] = line
            new.append({"kind": kind, "key": key, "line": line})
    if new:
        connection.execute(sa.insert(_seen), new)
    return doubles


def stage(connection: sa.engine.Connection, field: str, rows: Sequence[tuple[str, int, dict[str, Any]]]) -> None:
    """Keep rows of a list until the record they belong to is read."""
    if rows:
        connection.execute(
            sa.insert(_staged),
            [{"field": field, "key": key, "line": line, "data": json.dumps(data)} for key, line, data in rows],
        )


def longest(connection: sa.engine.Connection, field: str) -> tuple[str, int]:
    """Return the key that has the most rows of a list, and how many."""
    count = sa.func.count()
    query = sa.select(_staged.c.key, count).where(_staged.c.field == field).group_by(_staged.c.key)
    row = connection.execute(query.order_by(count.desc()).limit(1)).first()
    return (row[0], row[1]) if row else ("", 0)


def staged(
    connection: sa.engine.Connection, fields: Sequence[str], keys: Sequence[str]
) -> dict[str, tuple[dict[str, list[dict[str, Any]]], Lines]]:
    """Return for each key its rows by list, in the order of their file, and their lines."""
    query = (
        sa.select(_staged)
        .where(_staged.c.field.in_(list(fields)), _staged.c.key.in_(list(keys)))
        .order_by(_staged.c.field, _staged.c.line)
    )
    found: dict[str, tuple[dict[str, list[dict[str, Any]]], Lines]] = {}
    for row in connection.execute(query):
        lists, lines = found.setdefault(row.key, (defaultdict(list), defaultdict(list)))
        lists[row.field].append(json.loads(row.data))
        lines[row.field].append(row.line)
    return found


def orphans(connection: sa.engine.Connection, field: str, kind: str) -> Iterator[tuple[int, str]]:
    """Yield line and key of the rows of a list whose record is not among those of `kind`."""
    known = sa.select(_seen.c.key).where(_seen.c.kind == kind, _seen.c.key == _staged.c.key)
    query = sa.select(_staged.c.line, _staged.c.key).where(_staged.c.field == field, ~known.exists())
    for row in connection.execute(query.order_by(_staged.c.line).execution_options(stream_results=True)):
        yield row.line, row.key
