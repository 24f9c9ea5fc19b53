"""The bridge's own commands: python -m bridge COMMAND."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from types import FrameType
from typing import cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bridge import settings
from bridge.commands import audit, check, fallbacks, feedback, files, handoff, outbox, relay, retain
from bridge.errors import SettingsError
from bridge.loading import demo, load, progress
from bridge.loading import files as batches_of
from bridge.loading.reading import UnreadableError
from bridge.loading.report import Report, sentence
from bridge.loading.values import Local
from bridge.storage.business import orders
from bridge.storage.engine import migrate, open_engine, reading


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is done, 1 is refused data or a database in trouble, 2 is a wrong call or wrong settings.

    Each command is a function below; it takes the settings, the engine and what was typed, and returns the exit code.
    """
    chosen = _parser().parse_args(arguments)
    try:
        configured = settings.load(chosen.deployment)
        engine = _engine(configured.database_url)
        try:
            return cast(int, chosen.run(configured, engine, chosen))
        finally:
            engine.dispose()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except UnreadableError as error:
        print(error.reason, file=sys.stderr)
        return 1
    except sa.exc.DBAPIError as error:
        # The first line only: what follows may hold the values of a row.
        print(f"The database refused: {str(error.orig).partition(chr(10))[0]}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was not finished was not kept.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bridge", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = commands.add_parser("migrate", help="create the database, or bring it to the newest shape")
    command.set_defaults(run=run_migrate)

    command = commands.add_parser("load", help="load customers, products, orders and tickets from a directory")
    command.add_argument("directory", type=Path, metavar="DIR", help="what it holds: docs/reference/data-format.md")
    command.set_defaults(run=run_load)

    command = commands.add_parser("demo", help="fill an empty database with the demo shop")
    command.add_argument(
        "--today", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day its dates are counted from"
    )
    command.set_defaults(run=run_demo)

    audit.add(commands)
    fallbacks.add(commands)
    feedback.add(commands)

    check.add(commands)
    outbox.add(commands)
    handoff.add(commands)
    retain.add(commands)
    files.add(commands)

    command = commands.add_parser("relay", help="work through the outbox until it is stopped; any number may run")
    command.set_defaults(run=run_relay)

    for command in commands.choices.values():
        command.add_argument("--deployment", metavar="NAME", help="or a path; instead of what DEPLOYMENT says")
    return parser


def _engine(url: str) -> sa.engine.Engine:
    try:
        return open_engine(url)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError):
        # The URL may hold a password, so it is not shown.
        raise SettingsError(
            'DATABASE_URL: must be such as "sqlite:////srv/frontdesk.db" or "postgresql://user:password@host/name"'
        ) from None
    except OSError as error:
        raise SettingsError(f"DATABASE_URL: the folder of the file cannot be made ({error.strerror})") from None


def run_migrate(_configured: settings.Settings, engine: sa.engine.Engine, _chosen: argparse.Namespace) -> int:
    """Create or upgrade the database."""
    migrate(engine)
    print("The database has the newest shape.")
    return 0


def run_load(configured: settings.Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Load a directory, all or nothing."""
    _require_tables(engine)
    report = _load(configured, engine, batches_of.find(chosen.directory))
    if report.problems.total:
        found = f"{report.problems.total:,} {'problem' if report.problems.total == 1 else 'problems'}"
        print(f"Nothing was changed: {found} in {chosen.directory}. Correct and load again.", file=sys.stderr)
        return 1
    print(f"Loaded {chosen.directory}: {sentence(report.rows)}.")
    return 0


def run_demo(configured: settings.Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Make the demo shop where there are no orders yet, and touch nothing elsewhere."""
    _require_tables(engine)
    with reading(engine) as connection:
        if connection.execute(sa.select(orders.c.id).limit(1)).first():
            print("The database has orders already, so the demo shop was not added; nothing was changed.")
            return 0
    today = chosen.today or datetime.now(ZoneInfo(configured.deployment.timezone)).date()
    report = _load(configured, engine, demo.batches(today), warnings=False)
    if report.problems.total:
        print("The demo shop was not added; nothing was changed.", file=sys.stderr)
        return 1
    print(f"The demo shop is open: {sentence(report.rows)}. Ask for order #1001 with ana.ruiz@example.test.")
    return 0


def run_relay(configured: settings.Settings, engine: sa.engine.Engine, _chosen: argparse.Namespace) -> int:
    """Do what the outbox keeps, beside the gateway or on another machine."""
    _require_tables(engine)
    relay.run(configured)
    return 0


def _load(
    configured: settings.Settings,
    engine: sa.engine.Engine,
    batches: Sequence[batches_of.Batch],
    *,
    warnings: bool = True,
) -> Report:
    local = Local(configured.deployment.phone_region, _zone(configured.deployment.timezone))
    with progress.shown(sys.stderr) as watch:
        report = load.load(engine, batches, local, watch)
    for line in report.lines(warnings=warnings):
        print(line, file=sys.stderr if report.problems.total else sys.stdout)
    return report


def _zone(name: str) -> ZoneInfo | timezone:
    return timezone.utc if name == "UTC" else ZoneInfo(name)


def _require_tables(engine: sa.engine.Engine) -> None:
    if not sa.inspect(engine).has_table(orders.name):
        raise SettingsError("The database has no tables yet; run `python -m bridge migrate` first.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # As Ctrl-C: what is open is closed, and what was asked of a system is in the audit.
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
