"""Ask every configured system one harmless question, look at our own database, and say what is wrong: bridge check."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bridge import errors
from bridge.connections import Connection
from bridge.connections.manifest import Hook
from bridge.events.entries import State
from bridge.events.outbox import Outbox
from bridge.model.identity import Claim
from bridge.settings import Settings
from bridge.storage.engine import newest_revision, reading, revision_of
from bridge.storage.types import utc_now

NOBODY = "check@frontdesk.invalid"
"""An address that can be nobody's: the answer is "not found", and that is all we want to hear."""

PROBES: Mapping[str, Callable[[Any], object]] = {
    "commerce": lambda commerce: commerce.find_order("0", Claim(email=NOBODY)),
    "helpdesk": lambda helpdesk: helpdesk.find_ticket_by_key("frontdesk-check"),
    "crm": lambda crm: crm.find_contact(NOBODY),
}
"""A read for each domain that every system can answer."""

ADVICE: tuple[tuple[type[Exception], str], ...] = (
    # The first that fits: a subclass stands before its base.
    (errors.CredentialsError, "it refuses our credentials: renew the secrets that the deployment names for it"),
    (errors.BusyError, "it asks for a pause: wait, then look at its rate limits"),
    (errors.UnavailableError, "it gives no answer: is it up, and is its address in the deployment right?"),
    (errors.ProtocolError, "its answer cannot be read: is the address in the deployment that of its API?"),
    (errors.UnsupportedError, "it cannot answer this read: choose another system for this domain"),
    (errors.SettingsError, "the deployment is wrong for it"),
)


@dataclass(frozen=True)
class Line:
    """Hold one line of the table."""

    domain: str
    system: str
    adapter: str
    answer: str
    milliseconds: int | None = None
    capabilities: str = ""

    @property
    def is_wrong(self) -> bool:
        """Tell whether somebody has to do something."""
        return not self.answer.startswith("ok")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("check", help="ask every configured system, and say what is wrong and what to do")
    command.set_defaults(run=run)


def run(configured: Settings, engine: sa.engine.Engine, _chosen: argparse.Namespace) -> int:
    """Print the table; 1 if anything is wrong."""
    lines = [*_systems(configured), _database(engine), _migrations(engine), *_outbox(configured, engine)]
    for line in _table(lines):
        print(line)
    wrong = sum(line.is_wrong for line in lines)
    print("\nEverything is well." if not wrong else f"\n{wrong} of {len(lines)} need attention.")
    return int(bool(wrong))


def _systems(configured: Settings) -> Iterator[Line]:
    from bridge.bootstrap import build  # noqa: PLC0415  # the other commands start without the adapters

    # Made for this: nothing is cached in it yet and all its breakers are closed, whatever other processes have seen.
    frontdesk = build(configured)
    try:
        names = configured.deployment.systems.dict()
        asked = {each.name: getattr(frontdesk.systems, each.name) for each in fields(frontdesk.systems)}
        with ThreadPoolExecutor(len(asked)) as pool:
            yield from pool.map(lambda domain: _ask(domain, names[domain], asked[domain]), asked)
        for connection in frontdesk.connections.made():
            yield from _connection(connection, frontdesk.hooks.systems)
    finally:
        frontdesk.close()


def _ask(domain: str, adapter: str, system: Any) -> Line:
    began = time.monotonic()
    try:
        PROBES[domain](system)
        answer = "ok"
    except errors.NotFoundError:
        answer = "ok"
    except Exception as error:
        answer = _advice(error)
    milliseconds = round((time.monotonic() - began) * 1000)
    return Line(domain, system.system, adapter, answer, milliseconds, ", ".join(sorted(system.capabilities)))


def _connection(connection: Connection, heard: frozenset[str]) -> Iterator[Line]:
    """Tell how a system is reached, and what its operations need that we have not."""
    name = f"({connection.system})"
    legacy = f"{connection.way.legacy} " if connection.way.legacy else "ok, "
    yield Line(name, "connection", "", f"{legacy}by {connection.way_name} at {connection.base_url}")
    if connection.manifest.webhook is not None:
        yield Line(name, "webhook", "", f"ok, {_heard(connection.system, connection.manifest.webhook, heard)}")
    if not connection.scopes:
        return
    needed = ", ".join(connection.scopes)
    try:
        granted = connection.granted()
    except errors.BridgeError as error:
        yield Line(name, "scopes", "", f"{_advice(error)}; needed: {needed}")
        return
    missing = [scope for scope in connection.scopes if granted and not _covers(granted, scope)]
    if missing:
        yield Line(
            name, "scopes", "", f"missing: {', '.join(missing)}; add them to the client, then wait for a new token"
        )
    else:
        yield Line(name, "scopes", "", f"ok, {'granted' if granted else 'the vendor does not tell; needed'}: {needed}")


def _heard(system: str, hook: Hook, heard: frozenset[str]) -> str:
    """Tell where the vendor sends what changes there, or that it does not."""
    if system in heard:
        return f"send it to https://(your gateway)/hooks/{system}"
    return f"not configured: without secrets.{hook.secret}, nobody is told of news unasked"


def _covers(granted: frozenset[str], scope: str) -> bool:
    """Tell whether a scope is granted by itself or by one for everything ("read" beside "tickets:read")."""
    return scope in granted or scope.rpartition(":")[2] in granted


def _advice(error: Exception) -> str:
    said = next((text for kind, text in ADVICE if isinstance(error, kind)), "an error that nobody foresaw")
    return f"{said} ({type(error).__name__})"


def _database(engine: sa.engine.Engine) -> Line:
    began = time.monotonic()
    try:
        with reading(engine) as connection:
            connection.execute(sa.select(1))
        answer = "ok"
    except sa.exc.SQLAlchemyError as error:
        answer = f"cannot be opened: is it up, and is DATABASE_URL right? ({type(error).__name__})"
    milliseconds = round((time.monotonic() - began) * 1000)
    return Line("(database)", engine.dialect.name, "", answer, milliseconds)


def _migrations(engine: sa.engine.Engine) -> Line:
    newest = newest_revision()
    try:
        present = revision_of(engine)
    except sa.exc.SQLAlchemyError as error:
        return Line("(migrations)", newest, "", f"cannot be read ({type(error).__name__})")
    if present == newest:
        return Line("(migrations)", newest, "", "ok")
    return Line("(migrations)", present or "none", "", f"not {newest}: run `python -m bridge migrate`")


def _outbox(configured: Settings, engine: sa.engine.Engine) -> Iterator[Line]:
    try:
        standing = Outbox(engine, configured.deployment.outbox).standing()
    except sa.exc.SQLAlchemyError as error:
        yield Line("(outbox)", "", "", f"cannot be read: see the database and the migrations ({type(error).__name__})")
        return
    waiting = standing.counts.get(State.WAITING, 0) + standing.counts.get(State.LEASED, 0)
    limit = timedelta(minutes=configured.deployment.alerts.outbox_minutes)
    age = utc_now() - standing.oldest if standing.oldest else timedelta()
    told = f"{waiting} open, the oldest for {_span(age)}" if waiting else "nothing open"
    aged = f"{told}: is the relay running, and are the systems above well?"
    yield Line("(outbox)", "open", "", aged if age > limit else f"ok, {told}")
    dead = standing.counts.get(State.DEAD, 0)
    given_up = f"{dead} given up: `python -m bridge outbox list --state dead`, then retry or discard"
    yield Line("(outbox)", "dead", "", given_up if dead else "ok")


def _span(age: timedelta) -> str:
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _table(lines: list[Line]) -> Iterator[str]:
    rows = [("domain", "system", "adapter", "ms", "answer", "capabilities")]
    for line in lines:
        taken = "" if line.milliseconds is None else str(line.milliseconds)
        rows.append((line.domain, line.system, line.adapter, taken, line.answer, line.capabilities))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
