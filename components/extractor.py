"""The entity readers as a Rasa extractor."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.entities import Found, read
from components.entities.things import Words

KEPT = "words.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ContextEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Read order numbers, addresses, sums, days and products with a view to what stands around them.

    Options: `region`, the ISO country whose phone numbers come without a country code and whose order of day and
    month is read; `timezone`, where "yesterday" is. The shop's words are the lookup tables `product` and `colour` of
    the training data, with its synonyms.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options and what they are when config.yml does not say."""
        return {"region": "US", "timezone": "UTC"}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse options that cannot work."""
        try:
            ZoneInfo(config["timezone"])
        except (KeyError, ValueError, TypeError) as error:
            raise InvalidConfigException(
                f"config.yml: `timezone` must be a name like Europe/Berlin, not {config['timezone']!r}."
            ) from error
        if not (isinstance(config["region"], str) and len(config["region"]) == 2):
            raise InvalidConfigException(
                f"config.yml: `region` must be a country's two letters, not {config['region']!r}."
            )

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, words: Words | None = None
    ) -> None:
        self._config = config
        self._zone = ZoneInfo(config["timezone"])
        self._model_storage = model_storage
        self._resource = resource
        self._words = words or Words()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ContextEntityExtractor:
        """Return the component for a training."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the shop's words."""
        lists = {table["name"]: table["elements"] for table in training_data.lookup_tables}
        same = training_data.entity_synonyms
        self._words = Words.of(_listed(lists, "product"), _listed(lists, "colour"), same)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / KEPT).write_text(json.dumps(vars(self._words)), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ContextEntityExtractor:
        """Return the component for parsing."""
        with model_storage.read_from(resource) as folder:
            words = Words(**json.loads((folder / KEPT).read_text(encoding="utf-8")))
        return cls(config, model_storage, resource, words)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what each message names."""
        for message in messages:
            found = read(message.get(TEXT) or "", today=self._today(), words=self._words, region=self._config["region"])
            named = self.add_extractor_name([_entity(one) for one in found])
            message.set(ENTITIES, message.get(ENTITIES, []) + named, add_to_output=True)
        return messages

    def _today(self) -> date:
        return datetime.now(self._zone).date()


def _listed(lists: dict[str, Any], name: str) -> list[str]:
    elements = lists.get(name, [])
    if isinstance(elements, str):
        raise InvalidConfigException(f"The lookup table {name} must list its words in the training data itself.")
    return list(elements)


def _entity(one: Found) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if value is not None}
