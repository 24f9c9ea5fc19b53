"""Talk to the database in the bridge's own words: its troubles become bridge errors here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.errors import BridgeError, ConflictError, InvalidError, OutcomeUnknownError, ProtocolError, UnavailableError
from bridge.storage.business import changes
from bridge.storage.engine import insert_if_new, reading, writing

Row = Mapping[str, Any]

_LARGEST_ID = 2**31 - 1


@contextmanager
def looking_up(engine: sa.engine.Engine) -> Iterator[sa.engine.Connection]:
    """Open a connection for reading whose troubles are bridge errors."""
    try:
        with reading(engine) as connection:
            yield connection
    except sa.exc.SQLAlchemyError as trouble:
        # "from None": the driver's error quotes the values, and those are people's.
        raise _in_our_words(trouble) from None


@contextmanager
def storing(engine: sa.engine.Engine) -> Iterator[sa.engine.Connection]:
    """Open a write transaction whose troubles are bridge errors.

    Raises:
        OutcomeUnknownError: the database went away during the commit, so that nobody knows which side of it.
    """
    committing = False
    try:
        with writing(engine) as connection:
            yield connection
            committing = True
    except sa.exc.SQLAlchemyError as trouble:
        said = _in_our_words(trouble)
        if committing and isinstance(said, UnavailableError):
            said = OutcomeUnknownError(f"{said}, during the commit")
        raise said from None


def _in_our_words(trouble: sa.exc.SQLAlchemyError) -> BridgeError:
    if isinstance(trouble, (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)):
        return UnavailableError(f"the database gave no answer ({_kind(trouble)})")
    if isinstance(trouble, sa.exc.IntegrityError):
        return ConflictError(f"the database refused a change that contradicts another ({_kind(trouble)})")
    return ProtocolError(f"the database did not understand us ({_kind(trouble)})")


def _kind(trouble: sa.exc.SQLAlchemyError) -> str:
    """Name the trouble by class and SQLSTATE; the driver's sentence may hold the values of a row."""
    cause = getattr(trouble, "orig", None) or trouble
    state = getattr(cause, "pgcode", None)
    return f"{type(cause).__name__} {state}" if state else type(cause).__name__


def by_key(connection: sa.engine.Connection, table: sa.Table, key: str) -> Row | None:
    """Return the row that an idempotency key made."""
    found = connection.execute(sa.select(table).where(table.c.idempotency_key == key))
    row: Row | None = found.mappings().first()
    return row


def change_once(connection: sa.engine.Connection, kind: str, record_id: str, key: str, now: datetime) -> bool:
    """Tell whether a change with this key is still to be made, and note that it is.

    Raises:
        ConflictError: the key changed another record.
    """
    values = {"idempotency_key": key, "record": f"{kind}:{record_id}", "at": now}
    check_fits(changes, values)
    if insert_if_new(connection, changes, values):
        return True
    if not was_changed(connection, kind, record_id, key):
        raise ConflictError("this key was used for another record")
    return False


def was_changed(connection: sa.engine.Connection, kind: str, record_id: str, key: str) -> bool:
    """Tell whether this key has changed this record."""
    if not storable(key):
        return False
    noted = by_key(connection, changes, key)
    return noted is not None and noted["record"] == f"{kind}:{record_id}"


def row_id(text: str) -> int | None:
    """Read an id that we gave out earlier; anything else is nobody's id."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    number = int(text)
    return number if number <= _LARGEST_ID else None


def storable(text: str) -> bool:
    """Tell whether both databases can hold this text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def check_fits(table: sa.Table, values: Row) -> None:
    """Refuse texts that a column cannot hold, alike on both databases (SQLite would take any length).

    Raises:
        InvalidError: names the column.
    """
    for name, value in values.items():
        if not isinstance(value, str):
            continue
        if not storable(value):
            raise InvalidError(name, "holds a character that cannot be stored")
        longest = getattr(table.c[name].type, "length", None)
        if longest is not None and len(value) > longest:
            raise InvalidError(name, f"is longer than {longest} characters")
