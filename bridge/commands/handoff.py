"""The commands of whoever answers for the team: python -m bridge handoff list|take|say|close."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from bridge.errors import ConflictError, InvalidError, NotFoundError
from bridge.handoff.talks import Talks
from bridge.handoff.transcript import transcript
from bridge.settings import Settings


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    handoff = commands.add_parser("handoff", help="answer those who asked for a person")
    verbs = handoff.add_subparsers(title="commands", metavar="COMMAND", required=True)

    verb = verbs.add_parser("list", help="list who waits or is talked to, the longest waiting first")
    verb.set_defaults(run=run_list)

    verb = verbs.add_parser("take", help="take a conversation over and read what was said (personal data)")
    verb.add_argument("conversation", metavar="CONVERSATION")
    verb.add_argument("--name", required=True, help="your name, as the person shall see it")
    verb.set_defaults(run=run_take)

    verb = verbs.add_parser("say", help="write in a conversation that was taken")
    verb.add_argument("conversation", metavar="CONVERSATION")
    verb.add_argument("text", metavar="TEXT")
    verb.set_defaults(run=run_say)

    verb = verbs.add_parser("close", help="give a conversation back to the assistant, also one that still waits")
    verb.add_argument("conversation", metavar="CONVERSATION")
    verb.set_defaults(run=run_close)


def run_list(_configured: Settings, engine: sa.engine.Engine, _chosen: argparse.Namespace) -> int:
    """Print one line a conversation, without anything a person wrote."""
    found = Talks(engine).open()
    if not found:
        print("Nobody waits.")
        return 0
    print(f"{'conversation':40}  {'state':8}  {'since (UTC)':16}  {'ticket':12}  by")
    for each in found:
        since = each.opened_at.strftime("%Y-%m-%d %H:%M")
        print(f"{each.conversation_id:40}  {each.state:8}  {since:16}  {each.ticket_number:12}  {each.agent}".rstrip())
    return 0


def run_take(_configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Take a conversation and print it."""

    def take() -> str:
        Talks(engine).take(chosen.conversation, chosen.name)
        return transcript(engine, chosen.conversation)

    return _try(take)


def run_say(_configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Write as whoever has taken the conversation."""

    def say() -> str:
        return f"Said, as event {Talks(engine).say(chosen.conversation, chosen.text)}."

    return _try(say)


def run_close(_configured: Settings, engine: sa.engine.Engine, chosen: argparse.Namespace) -> int:
    """Give a conversation back."""

    def close() -> str:
        Talks(engine).release(chosen.conversation)
        return "The assistant is back."

    return _try(close)


def _try(work: Callable[[], str]) -> int:
    try:
        print(work())
    except NotFoundError:
        print("There is no such conversation.", file=sys.stderr)
    except (ConflictError, InvalidError) as error:
        print(f"Nothing was changed: {error}.", file=sys.stderr)
    else:
        return 0
    return 1
