"""Read what a first message already tells (a problem, its urgency, its topic) from word lists kept as data."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bridge.model.helpdesk import Priority

FOLDER = Path(__file__).parent / "words"


@lru_cache
def _lists(language: str) -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / f"{language}.yml").read_text(encoding="utf-8")))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.casefold().replace("\u2019", "'"))


def tells_a_problem(text: str, language: str = "en") -> bool:
    """Tell whether a message says what happened, and is not just the wish to report something."""
    filler = set(_lists(language)["request_words"])
    return len([word for word in _words(text) if word not in filler and not word.isdigit()]) >= 2


def priority_in(text: str, language: str = "en") -> Priority | None:
    """Return the priority that a text states, or None where it leaves that open."""
    for level in (Priority.LOW, Priority.URGENT, Priority.HIGH):  # "not urgent" has "urgent" in it
        if _has_any(text, _lists(language)["priority"][level.value]):
            return level
    return None


def is_about_an_order(text: str, language: str = "en") -> bool:
    """Tell whether a problem seems to be about something that was ordered."""
    return _has_any(text, _lists(language)["ordered"])


def topic_of(text: str, language: str = "en") -> str:
    """Return the topic that a text is about, or "" where no word tells."""
    for topic, phrases in _lists(language)["topics"].items():
        if _has_any(text, phrases):
            return str(topic)
    return ""


def _has_any(text: str, phrases: list[str]) -> bool:
    spoken = f" {' '.join(_words(text))} "
    return any(f" {phrase} " in spoken for phrase in phrases)


def search_words(text: str, language: str = "en") -> list[str]:
    """Return the words of a question that name a product or an option, plurals made single."""
    filler = set(_lists(language)["search_filler"])
    words = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", text.casefold())
    return [
        word.rstrip("s") if len(word) > 4 and not word.endswith("ss") else word for word in words if word not in filler
    ]
