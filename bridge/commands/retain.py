"""Delete now what the deployment keeps no longer: python -m bridge retain. The gateway does the same by itself."""

from __future__ import annotations

import argparse
from typing import Any

import sqlalchemy as sa

from bridge.conversation.erasure import Erasures
from bridge.conversation.files import Files
from bridge.conversation.retention import Housekeeping
from bridge.errors import SettingsError
from bridge.settings import Settings
from bridge.settings.places import files_folder, tracker_url
from bridge.storage.privacy import erasures
from bridge.storage.trackers import Trackers


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("retain", help="delete what is older than `retention` of the deployment keeps")
    command.set_defaults(run=run)


def run(configured: Settings, engine: sa.engine.Engine, _chosen: argparse.Namespace) -> int:
    """Delete, and say how much; 1 where a deletion could not be finished."""
    if not sa.inspect(engine).has_table(erasures.name):
        raise SettingsError("The database has no such tables yet; run `python -m bridge migrate` first.")
    deployment = configured.deployment
    files = Files(engine, files_folder(configured))
    trackers = Trackers(tracker_url(configured))
    erasing = Erasures(engine, (trackers, files))
    try:
        days = deployment.understanding.fallback_days
        deleted = Housekeeping(engine, erasing, files, deployment.retention, days).look()
        late = erasing.overdue()
    finally:
        trackers.close()
    print(f"Deleted {deleted.conversations:,} conversations and {deleted.files:,} files.")
    print(f"Forgot what was guessed of {deleted.guesses:,} messages.")
    if late:
        print(f"{late:,} deletions are not over: Rasa's database or the folder of the files cannot be reached.")
    return int(bool(late))
