"""Messages that were not understood, with what was guessed, what was asked then, and what the person chose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bridge.storage.chat import chat_events, inbox
from bridge.storage.engine import reading, writing

FALLBACK = "nlu_fallback"
_INTENT = re.compile(r"/(\w+)")
_CHUNK = 500


@dataclass(frozen=True)
class Fallback:
    """Hold one message that was not understood.

    Attributes:
        text: as it was stored, so with cards, passwords and keys hidden.
        candidates: intent and confidence, the likeliest first.
        asked: what the person was told.
        offered: the intents of the buttons below it.
        chosen: the intent of the one that was pressed next; empty where something was typed instead.
    """

    at: datetime
    conversation_id: str
    message_id: str
    model_id: str
    text: str
    entities: tuple[Mapping[str, Any], ...]
    candidates: tuple[tuple[str, float], ...]
    asked: str = ""
    offered: tuple[str, ...] = field(default=())
    chosen: str = ""

    @property
    def meant(self) -> str:
        """Return the intent that the person confirmed: one that had been guessed. A way out confirms nothing."""
        return self.chosen if self.chosen in {name for name, _ in self.candidates} else ""


class Fallbacks:
    """Read them from the inbox and the log, where every message and every answer is kept anyway."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def read(self, since: datetime, conversation_id: str | None = None, limit: int = 50) -> list[Fallback]:
        """Return the newest ones, newest first."""
        wanted = _unclear().where(inbox.c.received_at >= since).order_by(inbox.c.id.desc()).limit(limit)
        if conversation_id is not None:
            wanted = wanted.where(inbox.c.conversation_id == conversation_id)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).mappings().all()
            asked = _asked(connection, [row["id"] for row in rows])
        return [_fallback(row, asked.get(row["id"], {})) for row in rows]

    def purge(self, before: datetime) -> int:
        """Forget what was guessed of messages before a time; return of how many. Their text is the conversation's."""
        forgotten = {"parse": sa.null(), "candidates": sa.null()}
        old = sa.and_(inbox.c.received_at < before, inbox.c.intent == FALLBACK, inbox.c.model_id.is_not(None))
        with writing(self._engine) as connection:
            return int(connection.execute(sa.update(inbox).where(old).values(**forgotten, model_id=None)).rowcount)


def _unclear() -> sa.sql.Select:
    later = inbox.alias("later")
    following = (
        sa.select(sa.func.min(later.c.id))
        .where(later.c.conversation_id == inbox.c.conversation_id, later.c.id > inbox.c.id, later.c.kind != "system")
        .scalar_subquery()
    )
    answer = inbox.alias("answer")
    return (
        sa.select(inbox, answer.c.kind.label("answer_kind"), answer.c.body.label("answer_body"))
        .select_from(inbox.outerjoin(answer, answer.c.id == following))
        .where(inbox.c.intent == FALLBACK, inbox.c.kind.in_(("text", "wish")), inbox.c.model_id.is_not(None))
    )


def _asked(connection: sa.engine.Connection, ids: list[int]) -> dict[int, dict[str, Any]]:
    """Return the first answer of the bot to each message."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(ids), _CHUNK):
        wanted = sa.select(chat_events.c.inbox_id, chat_events.c.body).where(
            chat_events.c.inbox_id.in_(ids[start : start + _CHUNK]), chat_events.c.type == "bot"
        )
        for row in connection.execute(wanted.order_by(chat_events.c.seq)):
            found.setdefault(row.inbox_id, row.body)
    return found


def _fallback(row: Mapping[str, Any], asked: Mapping[str, Any]) -> Fallback:
    payloads = [button["payload"] for button in asked.get("buttons") or []]
    pressed = row["answer_body"] if row["answer_kind"] == "payload" and row["answer_body"] in payloads else ""
    return Fallback(
        at=row["received_at"],
        conversation_id=row["conversation_id"],
        message_id=row["message_id"],
        model_id=row["model_id"],
        text=row["body"],
        entities=tuple((row["parse"] or {}).get("entities") or ()),
        candidates=tuple(
            (each["name"], each["confidence"]) for each in row["candidates"] or () if each["name"] != FALLBACK
        ),
        asked=str(asked.get("text") or ""),
        offered=tuple(_intents(payloads)),
        chosen=next(_intents([pressed]), ""),
    )


def _intents(payloads: Iterable[str]) -> Any:
    return (match[1] for match in map(_INTENT.match, payloads) if match)
