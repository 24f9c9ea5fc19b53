"""Tell what a message wants: logistic regression on letters, words and a sentence vector, and a doubt about strangers.

Needs no Rasa, so that a cross-validation is seconds of plain Python. Why these features and numbers:
docs/reference/understanding.md.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from components.pasted import essence

LONGEST = 400
"""Characters whose letters are counted; of a pasted e-mail thread, the beginning and the end say what it is about."""

_NUMBER = re.compile(r"\d+")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_MARKS = re.compile(r"([!?.])[!?.\s]*")


@dataclass(frozen=True)
class Tuning:
    """Hold what was chosen by measuring; each can be set in config.yml.

    Attributes:
        strength: the inverse of regularisation.
        familiar: the cosine to the nearest training line at which a message counts half as known.
        softness: how gently the doubt grows below it.
        likeness: how much the cosine to an intent's nearest line adds to the intent's score.
    """

    strength: float = 10.0
    familiar: float = 0.4
    softness: float = 0.1
    likeness: float = 6.5


def clean(text: str) -> str:
    """Return the text as it is counted: small letters, "soooo" as "soo", every number as one sign."""
    text = essence(text)
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
    lowered = text.casefold().replace("\u2019", "'")
    return _MARKS.sub(r" \1 ", _STRETCHED.sub(r"\1\1", _NUMBER.sub(" 0 ", lowered)))


def _vectorizers() -> tuple[TfidfVectorizer, TfidfVectorizer]:
    return (
        TfidfVectorizer(preprocessor=clean, analyzer="char_wb", ngram_range=(1, 4), min_df=2, sublinear_tf=True),
        TfidfVectorizer(preprocessor=clean, token_pattern=r"(?u)[\w']+|[!?]", ngram_range=(1, 2), sublinear_tf=True),
    )


@dataclass(frozen=True)
class Verdict:
    """Hold the intents of one message, the likeliest first, and how near the nearest training line is."""

    ranking: tuple[tuple[str, float], ...]
    nearest: float

    @property
    def intent(self) -> str:
        """Return the likeliest intent."""
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        """Return how sure of it the model is."""
        return self.ranking[0][1]


class IntentModel:
    """Learn from lines and their vectors; tell the intents of others."""

    def __init__(self, tuning: Tuning | None = None) -> None:
        self.tuning = tuning or Tuning()
        self.intents: list[str] = []
        self._counters = _vectorizers()
        # For each counter: how it cuts a text, and how rare each part is; scikit-learn makes both anew at every access.
        self._cut: list[Callable[[str], list[str]]] = []
        self._rarity: list[np.ndarray] = []
        self._weights = np.zeros((0, 0), np.float32)
        self._bias = np.zeros(0, np.float32)
        # The vectors of all lines, intent by intent, and where each intent's begin.
        self._known = np.zeros((0, 0), np.float32)
        self._starts = np.zeros(0, np.intp)

    def fit(self, texts: Sequence[str], vectors: np.ndarray, intents: Sequence[str]) -> IntentModel:
        """Learn; at least two intents are needed."""
        counted = [counter.fit_transform(texts) for counter in self._counters]
        self._prepare()
        features = sparse.hstack([*counted, sparse.csr_matrix(vectors)]).tocsr()
        learner = LogisticRegression(C=self.tuning.strength, class_weight="balanced", max_iter=300, tol=1e-3)
        learner.fit(features, list(intents))
        self.intents = [str(intent) for intent in learner.classes_]
        weights, bias = learner.coef_, learner.intercept_
        if len(self.intents) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
        # In rows by feature, because a message has few of them.
        self._weights, self._bias = np.ascontiguousarray(weights.T, np.float32), bias.astype(np.float32)
        order = np.argsort(np.asarray(intents), kind="stable")
        self._known = vectors[order].astype(np.float32)
        self._starts = np.searchsorted(np.asarray(intents)[order], self.intents)
        return self

    def judge(self, texts: Sequence[str], vectors: np.ndarray) -> list[Verdict]:
        """Return a verdict for each text; its confidences fall where nothing like it was ever trained."""
        if not texts:
            return []
        likeness = np.maximum.reduceat(vectors @ self._known.T, self._starts, axis=1)
        counted = np.stack([self._score_of_words(text) for text in texts])
        scores = self._bias + vectors @ self._weights[-vectors.shape[1] :] + counted + self.tuning.likeness * likeness
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        nearest = likeness.max(axis=1)
        doubt = 1 / (1 + np.exp((self.tuning.familiar - nearest) / self.tuning.softness))
        confidences = odds / odds.sum(axis=1, keepdims=True) * doubt[:, None]
        return [self._verdict(row, float(near)) for row, near in zip(confidences, nearest, strict=True)]

    def _score_of_words(self, text: str) -> np.ndarray:
        """Return what letters and words say for each intent: what the counters' `transform` would give, times weights.

        scikit-learn builds and checks sparse matrices each time; one message is a short list of places.
        """
        score, start = np.zeros(len(self.intents)), 0
        for counter, cut, rarity in zip(self._counters, self._cut, self._rarity, strict=True):
            vocabulary: dict[str, int] = counter.vocabulary_
            counts = Counter(vocabulary[part] for part in cut(text) if part in vocabulary)
            if counts:
                places = np.fromiter(counts.keys(), np.intp, len(counts))
                weights = (np.log(np.fromiter(counts.values(), np.float64, len(counts))) + 1) * rarity[places]
                score += weights / np.linalg.norm(weights) @ self._weights[places + start]
            start += len(vocabulary)
        return score

    def _prepare(self) -> None:
        self._cut = [counter.build_analyzer() for counter in self._counters]
        self._rarity = [counter.idf_ for counter in self._counters]

    def _verdict(self, confidences: np.ndarray, nearest: float) -> Verdict:
        order = np.argsort(-confidences, kind="stable")
        return Verdict(tuple((self.intents[at], float(confidences[at])) for at in order), nearest)

    def save(self, folder: Path, **about: Any) -> None:
        """Write numbers and words only: nothing that could run code when it is read.

        Args:
            about: facts to keep beside the model, as JSON.
        """
        said = {
            "intents": self.intents,
            "tuning": asdict(self.tuning),
            "words": [_words(counter) for counter in self._counters],
            "about": about,
        }
        (folder / "intents.json").write_text(json.dumps(said), encoding="utf-8")
        rarity = {f"rarity{at}": counter.idf_ for at, counter in enumerate(self._counters)}
        np.savez(folder / "intents.npz", **self._numbers(), **rarity)

    def _numbers(self) -> dict[str, np.ndarray]:
        return {"weights": self._weights, "bias": self._bias, "known": self._known, "starts": self._starts}

    @classmethod
    def load(cls, folder: Path) -> tuple[IntentModel, dict[str, Any]]:
        """Return a saved model and what was kept beside it."""
        said = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
        model = cls(Tuning(**said["tuning"]))
        model.intents = said["intents"]
        with np.load(folder / "intents.npz", allow_pickle=False) as numbers:
            for name in model._numbers():
                setattr(model, f"_{name}", numbers[name])
            for at, (counter, words) in enumerate(zip(model._counters, said["words"], strict=True)):
                counter.vocabulary_ = {word: place for place, word in enumerate(words)}
                counter.idf_ = numbers[f"rarity{at}"]
        model._prepare()
        return model, said["about"]


def _words(counter: TfidfVectorizer) -> list[str]:
    places: dict[str, int] = counter.vocabulary_
    return sorted(places, key=places.__getitem__)
