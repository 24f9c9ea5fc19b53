"""Read Rasa's words: bot messages as its callback channel posts them, and the turns in its stored tracker."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.conversation.log import SLOW
from gateway.chat.cards import card_of

OWN = "frontdesk"
"""Marks, in a tracker event's metadata, what the gateway itself said."""

END_FORM = ({"event": "active_loop", "name": None}, {"event": "slot", "name": "requested_slot", "value": None})
"""Tracker events after which no question is open; no harm where none was."""

_CANDIDATES = 5


@dataclass(frozen=True)
class StoredTurn:
    """Hold what Rasa saved of one user message."""

    understood: dict[str, Any]
    messages: list[dict[str, Any]]
    """Its answers, in the form of callbacks."""
    wish: str = ""
    """What the message asks besides, and this turn has not answered."""
    asks: bool = False
    """A form has asked something, and waits for the answer."""


def bot_event(message: Mapping[str, Any], notice: str) -> tuple[str, dict[str, Any]]:
    """Return type and body of the log's event for one bot message.

    Args:
        notice: the text of the "one moment" notice; an action that says it reports progress, not an outcome.
    """
    text = str(message.get("text") or "")
    if text == notice:
        return "notice", {"text": text, **SLOW}
    custom = message.get("custom")
    card = card_of(custom.get("card")) if isinstance(custom, Mapping) else None
    body = {
        "text": text,
        "buttons": [_button(button) for button in message.get("buttons") or () if _is_button(button)],
        "card": card,
        "image": message.get("image"),
    }
    if message.get("attachment"):
        body["attachment"] = message["attachment"]
    if custom and not (isinstance(custom, Mapping) and "card" in custom):
        body["custom"] = custom
    return "bot", body


def shows_nothing(body: Mapping[str, Any]) -> bool:
    """Tell whether a bot event has nothing to show: a card that was none is no answer."""
    return not any(body.values())


def own_event(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tracker event that records what the gateway said."""
    data = {"buttons": list(body.get("buttons") or ())}
    return {"event": "bot", "text": body["text"], "data": data, "metadata": {OWN: True}}


def find_turn(events: Sequence[Mapping[str, Any]], text: str, not_before: float) -> StoredTurn | None:
    """Return the saved turn of a user message, or None if Rasa did not save it.

    Args:
        events: a whole tracker, oldest first.
        not_before: Unix time before which the message cannot have been delivered.
    """
    for place in reversed(range(len(events))):
        event = events[place]
        if event.get("event") == "user" and event.get("text") == text and event.get("timestamp", 0) >= not_before:
            later = list(itertools.takewhile(lambda each: each.get("event") != "user", events[place + 1 :]))
            return StoredTurn(_understood(event), list(_answers(later)), _second_wish(event, later), _asks(events))
    return None


def _second_wish(event: Mapping[str, Any], later: Sequence[Mapping[str, Any]]) -> str:
    """Return the wish that the classifier set aside, unless the message was written down as a whole."""
    aside = (event.get("parse_data") or {}).get("next_wish") or {}
    whole = str(event.get("text") or "").strip()
    taken = any(each.get("event") == "slot" and each.get("value") == whole for each in later)
    return "" if taken else str(aside.get("text") or "")


def _asks(events: Sequence[Mapping[str, Any]]) -> bool:
    for event in reversed(events):
        if event.get("event") in ("session_started", "restart"):
            return False
        if event.get("event") == "active_loop":
            return bool(event.get("name"))
    return False


def _understood(event: Mapping[str, Any]) -> dict[str, Any]:
    parse = event.get("parse_data") or {}
    intent = parse.get("intent") or {}
    name = intent.get("name")
    ranking = parse.get("intent_ranking") or []
    entities = [
        {key: entity.get(key) for key in ("entity", "value", "start", "end")} for entity in parse.get("entities") or []
    ]
    return {
        "model_id": (event.get("metadata") or {}).get("model_id"),
        "intent": None if name is None else str(name)[:64],
        "parse": {
            "intent": {"name": name, "confidence": intent.get("confidence")},
            "entities": entities,
            **({"next_wish": parse["next_wish"]} if parse.get("next_wish") else {}),
        },
        "candidates": [
            {"name": each.get("name"), "confidence": each.get("confidence")} for each in ranking[:_CANDIDATES]
        ],
    }


def _answers(events: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for event in events:
        if event.get("event") == "bot" and not (event.get("metadata") or {}).get(OWN):
            yield from _as_callbacks(event)


def _as_callbacks(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Split a bot event as Rasa's collecting channel does."""
    data = event.get("data") or {}
    text = event.get("text")
    buttons = data.get("quick_replies") or data.get("buttons")
    if buttons:
        yield {"text": text, "buttons": buttons}
    elif text:
        for part in text.strip().split("\n\n"):
            yield {"text": part}
    if data.get("custom"):
        yield {"custom": data["custom"]}
    if data.get("image"):
        yield {"image": data["image"]}
    # Rasa sets the attachment to the image as well, and sends it once.
    if data.get("attachment") and data["attachment"] != data.get("image"):
        yield {"attachment": data["attachment"]}
    for element in data.get("elements") or ():
        title = f"{element.get('title', '')} : {element.get('subtitle', '')}"
        yield {"text": title, "buttons": element.get("buttons", [])}


def _is_button(button: object) -> bool:
    return isinstance(button, Mapping) and bool(button.get("title")) and bool(button.get("payload"))


def _button(button: Mapping[str, Any]) -> dict[str, str]:
    return {"title": str(button["title"]), "payload": str(button["payload"])}
