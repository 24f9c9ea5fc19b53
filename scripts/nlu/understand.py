"""Train and ask the intent model as config.yml tunes it, without Rasa around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.encoder import SentenceEncoder, find
from components.intent_model import IntentModel, Tuning, Verdict
from components.pasted import essence
from components.typos import misspelled
from scripts.nlu.lines import ROOT, Line, load
from scripts.nlu.scores import Answer, answers

FOLDS = 5


@dataclass(frozen=True)
class Setup:
    """Hold what config.yml says about understanding."""

    tuning: Tuning
    encoder: str | None
    threshold: float
    ambiguity: float
    misspell: bool

    @classmethod
    def read(cls) -> Setup:
        """Read config.yml."""
        steps: dict[str, dict[str, Any]] = {
            step["name"].rpartition(".")[2]: step for step in load(ROOT / "config.yml")["pipeline"]
        }
        chosen = steps["FamiliarIntentClassifier"]
        fallback = steps["FallbackClassifier"]
        tuning = Tuning(**{name: chosen[name] for name in vars(Tuning()) if name in chosen})
        featurizer = steps["SentenceEncoderFeaturizer"]
        return cls(
            tuning,
            featurizer.get("encoder"),
            fallback["threshold"],
            fallback["ambiguity_threshold"],
            featurizer.get("misspell", True),
        )


class Understanding:
    """Learn from some lines and answer others; vectors are made once."""

    def __init__(self, setup: Setup) -> None:
        self._tuning = setup.tuning
        self._misspell = setup.misspell
        self._encoder = SentenceEncoder(find(setup.encoder))
        self._vectors: dict[str, np.ndarray] = {}

    def ask(self, training: Sequence[Line], questions: Sequence[Line]) -> list[Answer]:
        """Train on some lines and return the answers to others."""
        slips = [(intent, slip) for intent, text in training if (slip := misspelled(text)) != text]
        training = [*training, *(slips if self._misspell else [])]
        model = IntentModel(self._tuning)
        model.fit([text for _, text in training], self._of(training), [intent for intent, _ in training])
        return answers(questions, self._judge(model, questions))

    def cross_validate(self, lines: Sequence[Line], folds: int = FOLDS) -> list[Answer]:
        """Return the answers to all lines, each by a model that was trained without it."""
        # Every so-manieth line of each intent goes into the same fold: the same lines give the same folds.
        seen: dict[str, int] = {}
        fold_of = []
        for intent, _ in lines:
            fold_of.append(seen.get(intent, 0) % folds)
            seen[intent] = seen.get(intent, 0) + 1
        found: list[Answer] = []
        for fold in range(folds):
            inside = [line for line, at in zip(lines, fold_of, strict=True) if at != fold]
            found += self.ask(inside, [line for line, at in zip(lines, fold_of, strict=True) if at == fold])
        return found

    def _judge(self, model: IntentModel, lines: Sequence[Line]) -> list[Verdict]:
        return model.judge([text for _, text in lines], self._of(lines))

    def _of(self, lines: Sequence[Line]) -> np.ndarray:
        missing = sorted({text for _, text in lines} - self._vectors.keys())
        if missing:
            self._vectors.update(zip(missing, self._encoder.encode([essence(text) for text in missing]), strict=True))
        return np.stack([self._vectors[text] for _, text in lines])
