"""The event log of a conversation: numbered without gaps, never changed, the truth that every stream is read from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.conversation.news import ring
from bridge.conversation.offers import allow, buttons_of
from bridge.errors import NotFoundError
from bridge.storage.chat import chat_events, conversations, inbox
from bridge.storage.engine import reading, writing
from bridge.storage.types import utc_now

# What every message asks is made here, once: making a statement costs five times what asking it does.
_CONVERSATION, _MESSAGE = sa.bindparam("conversation"), sa.bindparam("message")
_AFTER = (
    sa.select(chat_events.c.seq, chat_events.c.type, chat_events.c.at, chat_events.c.body)
    .where(chat_events.c.conversation_id == _CONVERSATION, chat_events.c.seq > sa.bindparam("seq"))
    .order_by(chat_events.c.seq)
    .limit(sa.bindparam("most"))
)
_MINE = conversations.c.id == _CONVERSATION
_COUNT = sa.update(conversations).where(_MINE).values(last_seq=conversations.c.last_seq + 1)
# What a person writes is to be summed up, once it is over.
_COUNT_HEARD = _COUNT.values(heard_at=sa.bindparam("heard"))
_COUNTED = sa.select(conversations.c.last_seq).where(_MINE)
_ADD = sa.insert(chat_events)
_LOCK = sa.select(conversations).where(_MINE).with_for_update()
_IN_FLIGHT = (
    sa.select(inbox.c.id, inbox.c.seq, inbox.c.replies)
    .where(inbox.c.conversation_id == _CONVERSATION, inbox.c.state == "dispatched")
    .order_by(inbox.c.id.desc())
    .limit(1)
)
_ANSWERED = sa.update(inbox).where(inbox.c.id == _MESSAGE).values(replies=inbox.c.replies + 1)
_STATE = sa.select(inbox.c.state).where(inbox.c.id == _MESSAGE)
_ANSWERS = sa.select(chat_events.c.type, chat_events.c.at, chat_events.c.ordinal, chat_events.c.body).where(
    chat_events.c.conversation_id == _CONVERSATION, chat_events.c.inbox_id == _MESSAGE
)

SLOW = {"kind": "slow"}
"""In the body of a notice that only fills the wait: it has had its say once the answer is there."""
PROACTIVE = {"proactive": True}
"""In the body of a bot message that answers nothing: whoever it is for may be elsewhere, and has to be told."""

TRY_AGAIN = "/try_again"
"""The payload of a button that repeats the message it answers."""


def append(
    connection: sa.engine.Connection,
    conversation_id: str,
    type_: str,
    body: dict[str, Any],
    *,
    inbox_id: int | None = None,
    ordinal: int | None = None,
) -> int:
    """Add an event inside the caller's write transaction and return its sequence number.

    Args:
        type_: user, bot, notice, agent or status (docs/reference/chat-api.md).
        body: what the client gets beside seq, type and at.
        inbox_id: the user message that this answers.
        ordinal: its place among the answers to that message.

    Raises:
        NotFoundError: there is no such conversation.
    """
    mine = {"conversation": conversation_id}
    now = utc_now()
    if type_ == "user":
        connection.execute(_COUNT_HEARD, {**mine, "heard": now})
    else:
        connection.execute(_COUNT, mine)
    seq = connection.execute(_COUNTED, mine).scalar()
    if seq is None:
        raise NotFoundError(f"conversation {conversation_id}")
    answers = {"inbox_id": inbox_id, "ordinal": ordinal}
    said = {"conversation_id": conversation_id, "seq": seq, "type": type_, "at": now, "body": body}
    connection.execute(_ADD, {**said, **answers})
    ring(connection, conversation_id, seq)
    return int(seq)


def lock(connection: sa.engine.Connection, conversation_id: str) -> sa.engine.RowMapping:
    """Hold the row of a conversation until the transaction ends, and return it.

    SQLite has one writer at a time anyway; on PostgreSQL this keeps two processes apart.

    Raises:
        NotFoundError: there is no such conversation.
    """
    row = connection.execute(_LOCK, {"conversation": conversation_id}).mappings().first()
    if row is None:
        raise NotFoundError(f"conversation {conversation_id}")
    return row


@dataclass(frozen=True)
class Page:
    """Hold a part of a log that was read backwards.

    Args:
        more: there are older events.
        status: the newest one of that type in the whole log: it says who answers now, wherever it stands.
    """

    events: list[dict[str, Any]]
    more: bool
    status: dict[str, Any] | None


class EventLog:
    """Read the log, and add what the bot and the gateway say."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def after(self, conversation_id: str, seq: int, limit: int = 500) -> list[dict[str, Any]]:
        """Return the events that follow `seq`, oldest first, in the form that the chat API sends."""
        values = {"conversation": conversation_id, "seq": seq, "most": limit}
        with reading(self._engine) as connection:
            return [_event(row) for row in connection.execute(_AFTER, values)]

    def before(self, conversation_id: str, seq: int | None, limit: int) -> Page:
        """Return the newest events before `seq`, or of all, oldest first; one can read on from there backwards."""
        wanted = _shown(conversation_id).order_by(chat_events.c.seq.desc())
        older = wanted if seq is None else wanted.where(chat_events.c.seq < seq)
        with reading(self._engine) as connection:
            rows = connection.execute(older.limit(limit + 1)).all()
            status = connection.execute(wanted.where(chat_events.c.type == "status").limit(1)).first()
        events = [_event(row) for row in reversed(rows[:limit])]
        return Page(events, len(rows) > limit, None if status is None else _event(status))

    def last_seqs(self, conversation_ids: Collection[str]) -> dict[str, int]:
        """Return the newest sequence number of each conversation: other processes write to the log too."""
        wanted = sa.select(conversations.c.id, conversations.c.last_seq)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.where(conversations.c.id.in_(list(conversation_ids)))).all()
        return {row.id: row.last_seq for row in rows}

    def say(self, conversation_id: str, type_: str, body: dict[str, Any], inbox_id: int | None = None) -> int:
        """Add an event of the gateway's own, with its buttons; return its number."""
        with writing(self._engine) as connection:
            allow(connection, conversation_id, body.get("buttons", ()))
            return append(connection, conversation_id, type_, body, inbox_id=inbox_id)

    def reply(self, conversation_id: str, type_: str, body: dict[str, Any]) -> int | None:
        """Add one answer of Rasa to the message in flight, with its buttons.

        Returns:
            Its number, or None where an earlier attempt has logged the same content there or further on already, or
            the gateway has said the very same: its notice and apology are also the bot's.

        Raises:
            NotFoundError: there is no such conversation.
        """
        with writing(self._engine) as connection:
            lock(connection, conversation_id)
            in_flight = connection.execute(_IN_FLIGHT, {"conversation": conversation_id}).first()
            if in_flight is None:
                allow(connection, conversation_id, buttons_of(body))
                return append(connection, conversation_id, type_, body)
            body = _with_its_message(body, in_flight.seq) if in_flight.seq else body | PROACTIVE
            connection.execute(_ANSWERED, {"message": in_flight.id})
            # Or further on: an earlier attempt may have said a notice first, which this one does not need.
            if any(
                (twin.type, twin.body) == (type_, body)
                for twin in _answers(connection, conversation_id, in_flight.id)
                if twin.ordinal is None or twin.ordinal >= in_flight.replies
            ):
                return None
            allow(connection, conversation_id, buttons_of(body))
            return append(connection, conversation_id, type_, body, inbox_id=in_flight.id, ordinal=in_flight.replies)

    def hint(self, conversation_id: str, inbox_id: int, body: dict[str, Any]) -> int | None:
        """Add the "one moment" notice, unless the message has got anything already or is done."""
        with writing(self._engine) as connection:
            lock(connection, conversation_id)
            if _is_done(connection, inbox_id) or _answers(connection, conversation_id, inbox_id):
                return None
            return append(connection, conversation_id, "notice", body, inbox_id=inbox_id)

    def is_owed(self, conversation_id: str, inbox_id: int, quiet_since: datetime | None = None) -> bool:
        """Tell whether a message still lacks an answer or an apology, in the sense of `apologise`."""
        with reading(self._engine) as connection:
            return _is_owed(connection, conversation_id, inbox_id, quiet_since)

    def apologise(
        self, conversation_id: str, inbox_id: int, body: dict[str, Any], quiet_since: datetime | None = None
    ) -> int | None:
        """Add the apology, once a message, unless the bot has answered; return its number.

        Args:
            quiet_since: only an answer after this time counts; without it, any.
        """
        with writing(self._engine) as connection:
            lock(connection, conversation_id)
            if not _is_owed(connection, conversation_id, inbox_id, quiet_since):
                return None
            allow(connection, conversation_id, body.get("buttons", ()))
            return append(connection, conversation_id, "bot", body, inbox_id=inbox_id)


def _shown(conversation_id: str) -> sa.sql.Select:
    shown = sa.select(chat_events.c.seq, chat_events.c.type, chat_events.c.at, chat_events.c.body)
    return shown.where(chat_events.c.conversation_id == conversation_id)


def _event(row: sa.engine.Row) -> dict[str, Any]:
    return {"seq": row.seq, "type": row.type, "at": _iso(row.at), **row.body}


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _answers(connection: sa.engine.Connection, conversation_id: str, inbox_id: int) -> list[sa.engine.Row]:
    return list(connection.execute(_ANSWERS, {"conversation": conversation_id, "message": inbox_id}))


def _is_done(connection: sa.engine.Connection, inbox_id: int) -> bool:
    # A message that is gone was deleted with its conversation: nothing is owed to it either.
    return connection.execute(_STATE, {"message": inbox_id}).scalar() in ("done", None)


def _is_owed(
    connection: sa.engine.Connection, conversation_id: str, inbox_id: int, quiet_since: datetime | None
) -> bool:
    spoken = (
        answer
        for answer in _answers(connection, conversation_id, inbox_id)
        if answer.type == "bot" and (answer.ordinal is None or quiet_since is None or answer.at > quiet_since)
    )
    return not _is_done(connection, inbox_id) and next(spoken, None) is None


def _with_its_message(body: dict[str, Any], seq: int) -> dict[str, Any]:
    """Return the body with "try again" buttons that name the message they repeat."""
    if not any(button["payload"] == TRY_AGAIN for button in body.get("buttons", ())):
        return body
    named = f'{TRY_AGAIN}{{"seq":{seq}}}'
    return body | {
        "buttons": [
            button | {"payload": named} if button["payload"] == TRY_AGAIN else button for button in body["buttons"]
        ]
    }
