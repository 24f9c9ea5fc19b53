"""Write down a conversation for the person who takes it over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil
from typing import Any

import sqlalchemy as sa

from bridge.storage.chat import chat_events
from bridge.storage.engine import reading

_ADDRESS = re.compile(r"(https?://[^/\s]+)/[^\s)]+", re.IGNORECASE)
LONGEST = 200
"""Events at most: the newest ones; an agent reads no more."""


def transcript(engine: sa.engine.Engine, conversation_id: str) -> str:
    """Return the newest part of a conversation, one line an event, oldest first; it was masked before it was stored."""
    newest = (
        sa.select(chat_events.c.type, chat_events.c.at, chat_events.c.body)
        .where(chat_events.c.conversation_id == conversation_id, chat_events.c.type.in_(("user", "bot", "agent")))
        .order_by(chat_events.c.seq.desc())
        .limit(LONGEST)
    )
    with reading(engine) as connection:
        rows = connection.execute(newest).all()
    return "\n".join(f"{row.at:%Y-%m-%d %H:%M} {row.type}: {_said(row.type, row.body)}" for row in reversed(rows))


def _said(who: str, body: Mapping[str, Any]) -> str:
    """Return what an event says; of an address that we told, only its host: the rest may open that person's cart."""
    sent = body.get("file")
    if sent:
        return f"[file] {_inset(sent['name'])} ({sent['type']}, {ceil(sent['size'] / 1024)} KB, {sent['id']})"
    text = _inset(body.get("text"))
    return _ADDRESS.sub("\\1/\u2026", text) if who == "bot" else text


def _inset(text: str | None) -> str:
    """Set further lines in, so that nobody can write one that looks like another speaker's."""
    return "\n    ".join((text or "").splitlines())
