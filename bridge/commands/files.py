"""The files that people sent, for whoever works on their tickets: python -m bridge files list|get."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bridge.conversation.files import Files
from bridge.errors import SettingsError
from bridge.settings import Settings
from bridge.settings.places import files_folder
from bridge.storage.privacy import files as table


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    files = commands.add_parser("files", help="list and fetch the files that people sent (personal data)")
    verbs = files.add_subparsers(title="commands", metavar="COMMAND", required=True)

    verb = verbs.add_parser("list", help="list the files of a conversation, oldest first")
    verb.add_argument("conversation", metavar="CONVERSATION")
    verb.set_defaults(run=run_list)

    verb = verbs.add_parser("get", help="write a file, or all of a conversation, into a folder")
    verb.add_argument("conversation", metavar="CONVERSATION")
    verb.add_argument("file", nargs="?", metavar="FILE", help="its id, as the list and the ticket name it")
    verb.add_argument("--to", type=Path, default=Path(), metavar="FOLDER", help="the current one if not given")
    verb.set_defaults(run=run_get)


def run_list(configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Print one line a file."""
    found = _files(configured, engine).of(chosen.conversation)
    for each in found:
        print(f"{each.id}  {each.type:20}  {each.size:>10,}  {each.name}")
    if not found:
        print("No file of that conversation is here.", file=sys.stderr)
    return 0


def run_get(configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Write files under their id and name; 1 where one is not here, or is there already."""
    files = _files(configured, engine)
    found = [each for each in files.of(chosen.conversation) if chosen.file in {None, each.id}]
    if not found:
        print("No such file is here; it may have been deleted.", file=sys.stderr)
        return 1
    try:
        for each in found:
            target = chosen.to / f"{each.id}-{each.name}"
            with files.path(chosen.conversation, each.id).open("rb") as content, target.open("xb") as copy:
                copy.write(content.read())
            print(target)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _files(configured: Settings, engine: sa.engine.Engine) -> Files:
    if not sa.inspect(engine).has_table(table.name):
        raise SettingsError("The database has no such tables yet; run `python -m bridge migrate` first.")
    return Files(engine, files_folder(configured))
