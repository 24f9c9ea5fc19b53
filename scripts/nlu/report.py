"""Tell how well messages are understood, as numbers and as the very sentences (`make nlu-report`).

Usage: python -m scripts.nlu.report [--fast]      --fast leaves the cross-validation out
Writes results/nlu-report.html and prints the figures.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from components.entities import read
from scripts.console import ROOT, say, step
from scripts.nlu import page, scores
from scripts.nlu.lines import (
    CUSTOMERS,
    CUSTOMERS2,
    ENTITIES,
    HOLDOUT,
    STRANGERS,
    STRANGERS2,
    load,
    plain_lines,
    shop_words,
    training_lines,
)
from scripts.nlu.scores import Answer
from scripts.nlu.understand import Setup, Understanding

UNREAD = {"strangers, whose errors nobody reads": STRANGERS, "more strangers, as unread": STRANGERS2}
TARGET = ROOT / "results" / "nlu-report.html"


@dataclass(frozen=True)
class Part:
    """Hold one measurement: its name and all its answers."""

    name: str
    answers: Sequence[Answer]


def main(arguments: Sequence[str]) -> int:
    """Measure, print the figures, write the page."""
    if set(arguments) - {"--fast"}:
        print(__doc__, file=sys.stderr)
        return 2
    setup = Setup.read()
    understanding = Understanding(setup)
    lines = training_lines()
    sets = {"hold-out": HOLDOUT, "imagined customers": CUSTOMERS, "more imagined customers": CUSTOMERS2, **UNREAD}
    asked = {name: plain_lines(path) for name, path in sets.items()}
    with step("hold-outs"):
        answered = iter(understanding.ask(lines, [line for part in asked.values() for line in part]))
    parts = [Part(name, [next(answered) for _ in part]) for name, part in asked.items()]
    if not arguments:
        with step("cross-validation"):
            parts.append(Part("cross-validation of the training lines", understanding.cross_validate(lines)))
    named = entity_scores()
    for part in parts:
        say(f"{part.name}: {', '.join(f'{key} {value}' for key, value in figures(part.answers, setup).items())}")
    say(f"entities: {', '.join(f'{score.intent} {score.f1:.2f}' for score in named)}")
    TARGET.parent.mkdir(exist_ok=True)
    sections = [
        page.figures_only(part.name, figures(part.answers, setup))
        if part.name in UNREAD
        else page.section(part.name, part.answers, figures(part.answers, setup), setup)
        for part in parts
    ]
    TARGET.write_text(page.whole([*sections, page.entities(named)]), encoding="utf-8")
    say(f"report: {TARGET.relative_to(ROOT)}")
    return 0


def figures(found: Sequence[Answer], setup: Setup) -> dict[str, str]:
    """Return what is said of one measurement in a few numbers."""
    pairs = [(answer.intent, answer.said) for answer in found]
    refused = [answer.with_fallback(setup.threshold, setup.ambiguity) for answer in found]
    right = [answer.said == answer.intent for answer in found]
    fallback = [said == scores.FALLBACK for said in refused]
    needlessly = sum(back and good for back, good in zip(fallback, right, strict=True))
    wrong_through = sum(not good and not back for good, back in zip(right, fallback, strict=True))
    return {
        "lines": f"{len(found):,}",
        "accuracy": f"{scores.accuracy(pairs):.3f}",
        "macro-F1": f"{scores.macro_f1(pairs):.3f}",
        "out-of-scope AUROC": f"{scores.auroc(found):.3f}",
        "false accepts at 90 % coverage": f"{scores.false_accepts(found):.3f}",
        "asked to rephrase": f"{sum(fallback)} ({needlessly} needlessly)",
        "wrong answers let through": str(wrong_through),
    }


def entity_scores() -> list[scores.Score]:
    """Return precision and recall of every entity on the lines whose entities are all written down."""
    words = shop_words()
    pairs: list[tuple[str, str]] = []
    for line in load(ENTITIES)["lines"]:
        expected = {(name, str(value)) for name, values in line.get("found", {}).items() for value in values}
        found = {(one.entity, one.value) for one in read(line["text"], today=load(ENTITIES)["today"], words=words)}
        pairs += [(name, name) for name, _ in expected & found]
        pairs += [(name, "") for name, _ in expected - found] + [("", name) for name, _ in found - expected]
    return [score for score in scores.by_intent(pairs) if score.intent]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
