"""The intent model as a Rasa classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from components.emoji import worded
from components.featurizer import PARTS, SLIP, SentenceEncoderFeaturizer
from components.intent_model import IntentModel, Tuning, Verdict
from components.wishes import of_the_first, second

NEAREST = "nearest_cosine"
"""Said beside the intent for the trainers: how near the nearest training line is."""
NEXT_WISH = "next_wish"
"""Said beside the intent where a message holds two wishes: the `first` one's words, to which intent and entities
belong, and the `text` of the rest, which the gateway asks when the first is answered."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FamiliarIntentClassifier(IntentClassifier, GraphComponent):
    """Classify by logistic regression, and trust it only where something alike was trained.

    Options: those of `Tuning`, and `ranking_length`, how many intents are told.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must stand before this component."""
        return [SentenceEncoderFeaturizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Return what must be importable."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options and what they are when config.yml does not say."""
        return {**vars(Tuning()), "ranking_length": 5}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse options that cannot work."""
        for name in ("strength", "softness"):
            if not isinstance(config[name], (int, float)) or config[name] <= 0:
                raise InvalidConfigException(f"config.yml: `{name}` must be a number above 0, not {config[name]!r}.")

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, model: IntentModel | None = None
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FamiliarIntentClassifier:
        """Return the component for a training."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all lines that have an intent."""
        lines = [line for line in training_data.intent_examples if line.get(INTENT) and line.get(TEXT)]
        if len({line.get(INTENT) for line in lines}) < 2:
            raise InvalidConfigException("Understanding needs training lines of at least two intents in data/nlu.")
        tuning = Tuning(**{name: float(self._config[name]) for name in vars(Tuning())})
        seen = [(line, attribute) for attribute in (TEXT, SLIP) for line in lines if line.get(attribute)]
        vectors = np.stack([_vector(line, attribute) for line, attribute in seen])
        texts = [line.get(attribute) for line, attribute in seen]
        self._model = IntentModel(tuning).fit(texts, vectors, [line.get(INTENT) for line, _ in seen])
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder, lines=len(lines))
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FamiliarIntentClassifier:
        """Return the component for parsing."""
        with model_storage.read_from(resource) as folder:
            model, _ = IntentModel.load(folder)
        # For one message a second thread of the matrix library only takes the processor from the other worker.
        threadpool_limits(1, "blas")
        return cls(config, model_storage, resource, model)

    def process(self, messages: list[Message]) -> list[Message]:
        """Say the intents of each message; one that says nothing has none, and falls back."""
        spoken = [message for message in messages if _says_something(message.get(TEXT) or "")]
        verdicts: list[Verdict] = []
        if self._model and spoken:
            vectors = np.stack([_vector(message) for message in spoken])
            verdicts = self._model.judge([message.get(TEXT) for message in spoken], vectors)
            verdicts = [self._of_the_first(*each) for each in zip(spoken, verdicts, strict=True)]
        found = dict(zip(map(id, spoken), verdicts, strict=False))
        for message in messages:
            self._tell(message, found.get(id(message)))
        return messages

    def _of_the_first(self, message: Message, whole: Verdict) -> Verdict:
        """Return the verdict on the first of two wishes, and set the second aside; nearly always there is one."""
        places = message.get(PARTS)
        if not places or self._model is None:
            return whole
        text = message.get(TEXT)
        judged = self._model.judge(
            [part for place, *_ in places for part in place.parts(text)],
            np.stack([vector for _, *both in places for vector in both]),
        )
        cuts = [place for place, *_ in places]
        found = second(text, whole, list(zip(cuts, judged[::2], judged[1::2], strict=True)))
        if found is None:
            return whole
        message.set(ENTITIES, of_the_first(message.get(ENTITIES, []), found.end), add_to_output=True)
        message.set(NEXT_WISH, {"first": text[: found.end], "text": found.rest}, add_to_output=True)
        return found.first

    def _tell(self, message: Message, verdict: Verdict | None) -> None:
        if verdict is None:
            message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [], add_to_output=True)
            return
        ranking = [
            {"name": name, "confidence": confidence}
            for name, confidence in verdict.ranking[: self._config["ranking_length"]]
        ]
        message.set(INTENT, dict(ranking[0]), add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set(NEAREST, verdict.nearest, add_to_output=True)


def _says_something(text: str) -> bool:
    """Tell whether there is anything to understand: a word, an emoji that means one, or a bare question mark."""
    return "?" in text or any(map(str.isalnum, worded(text)))


def _vector(message: Message, attribute: str = TEXT) -> np.ndarray:
    _, sentence = message.get_dense_features(attribute)
    if sentence is None:
        raise InvalidConfigException(
            "FamiliarIntentClassifier needs SentenceEncoderFeaturizer before it in config.yml."
        )
    return np.asarray(sentence.features[0], np.float32)
