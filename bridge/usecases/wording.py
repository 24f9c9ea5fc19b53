"""Read what a message tells by its words (a problem, its urgency, anger, doubt) from word lists kept as data."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bridge.model.helpdesk import Priority

FOLDER = Path(__file__).parent / "words"


@lru_cache
def word_lists(language: str) -> dict[str, Any]:
    """Return the word lists of a language."""
    return dict(yaml.safe_load((FOLDER / f"{language}.yml").read_text(encoding="utf-8")))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.casefold().replace("\u2019", "'"))


def tells_a_problem(text: str, language: str = "en") -> bool:
    """Tell whether a message says what happened, and is not just the wish to report something."""
    filler = set(word_lists(language)["request_words"])
    without_addresses = " ".join(word for word in text.split() if "@" not in word)
    telling = (word for word in _words(without_addresses) if not any(map(str.isdigit, word)))
    return len([word for word in telling if word not in filler]) >= 2


def tells_news(text: str, language: str = "en") -> bool:
    """Tell whether a message says what is to be added to a ticket, and is not just the wish to add something."""
    request = set(word_lists(language)["update_words"])
    return tells_a_problem(" ".join(word for word in _words(text) if word not in request), language)


def priority_in(text: str, language: str = "en") -> Priority | None:
    """Return the priority that a text states, or None where it leaves that open."""
    for level in (Priority.LOW, Priority.URGENT, Priority.HIGH):  # "not urgent" has "urgent" in it
        if has_any(text, word_lists(language)["priority"][level.value]):
            return level
    return None


def is_about_an_order(text: str, language: str = "en") -> bool:
    """Tell whether a problem seems to be about something that was ordered."""
    return has_any(text, word_lists(language)["ordered"])


def asks_where(text: str, language: str = "en") -> bool:
    """Tell whether a message asks where something is, and does not just name it."""
    return has_any(text, word_lists(language)["asks_where"])


def detail_in(text: str, language: str = "en") -> str | None:
    """Return which of their contact details somebody speaks of, or None where no word tells."""
    details = word_lists(language)["details"].items()
    return next((str(detail) for detail, phrases in details if has_any(text, phrases)), None)


def has_words(text: str) -> bool:
    """Tell whether a message says anything at all: "…" and "?!" do not."""
    return any(map(str.isalnum, text))


def asks_back(text: str, language: str = "en") -> bool:
    """Tell whether a message is shaped like a question."""
    words = _words(text)
    return text.rstrip().endswith("?") or (bool(words) and words[0] in word_lists(language)["question_words"])


def gives_nothing(text: str, language: str = "en") -> bool:
    """Tell whether a short message says only that its writer does not have or know what was asked for."""
    lists = word_lists(language)
    return len(_words(text)) <= lists["gives_nothing_up_to"] and has_any(text, lists["gives_nothing"])


def changes_mind(text: str, language: str = "en") -> bool:
    """Tell whether a message takes back what was going on."""
    return has_any(text, word_lists(language)["changes_mind"])


def asks_for_all(text: str, language: str = "en") -> bool:
    """Tell whether a message speaks of all that somebody has, and not of one."""
    return has_any(text, word_lists(language)["asks_for_all"])


def is_angry(text: str, language: str = "en") -> bool:
    """Tell whether a message swears or shouts."""
    lists = word_lists(language)
    letters = [letter for letter in text if letter.isalpha()]
    shouts = len(letters) >= lists["shouts_from"] and len(text.split()) > 1 and all(map(str.isupper, letters))
    return shouts or any(mark in text for mark in lists["angry_marks"]) or has_any(text, lists["swears"])


def beyond_yes_or_no(text: str, also: str = "", language: str = "en") -> str:
    """Return what a message adds to the yes or no that it begins with; "" for a plain one and any other message.

    Args:
        also: a list of words that add nothing to this question's yes or no.
    """
    lists = word_lists(language)
    plain = {*lists["answer_words"], *lists.get(also, ())}
    words = _words(text)
    if not words or words[0] not in lists["answers"] or all(word in plain for word in words):
        return ""
    rest = re.sub(
        r"^\W*(?:(?:" + "|".join(map(re.escape, lists["answers"])) + r")\b\W*)+", "", text, flags=re.IGNORECASE
    )
    return re.sub(r"^(?:but|and)\b\W*", "", rest, flags=re.IGNORECASE).strip()


def topic_of(text: str, language: str = "en") -> str:
    """Return the topic that a text is about, or "" where no word tells."""
    for topic, phrases in word_lists(language)["topics"].items():
        if has_any(text, phrases):
            return str(topic)
    return ""


def has_any(text: str, phrases: list[str]) -> bool:
    """Tell whether a text has one of these phrases, in whole words."""
    spoken = f" {' '.join(_words(text))} "
    return any(f" {' '.join(_words(phrase))} " in spoken for phrase in phrases)


def search_words(text: str, language: str = "en") -> list[str]:
    """Return the words of a question that name a product or an option."""
    filler = set(word_lists(language)["search_filler"])
    words = re.findall(r"[^\W_]+(?:-[^\W_]+)*", text.casefold())
    return [word for word in words if word not in filler]


def singular(word: str) -> str:
    """Return an English plural made single, near enough to find the product by."""
    if len(word) <= 3:
        return word
    return re.sub(r"(?:(?<=ss)|(?<=sh)|(?<=ch)|(?<=x))es$|(?<!s)s$", "", word)
