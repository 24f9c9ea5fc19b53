"""Read the training data and the hold-outs as plain text, without Rasa."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from components.entities.things import Words

ROOT = Path(__file__).resolve().parents[2]
TRAINING = sorted((ROOT / "data" / "nlu").glob("*.yml"))
HOLDOUT = ROOT / "tests" / "nlu" / "holdout.yml"
CUSTOMERS = HOLDOUT.with_name("customers.yml")
STRANGERS = HOLDOUT.with_name("strangers.yml")
CUSTOMERS2 = HOLDOUT.with_name("customers2.yml")
STRANGERS2 = HOLDOUT.with_name("strangers2.yml")
APART = (CUSTOMERS, STRANGERS, CUSTOMERS2, STRANGERS2)
ENTITIES = HOLDOUT.with_name("entities.yml")

ENTITY = re.compile(r"\[([^\]]+)\]\(([a-z_]+)\)")

Line = tuple[str, str]
"""An intent and a text."""


def load(path: Path) -> dict[str, Any]:
    """Return one file as YAML."""
    return cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))


def examples(block: str) -> list[str]:
    """Return the lines of one `examples` block without their dashes."""
    return [line[2:].strip() for line in block.splitlines() if line.startswith("- ")]


@cache  # the files do not change while they are read, and reading all takes seconds
def annotated_lines(path: Path) -> list[Line]:
    """Return (intent, line) as written, with annotations."""
    items = [item for item in load(path)["nlu"] if "intent" in item]
    return [(item["intent"], line) for item in items for line in examples(item["examples"])]


def plain_lines(path: Path) -> list[Line]:
    """Return (intent, line) as a person would have typed it."""
    return [(intent, plain(line)) for intent, line in annotated_lines(path)]


def plain(line: str) -> str:
    """Return the line as a person would have typed it."""
    return ENTITY.sub(r"\1", line)


def normal(line: str) -> str:
    """Return the line in small letters, words only, so that marks and case make no difference."""
    return " ".join(re.findall(r"[\w#'@.+-]*\w", line.casefold()))


def training_lines() -> list[Line]:
    """Return (intent, plain line) of all training files."""
    return [line for path in TRAINING for line in plain_lines(path)]


def holdout_lines() -> list[Line]:
    """Return (intent, plain line) of the hold-out."""
    return plain_lines(HOLDOUT)


def shop_words() -> Words:
    """Return the products and colours that the training data lists."""
    items = [item for path in TRAINING for item in load(path)["nlu"]]
    lists = {item["lookup"]: examples(item["examples"]) for item in items if "lookup" in item}
    same = {word: item["synonym"] for item in items if "synonym" in item for word in examples(item["examples"])}
    return Words.of(lists["product"], lists["colour"], same)
