"""Recognise what the bot says by the responses of domain.yml, so that a new wording breaks nothing here."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]

APOLOGIES = (
    "utter_dialog_backend_unavailable",
    "utter_dialog_backend_unavailable_contact",
    "utter_dialog_outcome_unknown",
    "utter_dialog_outcome_unknown_contact",
)


class Said(NamedTuple):
    """Name a response, and what stood in its placeholders."""

    response: str
    values: dict[str, str]


NOTHING = Said("", {})


def recognise(text: str) -> Said:
    """Return which response a text is; `NOTHING` where it is none."""
    for name, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return Said(name, found.groupdict())
    return NOTHING


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    texts = [(name, each["text"]) for name, given in domain["responses"].items() for each in given if "text" in each]
    # The most literal first: a response with placeholders must not swallow one without.
    texts.sort(key=lambda pair: len(re.sub(r"\{\w+\}", "", pair[1])), reverse=True)
    return [(name, _pattern(text)) for name, text in texts]


def _pattern(text: str) -> re.Pattern[str]:
    seen: set[str] = set()
    written = ""
    for literal, name in re.findall(r"([^{]*)(?:\{(\w+)\})?", text):
        written += re.escape(literal)
        if name in seen:
            written += f"(?P={name})"
        elif name:
            seen.add(name)
            written += f"(?P<{name}>.*?)"
    return re.compile(written, re.DOTALL)
