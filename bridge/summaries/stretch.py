"""Read what happened in a stretch of a conversation: from where the last summary ended to now.

Only numbers, names of intents and outcomes are read, never what people wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.conversation.inbox import AGAIN
from bridge.conversation.turns import VERIFIED_FOR
from bridge.conversation.watches import WATCHED_FOR
from bridge.conversation.wishes import WISH
from bridge.model.identity import Level
from bridge.storage.chat import chat_events, handoffs, inbox, surveys, watches
from bridge.storage.jobs import jobs

_PEOPLE = ("text", "payload", AGAIN)


@dataclass(frozen=True)
class Stretch:
    """Hold what a summary is made from.

    Args:
        intents: what was understood of each message and second wish, in their order.
        outcomes: what the use cases told, in their order: response and values.
        agents: who talked with the person; an empty name where nobody came.
        email: whose talk it was; None where nobody is known, or more than one address was shown.
        verified: the address was proven, not only shown together with the number of a record.
    """

    conversation_id: str
    began: datetime
    ended: datetime
    messages: int
    intents: tuple[str, ...] = ()
    outcomes: tuple[tuple[str, dict[str, str]], ...] = ()
    agents: tuple[str, ...] = ()
    ratings: tuple[int, ...] = ()
    email: str | None = None
    verified: bool = False


def newest_row(connection: sa.engine.Connection, conversation_id: str) -> int:
    """Return the newest row of the inbox of a conversation."""
    wanted = sa.select(sa.func.max(inbox.c.id)).where(inbox.c.conversation_id == conversation_id)
    return int(connection.execute(wanted).scalar() or 0)


def read_stretch(connection: sa.engine.Connection, conversation: Any) -> Stretch | None:
    """Return what happened since the last summary; None where nobody wrote.

    Args:
        conversation: its row.
    """
    mine = (inbox.c.conversation_id == conversation["id"], inbox.c.id > conversation["summed_up_to"])
    columns = (inbox.c.kind, inbox.c.intent, inbox.c.received_at)
    rows = connection.execute(sa.select(*columns).where(*mine).order_by(inbox.c.id)).all()
    written = [row.received_at for row in rows if row.kind in _PEOPLE]
    if not written:
        return None
    began = written[0]
    email, verified = _whose(connection, conversation, began, written[-1])
    return Stretch(
        conversation["id"],
        began,
        max(_last_word(connection, conversation), written[-1]),
        len(written),
        tuple(row.intent for row in rows if row.intent and row.kind in (*_PEOPLE, WISH)),
        tuple(_outcomes(connection, conversation, began)),
        tuple(_agents(connection, conversation["id"], began)),
        tuple(_ratings(connection, conversation["id"], began)),
        email,
        verified,
    )


def _whose(
    connection: sa.engine.Connection, conversation: Any, began: datetime, last: datetime
) -> tuple[str | None, bool]:
    """Return the address of the person, and whether it was proven."""
    email, seen = conversation["identity_email"], conversation["identity_seen_at"]
    # As at every turn: an identity that had lapsed when the person wrote last is no proof of this stretch.
    is_fresh = seen is not None and last - seen <= VERIFIED_FOR
    if conversation["identity_level"] == Level.VERIFIED.value and email and is_fresh:
        return email, True
    shown = sa.select(watches.c.email).where(
        watches.c.conversation_id == conversation["id"],
        watches.c.identity_level == Level.CLAIMED.value,
        watches.c.email.is_not(None),
        watches.c.expires_at >= began + WATCHED_FOR,
    )
    addresses = {address.casefold() for address in connection.execute(shown).scalars()}
    return (addresses.pop() if len(addresses) == 1 else None), False


def _last_word(connection: sa.engine.Connection, conversation: Any) -> datetime:
    newest = (chat_events.c.conversation_id == conversation["id"], chat_events.c.seq == conversation["last_seq"])
    at: datetime = connection.execute(sa.select(chat_events.c.at).where(*newest)).scalar_one()
    return at


def _outcomes(connection: sa.engine.Connection, conversation: Any, began: datetime) -> list[tuple[str, dict[str, str]]]:
    # What the outbox did has no message of its own.
    of_now = sa.or_(
        jobs.c.inbox_id > conversation["summed_up_to"], sa.and_(jobs.c.inbox_id.is_(None), jobs.c.finished_at >= began)
    )
    wanted = sa.select(jobs.c.outcome).where(
        jobs.c.conversation_id == conversation["id"], jobs.c.finished_at.is_not(None), of_now
    )
    told = connection.execute(wanted.order_by(jobs.c.id)).scalars()
    return [(outcome["response"], outcome["values"]) for outcome in told]


def _agents(connection: sa.engine.Connection, conversation_id: str, began: datetime) -> list[str]:
    mine = (handoffs.c.conversation_id == conversation_id, handoffs.c.closed_at >= began)
    return list(connection.execute(sa.select(handoffs.c.agent).where(*mine).order_by(handoffs.c.id)).scalars())


def _ratings(connection: sa.engine.Connection, conversation_id: str, began: datetime) -> list[int]:
    mine = (surveys.c.conversation_id == conversation_id, surveys.c.asked_at >= began, surveys.c.rating.is_not(None))
    return list(connection.execute(sa.select(surveys.c.rating).where(*mine).order_by(surveys.c.id)).scalars())
