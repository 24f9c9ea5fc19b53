"""What the gateway says to people, read from labels/<language>.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import yaml

from bridge.conversation.surveys import Survey
from bridge.model.outcome import Outcome

LABELS = Path(__file__).parent / "labels"

TRY_AGAIN = re.compile(r'/try_again\{"seq":(\d{1,15})\}')
RETURN_TO_BOT = "/return_to_bot"
TALK_TO_HUMAN = "/talk_to_human"
_SHOWN = 120
"""Characters of a person's own words that are said back."""


@dataclass(frozen=True)
class Texts:
    """Hold one label file and shape its texts into events."""

    hidden: str
    hidden_remark: str
    notice: str
    apology: Mapping[str, str]
    still_trying: str
    wishes: Mapping[str, str]
    handoff: Mapping[str, Any]
    survey: Mapping[str, Any]
    erased: Mapping[str, str]
    files: Mapping[str, str]
    errors: Mapping[str, str]

    def apology_for(self, seq: int) -> dict[str, Any]:
        """Return the body of the apology for the message that was logged as `seq`, with its two ways on."""
        return bot_body(
            self.apology["text"],
            [
                {"title": self.apology["again"], "payload": f'/try_again{{"seq":{seq}}}'},
                {"title": self.apology["person"], "payload": TALK_TO_HUMAN},
            ],
        )

    def about_wish(self, when: str, wish: str) -> dict[str, Any]:
        """Return the body that says when a second wish is answered: `now` or `later`."""
        return bot_body(self.wishes[when].format(wish=shorten(wish, _SHOWN, placeholder="\u2026")))

    def how_to_return(self) -> dict[str, Any]:
        """Return the body that tells a waiting person how to get the bot back."""
        button = {"title": self.handoff["return_button"], "payload": RETURN_TO_BOT}
        return bot_body(self.handoff["how_to_return"], [button])

    def handed_over(self, outcome: Outcome) -> dict[str, Any] | None:
        """Return the body that tells of a handoff which the gateway opened; None where none was opened."""
        text = self.handoff["asked"].get(outcome.response)
        return None if text is None else bot_body(text.format(**outcome.values))

    def how_it_was(self, survey: Survey) -> dict[str, Any]:
        """Return the body that asks how somebody was helped; each button names the question that it answers."""
        buttons = [
            {"title": title, "payload": f'/give_feedback{{"rating": {rating}, "survey": {survey.id}}}'}
            for rating, title in self.survey["ratings"].items()
        ]
        return bot_body(self.survey[survey.kind].format(subject=survey.subject), buttons)

    def asks_for_bot(self, text: str) -> bool:
        """Tell whether a typed message is one of the phrases that bring the bot back."""
        words = re.findall(r"\w+", text.casefold())
        while words and words[0] in self.handoff["return_fillers"]:
            words.pop(0)
        return " ".join(words) in self.handoff["return_phrases"]


def bot_body(text: str, buttons: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """Return the body of a bot event; the four fields are always there."""
    return {"text": text, "buttons": buttons or [], "card": None, "image": None}


def load_texts(locale: str) -> Texts:
    """Return the labels of a locale's language, or the English ones."""
    path = LABELS / f"{re.split('[-_]', locale)[0].lower()}.yml"
    if not path.is_file():
        path = LABELS / "en.yml"
    return Texts(**yaml.safe_load(path.read_text(encoding="utf-8")))
