"""Write a stretch of a conversation down for the CRM: a few short lines, by rules.

Words come from the label file. What is woven in (numbers of records, names of colleagues) is masked once more: e-mail
addresses, cards, secrets, and whatever has so many digits that it may be a phone number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from babel import Locale

from bridge.formatting.masking import mask
from bridge.model.crm import Interaction
from bridge.summaries.stretch import Stretch

LABELS = Path(__file__).parent / "labels"
HIDDEN = "***"
LONGEST_READ, LONGEST_VALUE = 200, 40
MOST = 6
"""Of a kind; what comes beyond is counted."""
_ADDRESS = re.compile(r"\S*[@\uff20]\S*")
_LONG_NUMBER = re.compile(r"[+(]*\d(?:[\W_]{0,3}\d){8,}")
"""Nine digits or more, however they are grouped."""
_TIME = "%Y-%m-%d %H:%M"
_UNCLEAR = ("nlu_fallback", "out_of_scope")


@lru_cache
def _labels(language: str) -> dict[str, Any]:
    labels: dict[str, Any] = yaml.safe_load((LABELS / f"{language}.yml").read_text(encoding="utf-8"))
    by_response = {response: (done["say"], done["leaves"]) for done in labels["done"] for response in done["told"]}
    return {**labels, "by_response": by_response}


class Writer:
    """Write in the language of a locale, with the times of a zone."""

    def __init__(self, locale: str, timezone: str) -> None:
        self._locale = Locale.parse(locale)
        self._zone = ZoneInfo(timezone)
        self._labels = _labels(self._locale.language)

    def write(self, stretch: Stretch) -> Interaction:
        """Return the note on a stretch."""
        asked = self._asked(stretch)
        done = [self._done(response, values) for response, values in stretch.outcomes if self._tells(response)]
        whose = "verified" if stretch.verified else "shown"
        parts = {
            "asked": self._listed(asked),
            "done": self._listed(done),
            "outcome": self._outcome(stretch),
            "ratings": self._listed([str(rating) for rating in stretch.ratings]),
            "conversation": stretch.conversation_id,
        }
        lines = self._labels["lines"]
        told = [str(lines[name]).format(what=what) for name, what in parts.items() if what]
        subject = self._labels["subject"][whose].format(about=asked[0] if asked else self._labels["about_nothing"])
        return Interaction(
            subject, "\n".join([self._when(stretch), self._labels["whose"][whose], *told]), stretch.ended
        )

    def _when(self, stretch: Stretch) -> str:
        began, ended = (at.astimezone(self._zone) for at in (stretch.began, stretch.ended))
        return str(self._labels["lines"]["when"]).format(
            began=began.strftime(_TIME),
            ended=ended.strftime(_TIME),
            zone=self._zone.key,
            minutes=self._plural("minutes", max(1, round((ended - began).total_seconds() / 60))),
            messages=self._plural("messages", stretch.messages),
        )

    def _asked(self, stretch: Stretch) -> list[str]:
        known = self._labels["asked"]
        return _once(str(known[intent]) for intent in stretch.intents if intent in known)

    def _tells(self, response: str) -> bool:
        return response in self._labels["by_response"]

    def _done(self, response: str, values: dict[str, str]) -> str:
        said, _ = self._labels["by_response"][response]
        return str(said).format(order=_masked(values.get("order", "")), ticket=_masked(values.get("ticket", "")))

    def _outcome(self, stretch: Stretch) -> str:
        """Say how the matter was left: what people did counts before what was done, a promise before an answer."""
        words = self._labels["outcomes"]
        if names := _once(_masked(name) or self._labels["colleague"] for name in stretch.agents if name):
            return str(words["handed"]).format(who=self._listed(names))
        if stretch.agents:
            return str(words["unmet"])
        by_response = self._labels["by_response"]
        left = [by_response[response][1] for response, _ in stretch.outcomes if self._tells(response)]
        if "waiting" in left:
            return str(words["waiting"])
        if left:
            return str(words[left[-1]])
        return str(words["open" if stretch.intents[-1:] and stretch.intents[-1] in _UNCLEAR else "answered"])

    def _listed(self, parts: Sequence[str]) -> str:
        told = _once(parts)
        rest = [self._labels["more"].format(count=len(told) - MOST)] if len(told) > MOST else []
        return ", ".join([*told[:MOST], *rest])

    def _plural(self, label: str, count: int) -> str:
        forms = self._labels[label]
        return str(forms.get(self._locale.plural_form(count), forms["other"]).format(count=count))


def _once(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(parts))


def _masked(value: str) -> str:
    """Return a value as it may stand in a note: one short line without anything that leads to a person."""
    if len(value) > LONGEST_READ:
        return HIDDEN  # no number and no name is as long
    line = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    for private in (_ADDRESS, _LONG_NUMBER):
        line = private.sub(HIDDEN, line)
    return mask(line, HIDDEN)[:LONGEST_VALUE]
