"""Score what was understood: by intent, by confidence, and against what should have been refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.intent_model import Verdict
from scripts.nlu.lines import Line

OUT_OF_SCOPE = "out_of_scope"
FALLBACK = "nlu_fallback"
COVERAGE = 0.9


@dataclass(frozen=True)
class Answer:
    """Hold a line, what it should be, and what was said of it."""

    intent: str
    text: str
    ranking: tuple[tuple[str, float], ...]
    nearest: float

    @property
    def said(self) -> str:
        """Return the likeliest intent."""
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        """Return how sure that was."""
        return self.ranking[0][1]

    @property
    def in_scope(self) -> float:
        """Return how sure it is that the message is one of those we serve."""
        return max((sure for name, sure in self.ranking if name != OUT_OF_SCOPE), default=0.0)

    def with_fallback(self, threshold: float, ambiguity: float) -> str:
        """Return the intent after FallbackClassifier."""
        second = self.ranking[1][1] if len(self.ranking) > 1 else 0.0
        refused = self.confidence < threshold or self.confidence - second < ambiguity
        return FALLBACK if refused else self.said


@dataclass(frozen=True)
class Score:
    """Hold how one intent does."""

    intent: str
    lines: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def answers(lines: Sequence[Line], verdicts: Sequence[Verdict]) -> list[Answer]:
    """Join lines and verdicts."""
    return [Answer(*line, said.ranking, said.nearest) for line, said in zip(lines, verdicts, strict=True)]


def by_intent(pairs: Sequence[tuple[str, str]]) -> list[Score]:
    """Return the scores of every intent that should have been said, of (expected, said) pairs."""
    right = Counter(expected for expected, said in pairs if expected == said)
    expected_of, said_of = Counter(expected for expected, _ in pairs), Counter(said for _, said in pairs)
    return [
        Score(intent, count, right[intent] / said_of[intent] if said_of[intent] else 0.0, right[intent] / count)
        for intent, count in sorted(expected_of.items())
    ]


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the mean F1 of all intents, each counting the same."""
    return float(np.mean([score.f1 for score in by_intent(pairs)]))


def accuracy(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the share that is right."""
    return float(np.mean([expected == said for expected, said in pairs]))


def auroc(found: Sequence[Answer]) -> float:
    """Return the chance that a served message looks more in scope than one that is not."""
    inside, outside = _scope(found)
    wins = (inside[:, None] > outside[None, :]).mean() + 0.5 * (inside[:, None] == outside[None, :]).mean()
    return float(wins)


def false_accepts(found: Sequence[Answer], coverage: float = COVERAGE) -> float:
    """Return the share of foreign messages let through where `coverage` of ours are."""
    inside, outside = _scope(found)
    return float((outside >= np.quantile(inside, 1 - coverage)).mean())


def _scope(found: Sequence[Answer]) -> tuple[np.ndarray, np.ndarray]:
    inside = np.array([answer.in_scope for answer in found if answer.intent != OUT_OF_SCOPE])
    return inside, np.array([answer.in_scope for answer in found if answer.intent == OUT_OF_SCOPE])


def curve(found: Sequence[Answer], ambiguity: float) -> list[tuple[float, float, float]]:
    """Return (threshold, share answered, share of the answered that is right)."""
    points = []
    for threshold in np.arange(0.0, 1.0, 0.05):
        kept = [answer for answer in found if answer.with_fallback(threshold, ambiguity) != FALLBACK]
        right = sum(answer.said == answer.intent for answer in kept)
        points.append((float(threshold), len(kept) / len(found), right / len(kept) if kept else 1.0))
    return points
