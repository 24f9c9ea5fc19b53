"""The second wish of a message: held while the first needs more turns, then asked as if it had been typed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bridge.conversation.inbox import Message, close
from bridge.conversation.log import append, lock
from bridge.storage.chat import inbox
from bridge.storage.engine import writing
from bridge.storage.types import utc_now

WISH = "wish"
"""The kind of a message that is the rest of another one."""
HELD_FOR = timedelta(minutes=30)
"""After that it would come out of nowhere."""

# What every message asks is made here, once: making a statement costs five times what asking it does.
_HELD = sa.and_(inbox.c.conversation_id == sa.bindparam("conversation"), inbox.c.state == "held")
_FORGET = sa.delete(inbox).where(_HELD)
_FORGET_OLD = _FORGET.where(inbox.c.received_at < sa.bindparam("before"))
_OLDEST = sa.select(inbox.c.id, inbox.c.body).where(_HELD).order_by(inbox.c.id).limit(1)

_ENDING = frozenset({"stop", "crisis", "talk_to_human"})
"""Intents after which nothing that was asked before is asked any more."""


Words = Callable[[str, str], dict[str, Any]]
"""Return the body of the message that says when (`now` or `later`) a wish is answered."""


@dataclass(frozen=True)
class TurnEnd:
    """Say how a turn ended.

    Attributes:
        understood: what Rasa made of its message: model_id, intent, parse, candidates.
        wish: what its message asks besides; it must not begin with a slash, or Rasa would take it for a command.
        asks: a form waits for an answer, so the wish has to wait too.
    """

    understood: Mapping[str, Any]
    wish: str = ""
    asks: bool = False


class Wishes:
    """Close messages, and see to the second wishes that they hold."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def finish(self, message: Message, end: TurnEnd, words: Words) -> dict[str, Any] | None:
        """Close a message, and hold or ask what is left of it; return what was said about that."""
        with writing(self._engine) as connection:
            mode = lock(connection, message.conversation_id)["mode"]
            close(connection, message.id, end.understood)
            if mode != "bot" or end.understood["intent"] in _ENDING:
                connection.execute(_FORGET, {"conversation": message.conversation_id})
                return None
            old = {"conversation": message.conversation_id, "before": utc_now() - HELD_FOR}
            connection.execute(_FORGET_OLD, old)
            fresh = bool(end.wish) and not _was_asked(connection, message)
            if fresh:
                _store(connection, message.conversation_id, end.wish, "held", 0)
            if not end.asks:
                return _ask_oldest(connection, message, words)
            return _say(connection, message, words("later", end.wish)) if fresh else None


def _say(connection: sa.engine.Connection, message: Message, body: dict[str, Any]) -> dict[str, Any]:
    append(connection, message.conversation_id, "bot", body)
    return body


def _ask_oldest(connection: sa.engine.Connection, message: Message, words: Words) -> dict[str, Any] | None:
    """Put the wish that waits longest into the queue."""
    row = connection.execute(_OLDEST, {"conversation": message.conversation_id}).first()
    if row is None:
        return None
    connection.execute(sa.delete(inbox).where(inbox.c.id == row.id))
    body = words("now", row.body)
    # Its number is the one of these words: "try again" names it, and means the wish alone.
    _store(
        connection,
        message.conversation_id,
        row.body,
        "queued",
        append(connection, message.conversation_id, "bot", body),
    )
    return body


def _was_asked(connection: sa.engine.Connection, message: Message) -> bool:
    """Tell whether this is a message sent again ("try again"): its second wish has its own way already."""
    twin = sa.select(inbox.c.id).where(
        inbox.c.conversation_id == message.conversation_id,
        inbox.c.body == message.body,
        inbox.c.id < message.id,
        inbox.c.received_at > utc_now() - HELD_FOR,
    )
    return connection.execute(twin.limit(1)).first() is not None


def _store(connection: sa.engine.Connection, conversation_id: str, body: str, state: str, seq: int) -> None:
    connection.execute(
        sa.insert(inbox).values(
            conversation_id=conversation_id,
            message_id=str(uuid.uuid4()),
            seq=seq,
            kind=WISH,
            body=body,
            state=state,
            received_at=utc_now(),
        )
    )
