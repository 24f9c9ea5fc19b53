"""A watch remembers who looked at which record, so that a later event of that record finds its person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bridge.conversation.facts import digest_of
from bridge.conversation.turns import identity_of
from bridge.model.commerce import Order
from bridge.model.helpdesk import Ticket
from bridge.model.identity import Claim, Level
from bridge.storage.chat import conversations, watches
from bridge.storage.engine import insert_if_new, reading, writing
from bridge.storage.events import deliveries
from bridge.storage.types import Clock, utc_now

WATCHED_FOR = timedelta(days=14)
MEANWHILE = timedelta(minutes=1)
"""What a system told of so shortly before a look-up was over may be missing in what was looked up."""

_IDENTITY = ("identity_level", "identity_subject", "identity_email", "identity_seen_at")

Look = Callable[[sa.engine.Connection, int, str], None]
"""Has the record of a watch read again, for its conversation."""


@dataclass(frozen=True)
class Watch:
    """Hold what a person was shown, and what may be read for them once more."""

    id: int
    conversation_id: str
    system: str
    record: str
    number: str
    claim: Claim
    told: str
    """The digest of what they were told last."""
    lapsed: bool
    """They were verified, and may have left the screen to somebody else since."""


class Watches:
    """Keep watches.

    Args:
        look: asked for where a record changed while it was looked up.
    """

    def __init__(self, engine: sa.engine.Engine, clock: Clock = utc_now, look: Look | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self._look = look

    def add(
        self, conversation_id: str, system: str, shown: Order | Ticket, level: Level, claim: Claim | None = None
    ) -> None:
        """Watch a record that this conversation is told of now; looking again renews the time.

        Args:
            claim: what opened it together with its number, where that was all that was shown.
        """
        record, claim = record_of(shown), claim or Claim()
        mine = (
            watches.c.conversation_id == conversation_id,
            watches.c.system == system,
            watches.c.record == record,
        )
        fresh = {
            "identity_level": level.value,
            "email": claim.email,
            "postcode": claim.postcode,
            "number": shown.number,
            "told": digest_of(shown),
            "expires_at": self._clock() + WATCHED_FOR,
        }
        watch = {"conversation_id": conversation_id, "system": system, "record": record, **fresh}
        with writing(self._engine) as connection:
            if not insert_if_new(connection, watches, watch):
                connection.execute(sa.update(watches).where(*mine).values(**fresh))
            if self._look is not None and self._has_just_changed(connection, system, record):
                self._look(
                    connection, connection.execute(sa.select(watches.c.id).where(*mine)).scalar_one(), conversation_id
                )

    def of(self, connection: sa.engine.Connection, system: str, record: str) -> Sequence[tuple[int, str]]:
        """Return the live watches of a record, each with its conversation."""
        wanted = sa.select(watches.c.id, watches.c.conversation_id).where(
            watches.c.system == system,
            watches.c.record == record,
            watches.c.expires_at > self._clock(),
            watches.c.number.is_not(None),
        )
        return [(row.id, row.conversation_id) for row in connection.execute(wanted.order_by(watches.c.id))]

    def find(self, id_: int) -> Watch | None:
        """Return a watch that is live."""
        both = sa.select(watches, conversations).join(conversations).set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)
        wanted = both.where(watches.c.id == id_, watches.c.expires_at > self._clock())
        with reading(self._engine) as connection:
            row = connection.execute(wanted).mappings().first()
        return None if row is None else _watch(row, self._clock())

    def move(self, connection: sa.engine.Connection, watch: Watch, told: str) -> bool:
        """Note what the person is told now; tell whether nobody else has told them anything meanwhile."""
        mine = (watches.c.id == watch.id, watches.c.told == watch.told)
        return bool(connection.execute(sa.update(watches).where(*mine).values(told=told)).rowcount)

    def _has_just_changed(self, connection: sa.engine.Connection, system: str, record: str) -> bool:
        lately = sa.select(deliveries.c.record).where(
            deliveries.c.received_at > self._clock() - MEANWHILE,
            deliveries.c.system == system,
            deliveries.c.record == record,
        )
        return connection.execute(lately.limit(1)).first() is not None


def record_of(shown: Order | Ticket) -> str:
    """Return what a watch calls a record: its kind, and the system's own id."""
    return f"{'order' if isinstance(shown, Order) else 'ticket'}:{shown.id}"


def _watch(row: sa.engine.RowMapping, now: datetime) -> Watch:
    claim, lapsed = Claim(row["watches_email"], row["watches_postcode"]), False
    if row["watches_identity_level"] == Level.VERIFIED.value:
        # Whoever this conversation is proven to be by now: the system compares it with whose record it is.
        claim = Claim(row["conversations_identity_email"])
        person = {name: row[f"conversations_{name}"] for name in _IDENTITY}
        lapsed = identity_of(person, now).level is not Level.VERIFIED
    return Watch(
        id=row["watches_id"],
        conversation_id=row["watches_conversation_id"],
        system=row["watches_system"],
        record=row["watches_record"],
        number=row["watches_number"],
        claim=claim,
        told=row["watches_told"],
        lapsed=lapsed,
    )
