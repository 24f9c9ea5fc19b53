"""The inbox: every user message, stored before it is acknowledged, in the order in which it will be answered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.conversation.claims import worked_on
from bridge.conversation.log import append, lock
from bridge.conversation.news import ring
from bridge.conversation.offers import title_of
from bridge.conversation.turns import VERIFIED_FOR
from bridge.errors import InvalidError, NotFoundError
from bridge.model.identity import Level
from bridge.storage.chat import chat_events, conversations, inbox
from bridge.storage.engine import reading, writing
from bridge.storage.types import utc_now
from bridge.tracing import carrier

SYSTEM = "system"
"""The kind of a message that nobody typed: it lets Rasa tell a late result."""
OVER = "over"
"""The kind of a message that nobody typed: a person of the team has given the conversation back to the bot."""
AGAIN = "again"
"""The kind of a "try again" for a message (its number is the body) that is still worked on: see `decide`."""

# What every message asks is made here, once: making a statement costs five times what asking it does.
_CONVERSATION, _MESSAGE = sa.bindparam("conversation"), sa.bindparam("message")
_MINE = inbox.c.conversation_id == _CONVERSATION
_KNOWN = sa.select(inbox.c.seq).where(_MINE, inbox.c.message_id == _MESSAGE)
_ADD = sa.insert(inbox)
_OPEN = (
    sa.select(inbox, conversations.c.mode)
    .join(conversations, conversations.c.id == inbox.c.conversation_id)
    .where(_MINE, inbox.c.state.in_(("queued", "dispatched")))
    .order_by(inbox.c.id)
)
_OLDEST = _OPEN.limit(1)
_WAITING = _OPEN.where(inbox.c.state == "queued", inbox.c.kind.not_in((SYSTEM, OVER, AGAIN)))
_BEFORE = sa.select(sa.func.max(inbox.c.finished_at)).where(_MINE, inbox.c.id < _MESSAGE)
_CLAIM = (
    sa.update(inbox)
    .where(inbox.c.id == _MESSAGE)
    .values(state="dispatched", dispatched_at=sa.bindparam("now"), attempts=inbox.c.attempts + 1, replies=0)
)
_CLAIM_TRACED = _CLAIM.values(trace=sa.bindparam("carrier"))
_CLOSE = sa.update(inbox).where(inbox.c.id == _MESSAGE)


@dataclass(frozen=True)
class Receipt:
    """Say under which number a message was logged, and whether this was its first arrival."""

    seq: int
    fresh: bool
    id: int = field(default=0, compare=False)
    """The row of a message that is stored now."""


@dataclass(frozen=True)
class Message:
    """Hold one message on its way."""

    id: int
    conversation_id: str
    seq: int
    kind: str
    body: str
    attempts: int
    mode: str
    """Who answers this conversation now."""
    received_at: datetime
    not_before: datetime
    """No turn of this message can be older: it had come, and the message before it was done."""
    trace: str = ""
    """Where its trace goes on."""


class Inbox:
    """Take messages in, hand them out one at a time, and keep what became of them."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def receive_text(
        self, conversation_id: str, message_id: str, text: str, remark: dict[str, Any] | None = None
    ) -> Receipt:
        """Store a typed message and its event; the same id again stores nothing.

        Args:
            remark: the body of a notice about the message itself, logged right behind it. It answers nothing, so
                whoever waits for an answer is still owed one.

        Raises:
            NotFoundError: there is no such conversation.
        """
        with writing(self._engine) as connection:
            if known := _begin(connection, conversation_id, message_id):
                return known
            receipt = _store(connection, conversation_id, message_id, "text", text, shown=text)
            if remark is not None:
                append(connection, conversation_id, "notice", remark)
            return receipt

    def receive_payload(self, conversation_id: str, message_id: str, payload: str) -> Receipt:
        """Store a pressed button; its title is what the log shows.

        Raises:
            NotFoundError: there is no such conversation.
            InvalidError: this conversation was not offered that button.
        """
        with writing(self._engine) as connection:
            if known := _begin(connection, conversation_id, message_id):
                return known
            title = _offered(connection, conversation_id, payload)
            return _store(connection, conversation_id, message_id, "payload", payload, shown=title)

    def receive_again(
        self, conversation_id: str, message_id: str, payload: str, seq: int, still_trying: dict[str, Any]
    ) -> Receipt:
        """Store "try again" as a new message with the body of the one that was logged as `seq`.

        While that one is still on its way, repeating it could do the same thing twice: the person is told so, and
        what comes of it decides (`decide`).

        Args:
            payload: the button that was pressed; it must have been offered.
            still_trying: the body of the notice that says so.
        """
        with writing(self._engine) as connection:
            if known := _begin(connection, conversation_id, message_id):
                return known
            title = _offered(connection, conversation_id, payload)
            first = connection.execute(
                sa.select(inbox.c.kind, inbox.c.body, inbox.c.state).where(
                    inbox.c.conversation_id == conversation_id, inbox.c.seq == seq
                )
            ).first()
            if first is not None and first.state == "done":
                return _store(connection, conversation_id, message_id, first.kind, first.body, shown=title)
            receipt = _store(connection, conversation_id, message_id, AGAIN, str(seq), shown=title)
            append(connection, conversation_id, "notice", still_trying)
            return receipt

    def decide(self, id_: int) -> None:
        """Close a "try again" whose message was answered since, or turn it into that message once more.

        Its message is over by now, and may have ended without another word: an apology can come before its turn ends.
        """
        with writing(self._engine) as connection:
            pressed = connection.execute(sa.select(inbox).where(inbox.c.id == id_)).one()
            lock(connection, pressed.conversation_id)
            mine = inbox.c.conversation_id == pressed.conversation_id
            first = pressed
            while first is not None and first.kind == AGAIN:
                first = connection.execute(sa.select(inbox).where(mine, inbox.c.seq == int(first.body))).first()
            over = {"state": "done", "finished_at": utc_now()}
            if first is None or _answered_since(connection, first.id, pressed.seq):
                connection.execute(sa.update(inbox).where(inbox.c.id == id_).values(**over))
                return
            # Pressed twice, it is meant once.
            same = (mine, inbox.c.kind == AGAIN, inbox.c.body == pressed.body, inbox.c.id > id_)
            connection.execute(sa.update(inbox).where(*same).values(**over))
            connection.execute(sa.update(inbox).where(inbox.c.id == id_).values(kind=first.kind, body=first.body))

    def oldest(self, conversation_id: str) -> Message | None:
        """Return the message whose turn it is, new or left over from a crash; None when all are done."""
        with reading(self._engine) as connection:
            row = connection.execute(_OLDEST, {"conversation": conversation_id}).mappings().first()
            return None if row is None else _message(connection, row)

    def waiting(self, conversation_id: str) -> list[Message]:
        """Return the messages of people that nobody has picked up, oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(_WAITING, {"conversation": conversation_id}).mappings().all()
            return [_message(connection, row) for row in rows]

    def open_conversations(self) -> list[str]:
        """Return the conversations that have messages on their way and no gateway that works on them."""
        open_ = sa.select(inbox.c.conversation_id).where(inbox.c.state.in_(("queued", "dispatched")))
        open_ = open_.group_by(inbox.c.conversation_id).order_by(sa.func.min(inbox.c.id))
        with reading(self._engine) as connection:
            wanted = open_.where(inbox.c.conversation_id.not_in(worked_on(connection)))
            return [row.conversation_id for row in connection.execute(wanted)]

    def depth(self) -> int:
        """Return how many messages wait or are in flight."""
        wanted = sa.select(sa.func.count()).where(inbox.c.state.in_(("queued", "dispatched")))
        with reading(self._engine) as connection:
            return int(connection.execute(wanted).scalar_one())

    def replies(self, id_: int) -> int:
        """Return how many answers the present attempt has given."""
        with reading(self._engine) as connection:
            return int(connection.execute(sa.select(inbox.c.replies).where(inbox.c.id == id_)).scalar() or 0)

    def claim(self, id_: int) -> None:
        """Mark a message as in flight from now: a crash after this leaves a row that says so.

        Raises:
            NotFoundError: its conversation was deleted; Rasa must not hear of it again.
        """
        traced = {"carrier": carrier()} if carrier() else {}
        with writing(self._engine) as connection:
            claim = _CLAIM_TRACED if traced else _CLAIM
            if not connection.execute(claim, {"message": id_, "now": utc_now(), **traced}).rowcount:
                raise NotFoundError(f"message {id_}")

    def recount(self, id_: int) -> None:
        """Mark a message as in flight again only to compare its answers from the first on."""
        self._change(id_, state="dispatched", replies=0)

    def release(self, id_: int) -> None:
        """Put a message back into the queue: nobody works on it now."""
        self._change(id_, state="queued")

    def finish(self, id_: int) -> None:
        """Close a message of which nothing is known but that it is over."""
        with writing(self._engine) as connection:
            close(connection, id_)

    def _change(self, id_: int, **values: Any) -> None:
        with writing(self._engine) as connection:
            if not connection.execute(sa.update(inbox).where(inbox.c.id == id_).values(**values)).rowcount:
                raise NotFoundError(f"message {id_}")


def close(connection: sa.engine.Connection, id_: int, understood: Mapping[str, Any] | None = None) -> None:
    """Close a message inside the caller's transaction, with what Rasa understood (model_id, intent, parse, ...)."""
    values = {"state": "done", "finished_at": utc_now(), **(understood or {})}
    connection.execute(_CLOSE, {"message": id_, **values})


def queue_unasked(
    connection: sa.engine.Connection, conversation_id: str, kind: str, body: str = "", trace: str = ""
) -> None:
    """Put a message that nobody typed into the inbox; it waits for its turn like any other."""
    connection.execute(
        sa.insert(inbox).values(
            conversation_id=conversation_id,
            message_id=str(uuid.uuid4()),
            seq=0,
            kind=kind,
            body=body,
            state="queued",
            received_at=utc_now(),
            trace=trace,
        )
    )
    ring(connection, conversation_id, 0)


def _begin(connection: sa.engine.Connection, conversation_id: str, message_id: str) -> Receipt | None:
    """Lock the conversation and return the receipt of a message that is here already."""
    row = lock(connection, conversation_id)
    seq = connection.execute(_KNOWN, {"conversation": conversation_id, "message": message_id}).scalar()
    if seq is not None:
        return Receipt(int(seq), fresh=False)
    seen = row["identity_seen_at"]
    if row["identity_level"] == Level.VERIFIED.value and seen is not None and utc_now() - seen <= VERIFIED_FOR:
        # Only idle minutes count against a proven identity; once it has lapsed, a message does not bring it back.
        connection.execute(
            sa.update(conversations).where(conversations.c.id == conversation_id).values(identity_seen_at=utc_now())
        )
    return None


def _offered(connection: sa.engine.Connection, conversation_id: str, payload: str) -> str:
    title = title_of(connection, conversation_id, payload)
    if title is None:
        raise InvalidError("payload", "was not offered to this conversation")
    return title


def _answered_since(connection: sa.engine.Connection, inbox_id: int, pressed: int) -> bool:
    """Tell whether a message got an answer of the bot's after a number of the log."""
    wanted = sa.select(chat_events.c.seq).where(
        chat_events.c.inbox_id == inbox_id,
        chat_events.c.seq > pressed,
        chat_events.c.type == "bot",
        chat_events.c.ordinal.is_not(None),
    )
    return connection.execute(wanted.limit(1)).first() is not None


def _store(
    connection: sa.engine.Connection,
    conversation_id: str,
    message_id: str,
    kind: str,
    body: str,
    *,
    shown: str,
) -> Receipt:
    seq = append(connection, conversation_id, "user", {"id": message_id, "text": shown})
    content = {"message_id": message_id, "seq": seq, "kind": kind, "body": body, "trace": carrier()}
    waiting = {"conversation_id": conversation_id, "state": "queued", "received_at": utc_now()}
    stored = connection.execute(_ADD, {**content, **waiting})
    return Receipt(seq, fresh=True, id=stored.inserted_primary_key[0])


def _message(connection: sa.engine.Connection, row: sa.engine.RowMapping) -> Message:
    place = {"conversation": row["conversation_id"], "message": row["id"]}
    before = connection.execute(_BEFORE, place).scalar()
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        kind=row["kind"],
        body=row["body"],
        attempts=row["attempts"],
        mode=row["mode"],
        received_at=row["received_at"],
        not_before=max(row["received_at"], before or row["received_at"]),
        trace=row["trace"],
    )
