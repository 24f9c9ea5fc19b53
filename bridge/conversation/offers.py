"""The payloads a conversation was offered as buttons: the only ones it may send back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bridge.storage.chat import offers
from bridge.storage.engine import reading, writing
from bridge.storage.types import utc_now


def allow(connection: sa.engine.Connection, conversation_id: str, buttons: Iterable[Mapping[str, Any]]) -> None:
    """Enter the buttons of a message inside the caller's write transaction; a known payload gets the newer title."""
    for button in buttons:
        values = {"title": str(button["title"])[:200], "at": utc_now()}
        known = _is_offer(conversation_id, str(button["payload"]))
        if connection.execute(sa.update(offers).where(known).values(values)).rowcount == 0:
            key = {"conversation_id": conversation_id, "payload_hash": _hash(str(button["payload"]))}
            connection.execute(sa.insert(offers).values(key | values))


def buttons_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return every button that a message shows: its own, its card's, and those of the cards in a row of cards."""
    card = body.get("card")
    found = list(body.get("buttons") or ())
    if isinstance(card, Mapping):
        items = card.get("items")
        for each in (card, *(items if isinstance(items, list) else ())):
            shown = each.get("buttons") if isinstance(each, Mapping) else None
            found += [one for one in (shown if isinstance(shown, list) else ()) if _is_button(one)]
    return found


def _is_button(one: Any) -> bool:
    return isinstance(one, Mapping) and all(isinstance(one.get(key), str) for key in ("title", "payload"))


def title_of(connection: sa.engine.Connection, conversation_id: str, payload: str) -> str | None:
    """Return what the button said, or None if this conversation was never offered it."""
    title = connection.execute(sa.select(offers.c.title).where(_is_offer(conversation_id, payload))).scalar()
    return None if title is None else str(title)


def withdraw(connection: sa.engine.Connection, conversation_id: str, payload: str) -> None:
    """Take a payload off the list: pressing its button again is refused."""
    connection.execute(sa.delete(offers).where(_is_offer(conversation_id, payload)))


class Offers:
    """Ask and change the list outside of other transactions."""

    def __init__(self, engine: sa.engine.Engine) -> None:
        self._engine = engine

    def allow(self, conversation_id: str, buttons: Iterable[Mapping[str, Any]]) -> None:
        """Enter buttons that were shown."""
        with writing(self._engine) as connection:
            allow(connection, conversation_id, buttons)

    def title(self, conversation_id: str, payload: str) -> str | None:
        """Return what the button said, or None if this conversation was never offered it."""
        with reading(self._engine) as connection:
            return title_of(connection, conversation_id, payload)


def _is_offer(conversation_id: str, payload: str) -> sa.sql.ColumnElement:
    return sa.and_(offers.c.conversation_id == conversation_id, offers.c.payload_hash == _hash(payload))


def _hash(payload: str) -> str:
    return hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()
