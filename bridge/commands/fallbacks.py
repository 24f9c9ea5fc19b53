"""Read the messages that were not understood, or export them for annotation: python -m bridge fallbacks."""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import yaml

from bridge.commands.audit import count, printable, time
from bridge.conversation.fallbacks import Fallback, Fallbacks
from bridge.errors import SettingsError
from bridge.settings import Settings
from bridge.storage.chat import inbox
from bridge.storage.types import utc_now

TO_ANNOTATE = "to_annotate"
"""Stands in the export where nobody has confirmed an intent."""
_COLUMNS = ("at", "conversation_id", "candidates", "chosen", "text")
# What leads to a person has no place in training data: an export goes into files and into git.
_STAND_INS = {"email": "name@example.com", "phone": "+1 202-555-0100", "postcode": "10115"}


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("fallbacks", help="show the messages that were not understood; newest first")
    command.add_argument("--since", type=time, metavar="TIME", help='UTC, such as "2026-01-31"')
    command.add_argument("--conversation", metavar="CONVERSATION")
    command.add_argument("--limit", type=count, default=50, metavar="N", help="at most so many (50)")
    shape = command.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one JSON object a line, with every field")
    shape.add_argument("--nlu", action="store_true", help="training data to annotate, by the intents that were chosen")
    shape.add_argument("--purge", action="store_true", help="forget guesses older than `understanding.fallback_days`")
    command.set_defaults(run=run)


def run(configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Show, export or purge."""
    if not sa.inspect(engine).has_table(inbox.name):
        raise SettingsError("The database has no messages yet; run `python -m bridge migrate` first.")
    days = configured.deployment.understanding.fallback_days
    kept_since = utc_now() - timedelta(days=days)
    if chosen.purge:
        forgotten = Fallbacks(engine).purge(kept_since)
        print(f"Forgot the guesses of {forgotten:,} messages older than {days} days.")
        return 0
    found = Fallbacks(engine).read(_later(chosen.since, kept_since), chosen.conversation, chosen.limit)
    if not found:
        print("No message fits.", file=sys.stderr)
    elif chosen.nlu:
        print(export(found), end="")
    elif chosen.json:
        print("\n".join(json.dumps({**asdict(one), "meant": one.meant}, default=_plain) for one in found))
    else:
        print("\n".join(["\t".join(_COLUMNS), *map(_line, found)]))
    return 0


def export(found: Sequence[Fallback]) -> str:
    """Return Rasa training data: each message under the intent that its person chose, else to be annotated."""
    examples: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for one in found:
        text = " ".join(_without_person(one).split())
        guesses = {name: round(confidence, 2) for name, confidence in one.candidates}
        examples[one.meant or TO_ANNOTATE].setdefault(
            text, {"text": f"{text}\n", "metadata": {"candidates": guesses, "message": one.message_id}}
        )
    blocks = [{"intent": intent, "examples": list(examples[intent].values())} for intent in sorted(examples)]
    return str(yaml.safe_dump({"version": "3.1", "nlu": blocks}, sort_keys=False, allow_unicode=True, width=120))


def _without_person(one: Fallback) -> str:
    text = one.text
    for entity in sorted(one.entities, key=lambda each: -int(each["start"])):
        if stand_in := _STAND_INS.get(str(entity["entity"])):
            text = text[: entity["start"]] + stand_in + text[entity["end"] :]
    return text


def _line(one: Fallback) -> str:
    guesses = ", ".join(f"{name} {confidence:.2f}" for name, confidence in one.candidates)
    at = one.at.isoformat(timespec="seconds")
    return "\t".join(printable(value) for value in (at, one.conversation_id, guesses, one.chosen, one.text))


def _later(since: datetime | None, kept_since: datetime) -> datetime:
    return max(since, kept_since) if since else kept_since


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat(timespec="milliseconds")
