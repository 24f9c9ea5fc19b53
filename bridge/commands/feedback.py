"""Show how people say they were helped, in numbers alone: python -m bridge feedback."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.commands.audit import time
from bridge.conversation.surveys import BEST, WORST, Answer, Surveys
from bridge.errors import SettingsError
from bridge.settings import Settings
from bridge.storage.chat import surveys

_RATINGS = range(BEST, WORST - 1, -1)
_GROUPS: dict[str, Callable[[Answer], str]] = {
    "week": lambda answer: answer.asked_at.strftime("%G-W%V"),
    "kind": lambda answer: answer.kind,
}


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("feedback", help="show how people say they were helped: counts and means")
    command.add_argument("--by", choices=list(_GROUPS), default="week", help="one line a week (UTC), or a kind of talk")
    command.add_argument("--since", type=time, metavar="TIME", help='asked since then, UTC, such as "2026-01-31"')
    command.add_argument("--json", action="store_true", help="one JSON object a line")
    command.set_defaults(run=run)


def run(_configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Show the numbers; nothing in them leads to a person."""
    if not sa.inspect(engine).has_table(surveys.name):
        raise SettingsError("The database has no ratings yet; run `python -m bridge migrate` first.")
    since: datetime | None = chosen.since
    lines = summary(Surveys(engine).answers(since), chosen.by)
    if not lines:
        print("Nobody was asked yet.", file=sys.stderr)
    elif chosen.json:
        print("\n".join(map(json.dumps, lines)))
    else:
        shown = [["-" if value is None else str(value) for value in line.values()] for line in lines]
        print("\n".join("\t".join(line) for line in [list(lines[0]), *shown]))
    return 0


def summary(answers: Iterable[Answer], by: str) -> list[dict[str, Any]]:
    """Return one line a group: how many were asked, how many answered, the mean, and how often each rating came."""
    groups: defaultdict[str, Counter[int | None]] = defaultdict(Counter)
    for answer in answers:
        groups[_GROUPS[by](answer)][answer.rating] += 1
    return [{by: name, **_numbers(groups[name])} for name in sorted(groups)]


def _numbers(ratings: Counter[int | None]) -> dict[str, Any]:
    given = {rating: ratings[rating] for rating in _RATINGS}
    answered = sum(given.values())
    mean = round(sum(rating * times for rating, times in given.items()) / answered, 2) if answered else None
    return {
        "asked": sum(ratings.values()),
        "answered": answered,
        "mean": mean,
        **{str(rating): times for rating, times in given.items()},
    }
