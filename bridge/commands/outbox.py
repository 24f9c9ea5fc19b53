"""The operator's commands on the outbox: python -m bridge outbox list|show|retry|discard."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.events.entries import OPEN, Entry, State
from bridge.events.outbox import Outbox
from bridge.settings import Settings

UNSETTLED = (*OPEN, State.DEAD)


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    outbox = commands.add_parser("outbox", help="see and settle writes that a system could not take")
    verbs = outbox.add_subparsers(title="commands", metavar="COMMAND", required=True)

    verb = verbs.add_parser("list", help="list what is open or dead, oldest first")
    verb.add_argument("--state", choices=[state.value for state in State], help="only these")
    verb.set_defaults(run=run_list)

    verb = verbs.add_parser("show", help="show one entry")
    verb.add_argument("id", type=int, metavar="ID")
    verb.add_argument("--content", action="store_true", help="also what the person wrote: personal data")
    verb.set_defaults(run=run_show)

    for name, run, help_ in (
        ("retry", run_retry, "give dead entries new tries"),
        ("discard", run_discard, "empty dead or waiting entries for good"),
    ):
        verb = verbs.add_parser(name, help=help_)
        verb.add_argument("ids", type=int, nargs="+", metavar="ID")
        verb.set_defaults(run=run)


def run_list(configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Print one line an entry, without anything a person wrote."""
    outbox = Outbox(engine, configured.deployment.outbox)
    states = (State(chosen.state),) if chosen.state else UNSETTLED
    counts = outbox.standing().counts
    total = sum(counts.get(state, 0) for state in states)
    if not total:
        print("Nothing in the outbox." if not chosen.state else f"Nothing is {chosen.state}.")
        return 0
    print(f"{'id':>6}  {'state':9}  {'operation':20}  {'kept at (UTC)':16}  {'tries':>5}  {'due at (UTC)':16}  reason")
    entries = outbox.entries(*states)
    for entry in entries:
        print(_line(entry))
    if total > len(entries):
        print(f"... and {total - len(entries)} more")
    return 0


def run_show(configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Print what is known of one entry."""
    entry = Outbox(engine, configured.deployment.outbox).get(chosen.id)
    if entry is None:
        return _missing(chosen.id)
    facts = {
        "id": entry.id,
        "key": entry.key,
        "conversation": entry.conversation_id,
        "operation": entry.operation,
        "state": entry.state.value,
        "kept at": _at(entry.kept_at),
        "due at": _at(entry.due_at),
        "finished at": _at(entry.finished_at),
        "tries": entry.attempts,
        "may have happened": "yes" if entry.unknown else "no",
        "reason": entry.reason,
        "result": json.dumps(entry.result) if entry.result else "",
    }
    if chosen.content:
        facts["content"] = json.dumps(entry.content, indent=2, ensure_ascii=False) if entry.content else "(emptied)"
    for name, value in facts.items():
        print(f"{name:18} {value}".rstrip())
    return 0


def run_retry(configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Give dead entries new tries, with the keys they always had."""
    outbox = Outbox(engine, configured.deployment.outbox)
    return _each(chosen.ids, outbox.retry, "will be tried again", "is not dead")


def run_discard(configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Empty entries for good; the person of a dead one was told when it was given up."""
    outbox = Outbox(engine, configured.deployment.outbox)
    return _each(chosen.ids, outbox.discard, "is discarded", "is neither dead nor waiting")


def _each(ids: list[int], change: Callable[[int], bool], done: str, refused: str) -> int:
    failed = False
    for id_ in ids:
        if change(id_):
            print(f"{id_} {done}.")
        else:
            failed = True
            print(f"{id_} {refused}; nothing was changed.", file=sys.stderr)
    return int(failed)


def _line(entry: Entry) -> str:
    due = _at(entry.due_at) if entry.state in OPEN else ""
    return (
        f"{entry.id:>6}  {entry.state.value:9}  {entry.operation:20}  {_at(entry.kept_at):16}"
        f"  {entry.attempts:>5}  {due:16}  {entry.reason}"
    ).rstrip()


def _at(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""


def _missing(id_: int) -> int:
    print(f"There is no entry {id_}.", file=sys.stderr)
    return 1
