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
    without_addresses = " ".join(word for word in text.split() if "@" not in word)
    telling = (word for word in _words(without_addresses) if not any(map(str.isdigit, word)))
    return len([word for word in telling if word not in filler]) >= 2


def priority_in(text: str, language: str = "en") -> Priority | None:
    """Return the priority that a text states, or None where it leaves that open."""
    for level in (Priority.LOW, Priority.URGENT, Priority.HIGH):  # "not urgent" has "urgent" in it
        if _has_any(text, _lists(language)["priority"][level.value]):
            return level
    return None


def is_about_an_order(text: str, language: str = "en") -> bool:
    """Tell whether a problem seems to be about something that was ordered."""
    return _has_any(text, _lists(language)["ordered"])


def asks_where(text: str, language: str = "en") -> bool:
    """Tell whether a message asks where something is, and does not just name it."""
    return _has_any(text, _lists(language)["asks_where"])


def topic_of(text: str, language: str = "en") -> str:
    """Return the topic that a text is about, or "" where no word tells."""
    for topic, phrases in _lists(language)["topics"].items():
        if _has_any(text, phrases):
            return str(topic)
    return ""


def _has_any(text: str, phrases: list[str]) -> bool:
    spoken = f" {' '.join(_words(text))} "
    return any(f" {' '.join(_words(phrase))} " in spoken for phrase in phrases)


def search_words(text: str, language: str = "en") -> list[str]:
    """Return the words of a question that name a product or an option."""
    filler = set(_lists(language)["search_filler"])
    words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", text.casefold())
    return [word for word in words if word not in filler]


def singular(word: str) -> str:
    """Return an English plural made single, near enough to find the product by."""
    if len(word) <= 3:
        return word
    return re.sub(r"(?:(?<=ss)|(?<=sh)|(?<=ch)|(?<=x))es$|(?<!s)s$", "", word)
