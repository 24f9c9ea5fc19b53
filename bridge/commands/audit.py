"""Read the audit, or delete what is older than the deployment keeps it: python -m bridge audit."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa

from bridge.errors import SettingsError
from bridge.resilience.audit import purge
from bridge.settings import Settings
from bridge.storage.engine import reading, writing
from bridge.storage.resilience import audit
from bridge.storage.types import utc_now

FILTERS = {"conversation": "conversation_id", "system": "system", "operation": "operation", "outcome": "outcome"}
_COLUMNS = ("at", "conversation_id", "identity_level", "system", "operation", "record", "outcome", "duration_ms")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("audit", help="show who asked which system for what; newest first")
    command.add_argument("--since", type=time, metavar="TIME", help='UTC, such as "2026-01-31" or "2026-01-31T08:00"')
    command.add_argument("--until", type=time, metavar="TIME", help="before this time")
    for option in FILTERS:
        command.add_argument(f"--{option}", metavar=option.upper())
    command.add_argument("--record", metavar="RECORD", help='such as "id:17"')
    command.add_argument("--limit", type=count, default=50, metavar="N", help="at most so many (50)")
    command.add_argument("--json", action="store_true", help="one JSON object a line, with every field")
    command.add_argument("--purge", action="store_true", help="delete what is older than `resilience.audit_days`")
    command.set_defaults(run=run)


def run(configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Show or purge."""
    if not sa.inspect(engine).has_table(audit.name):
        raise SettingsError("The database has no audit yet; run `python -m bridge migrate` first.")
    if chosen.purge:
        days = configured.deployment.resilience.audit_days
        with writing(engine) as connection:
            deleted = purge(connection, utc_now() - timedelta(days=days))
        print(f"Deleted {deleted:,} {'record' if deleted == 1 else 'records'} older than {days} days.")
        return 0
    lines = list(_lines(engine, chosen))
    print("\n".join(lines) if lines else "No record fits.", file=sys.stdout if lines else sys.stderr)
    return 0


def _lines(engine: sa.engine.Engine, chosen: argparse.Namespace) -> Iterator[str]:
    query = sa.select(audit).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(chosen.limit)
    for option, column in {**FILTERS, "record": "record"}.items():
        if (wanted := getattr(chosen, option)) is not None:
            query = query.where(audit.c[column] == wanted)
    if chosen.since is not None:
        query = query.where(audit.c.at >= chosen.since)
    if chosen.until is not None:
        query = query.where(audit.c.at < chosen.until)
    with reading(engine) as connection:
        rows = connection.execute(query).mappings().all()
    if rows and not chosen.json:
        yield "\t".join((*_COLUMNS, "attempts"))
    for row in rows:
        shown = {**row, "at": row["at"].isoformat(timespec="milliseconds")}
        if chosen.json:
            yield json.dumps(shown)
        else:
            yield "\t".join(printable(shown[column]) for column in (*_COLUMNS, "attempts"))


def printable(value: object) -> str:
    """Return a value as it may stand in a line of a terminal."""
    # A record id comes from a vendor: what would move the cursor of a terminal is shown as its escape.
    text = str(value) or "-"
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def time(text: str) -> datetime:
    """Read an option that is a time."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'must be a time such as "2026-01-31T08:00", not {text!r}') from None
    return given if given.tzinfo else given.replace(tzinfo=timezone.utc)


def count(text: str) -> int:
    """Read an option that is a number."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"must be a number from 1 to 1000000, not {text!r}")
    return int(text)
