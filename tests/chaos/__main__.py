"""Let people talk while everything is killed (`make chaos`).

Usage: python -m tests.chaos [--seed N] [--writes 1000] [--database sqlite|postgres|both] [--talkers 12]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.plan import draw
from tests.chaos.play import play
from tests.chaos.report import details, table
from tests.support.postgres import Cluster, find_program

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the plan of a seed on each database; 0 if all was well, 1 if not, 2 if it could not be played."""
    chosen = _parser().parse_args(arguments)
    databases = ["sqlite", "postgres"] if chosen.database == "both" else [chosen.database]
    if "postgres" in databases and not (find_program("initdb") and find_program("pg_ctl")):
        print("no PostgreSQL server programs here (initdb, pg_ctl); apt package: postgresql", file=sys.stderr)
        return 2
    failed = [name for name in databases if not _play_on(name, chosen)]
    return 1 if failed else 0


def _play_on(database: str, chosen: argparse.Namespace) -> bool:
    plan = draw(chosen.seed, chosen.writes)
    print(f"seed {plan.seed} on {database}; to replay the plan:", flush=True)
    print(f"  make chaos SEED={plan.seed} WRITES={chosen.writes} DATABASE={database}", flush=True)
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    folder = ROOT / "var" / "chaos" / f"{database}-{plan.seed}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder.mkdir(parents=True)
    with _database(database) as url:
        result = play(plan, folder, url, chosen.talkers, say)
    logs = (folder if database == "sqlite" else ROOT / "var") / "log"
    if result.findings:
        print(details(result, logs))
    print(table(result), flush=True)
    return not result.findings


@contextmanager
def _database(name: str) -> Iterator[str | None]:
    """Give the address of a new database; none for SQLite, whose file is made with the rest."""
    if name == "sqlite":
        yield None
        return
    initdb, pg_ctl = find_program("initdb"), find_program("pg_ctl")
    assert initdb is not None
    assert pg_ctl is not None
    cluster = Cluster(initdb, pg_ctl)
    try:
        cluster.start()
        yield cluster.url(cluster.create_database())
    finally:
        cluster.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="drawn if missing")
    parser.add_argument("--writes", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--talkers", type=int, default=12, help="people who talk at the same time")
    return parser


if __name__ == "__main__":
    sys.exit(main())
