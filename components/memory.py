"""Rasa's memoization policy, for free while there is nothing to remember."""

from __future__ import annotations

from typing import Any

from rasa.core.policies import memoization
from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class MemoizationPolicy(memoization.MemoizationPolicy):
    """Predict what Rasa's own predicts; without stories in data/, look nothing up.

    Rasa builds the states of the whole conversation and copies them for a debug line before it looks into an empty
    table, at every prediction.
    """

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the next action from the stories that were learnt, if there were any."""
        if not self.lookup:
            return self._prediction(self._default_predictions(domain))
        return super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
