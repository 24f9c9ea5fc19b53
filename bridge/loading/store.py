"""Write checked records by their natural keys: add the new ones, update the changed ones, leave the others alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bridge.loading.tables import Columns, Kind, Part, Record
from bridge.storage.types import utc_now


@dataclass
class Counts:
    """Hold what became of the records of one kind."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __iadd__(self, other: Counts) -> Counts:
        self.added += other.added
        self.changed += other.changed
        self.unchanged += other.unchanged
        return self


def upsert(connection: sa.engine.Connection, kind: Kind, records: Sequence[Record]) -> Counts:
    """Bring the database to what the records say; their keys must differ."""
    ids, old = _stored(connection, kind, [record.key for record in records])
    new = [record for record in records if record.key not in old]
    known = [record for record in records if record.key in old]
    for record in known:
        for column in kind.kept:
            if record.columns[column] is None:
                record.columns[column] = old[record.key].columns[column]
    changed = [record for record in known if not _equal(record, old[record.key])]
    _update(connection, kind, changed, ids)
    ids.update(_insert(connection, kind, new))
    for name, part in kind.parts.items():
        rows = [{part.owner: ids[record.key], **columns} for record in new + changed for columns in record.parts[name]]
        if rows:
            connection.execute(sa.insert(part.table), rows)
    return Counts(len(new), len(changed), len(known) - len(changed))


def _equal(record: Record, other: Record) -> bool:
    return record.columns == other.columns and record.parts == other.parts


def _stored(connection: sa.engine.Connection, kind: Kind, keys: list[str]) -> tuple[dict[str, int], dict[str, Record]]:
    """Return what the database holds under these keys, as ids and as records that compare to new ones."""
    table = kind.table
    rows = connection.execute(sa.select(table).where(table.c[kind.key].in_(keys))).mappings().all()
    ids = {row[kind.key]: row["id"] for row in rows}
    left_out = {"id", "idempotency_key"}
    records = {
        row[kind.key]: Record(row[kind.key], {name: value for name, value in row.items() if name not in left_out})
        for row in rows
    }
    if ids:
        key_of = {id_: key for key, id_ in ids.items()}
        for name, part in kind.parts.items():
            lists = _stored_part(connection, part, list(key_of))
            for id_, key in key_of.items():
                records[key].parts[name] = lists[id_]
    return ids, records


def _stored_part(connection: sa.engine.Connection, part: Part, owners: list[int]) -> defaultdict[int, list[Columns]]:
    query = sa.select(part.table).where(_of(part, owners)).order_by(part.ordered)
    lists: defaultdict[int, list[Columns]] = defaultdict(list)
    left_out = {"id", "idempotency_key", part.owner}
    for row in connection.execute(query).mappings():
        lists[row[part.owner]].append({name: value for name, value in row.items() if name not in left_out})
    return lists


def _of(part: Part, owners: list[int]) -> sa.sql.ColumnElement[bool]:
    condition: sa.sql.ColumnElement[bool] = part.table.c[part.owner].in_(owners)
    return condition if part.loaded is None else sa.and_(condition, part.loaded)


def _update(connection: sa.engine.Connection, kind: Kind, records: Sequence[Record], ids: dict[str, int]) -> None:
    if not records:
        return
    table = kind.table
    statement = sa.update(table).where(table.c.id == sa.bindparam("its_id"))
    connection.execute(statement, [{"its_id": ids[record.key], **_bound(table, record.columns)} for record in records])
    for part in kind.parts.values():
        connection.execute(sa.delete(part.table).where(_of(part, [ids[record.key] for record in records])))


def _insert(connection: sa.engine.Connection, kind: Kind, records: Sequence[Record]) -> dict[str, int]:
    """Insert the records and return their ids, which a bulk insert does not tell on every database."""
    if not records:
        return {}
    table = kind.table
    for record in records:
        for column in kind.kept:
            record.columns[column] = record.columns[column] or utc_now()
    connection.execute(sa.insert(table), [_bound(table, record.columns) for record in records])
    keys = [record.key for record in records]
    column = table.c[kind.key]
    return {row[0]: row[1] for row in connection.execute(sa.select(column, table.c.id).where(column.in_(keys)))}


def _bound(table: sa.Table, columns: Columns) -> dict[str, Any]:
    # None in a JSON column would be stored as JSON's null; only SQL's NULL says "no address" in a query.
    return {
        name: sa.null() if value is None and isinstance(table.c[name].type, sa.JSON) else value
        for name, value in columns.items()
    }
