"""Pass on of a card what a client can show, and no more than a log should hold: any action may send one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.words import LONGEST

_ITEMS, _FIELDS, _BUTTONS, _OTHERS = 10, 20, 5, 20
_CHARACTERS = 500
_LISTS = ("items", "fields", "buttons")
_ADDRESSES = ("image", "url")
"""Never cut: half an address is another one."""
_ADDRESS_CHARACTERS = 20_000
"""A small picture may come as data."""

Card = dict[str, Any]


def card_of(content: object, *, inside: bool = False) -> Card | None:
    """Return a card within its limits, the same one for the same content; None where nothing of it can be shown.

    Args:
        inside: it stands in a row of cards, and can hold none itself.
    """
    if not isinstance(content, Mapping):
        return None
    flat = {str(key): value for key, value in content.items() if key not in _LISTS and _is_plain(value)}
    card: Card = {key: _cut(value) for key, value in list(flat.items())[:_OTHERS] if key not in _ADDRESSES}
    card |= {key: flat[key] for key in _ADDRESSES if len(str(flat.get(key) or "")) in range(1, _ADDRESS_CHARACTERS)}
    lists = {
        "items": [] if inside else [card_of(item, inside=True) for item in _list(content, "items")[:_ITEMS]],
        "fields": [_texts(field, "label", "value") for field in _list(content, "fields")[:_FIELDS]],
        "buttons": [_button(button) for button in _list(content, "buttons")[:_BUTTONS]],
    }
    card |= {name: kept for name, found in lists.items() if (kept := [each for each in found if each])}
    return card or None


def _list(content: Mapping[str, Any], name: str) -> list[Any]:
    found = content.get(name)
    return found if isinstance(found, list) else []


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _texts(field: object, *names: str) -> dict[str, Any] | None:
    if not isinstance(field, Mapping) or not all(_is_plain(field.get(name)) for name in names):
        return None
    return {name: _cut(field[name]) for name in names}


def _button(button: object) -> dict[str, Any] | None:
    if not isinstance(button, Mapping) or not all(isinstance(button.get(key), str) for key in ("title", "payload")):
        return None
    # A payload that is too long to be sent back is a button that cannot be pressed.
    fits = button["title"] and button["payload"] and len(button["payload"]) <= LONGEST
    return {"title": _cut(button["title"]), "payload": button["payload"]} if fits else None


def _cut(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= _CHARACTERS:
        return value
    return value[: _CHARACTERS - 1] + "\u2026"
