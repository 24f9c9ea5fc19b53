"""The sentence encoder as a Rasa featurizer."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.clauses import cuts
from components.encoder import EncoderError, SentenceEncoder, find
from components.pasted import essence
from components.typos import misspelled

ABOUT = "encoder.json"
SLIP = "slip"
"""The attribute of a training message that holds its misspelled copy."""
PARTS = "parts"
"""The attribute of a message that may hold two wishes: each place to cut at, the vectors before and after it."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEncoderFeaturizer(DenseFeaturizer, GraphComponent):
    """Give each message the vector of its sentence.

    Options: `encoder`, a directory with another encoder's model.onnx and tokenizer.json; `threads`, how many a worker
    may use (one, so that two workers do not fight); `misspell`, whether each training line is also learnt misspelled.
    Training writes down which encoder it used, and a model refuses
    to be loaded with another, whose vectors would mean something else.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options and what they are when config.yml does not say."""
        return {**DenseFeaturizer.get_default_config(), "encoder": None, "threads": 1, "misspell": True}

    @staticmethod
    def required_packages() -> list[str]:
        """Return what must be importable."""
        return ["onnxruntime", "tokenizers"]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse options that cannot work."""
        threads = config["threads"]
        if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
            raise InvalidConfigException(f"config.yml: `threads` must be a whole number from 1 on, not {threads!r}.")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the encoder's digest, so that another file under the same name trains anew."""
        return _files(config.get("encoder")).fingerprint

    def __init__(self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(name, config)
        self._encoder = SentenceEncoder(_files(self._config["encoder"]), self._config["threads"])
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoderFeaturizer:
        """Return the component for a training."""
        return cls(config, execution_context.node_name, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Write down which encoder this model belongs to; the encoder itself is frozen."""
        with self._model_storage.write_to(self._resource) as folder:
            (folder / ABOUT).write_text(json.dumps({"encoder": self._encoder.files.fingerprint}))
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEncoderFeaturizer:
        """Return the component for parsing, with the encoder that the model was trained with."""
        component = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            trained = json.loads((folder / ABOUT).read_text())["encoder"]
        if trained != component._encoder.files.fingerprint:
            raise InvalidConfigException(
                "This model was trained with another sentence encoder than the one that is here now. Train it again."
            )
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Give every training line its vector, and a misspelled copy with its own, in batches."""
        self._encode(training_data.training_examples)
        lines = [line for line in training_data.intent_examples if line.get(TEXT)] if self._config["misspell"] else []
        slips = [misspelled(line.get(TEXT)) for line in lines]
        for line, slip, vector in zip(lines, slips, self._encoder.encode(slips), strict=True):
            if slip != line.get(TEXT):
                line.set(SLIP, slip)
                line.add_features(self._features(vector, SLIP))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Give every message that has a text its vector, and its parts theirs where it may hold two wishes."""
        self._encode(messages)
        for message in messages:
            text = message.get(TEXT) or ""
            if places := cuts(text):
                vectors = self._encoder.encode([part for place in places for part in place.parts(text)])
                message.set(PARTS, list(zip(places, vectors[::2], vectors[1::2], strict=True)))
        return messages

    def _encode(self, messages: list[Message]) -> None:
        spoken = [message for message in messages if message.get(TEXT)]
        vectors = self._encoder.encode([essence(message.get(TEXT)) for message in spoken])
        for message, vector in zip(spoken, vectors, strict=True):
            message.add_features(self._features(vector))

    def _features(self, vector: np.ndarray, attribute: str = TEXT) -> Features:
        return Features(vector[None, :], FEATURE_TYPE_SENTENCE, attribute, self._config[FEATURIZER_CLASS_ALIAS])


def _files(directory: str | None) -> Any:
    try:
        return find(directory)
    except EncoderError as error:
        raise InvalidConfigException(str(error)) from error
