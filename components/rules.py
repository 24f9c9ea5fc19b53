"""Rasa's rule policy with an index: at each step it tries the few rules that can match, not every rule there is."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from rasa.core.policies import rule_policy
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

Occasion = tuple[Any, Any]
"""The action before and the intent; None where a rule does not ask for one."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class RulePolicy(rule_policy.RulePolicy):
    """Predict what Rasa's own policy predicts; it keeps that one's name because Rasa looks for it in places.

    Rasa tries all rules at every step, and parses each from JSON again once there are more than the 1,000 it caches.
    Which rule fits is still decided by Rasa's own code, among those that ask for this action and this intent or none.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Only of a loaded model: a training still writes its rules.
        loaded = [self.lookup[name] for name in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH) if name in self.lookup]
        self._indices = [(rules, _indexed(rules)) for rules in loaded]
        occasions = {occasion for _, index in self._indices for occasion in index}
        self._knows_no_texts = bool(loaded) and not {(ACTION_LISTEN_NAME, None), (None, None)} & occasions

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        # Rasa asks twice after a message, first with its text in the place of its intent.
        if use_text_for_last_user_input and self._knows_no_texts:
            return None, None, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        index = next((index for rules, index in self._indices if rules is lookup), None)
        if index is None or not states:
            return super()._get_possible_keys(lookup, states)
        action, intent = _occasion(states[-1])
        occasions = {(before, said) for before in (action, None) for said in (intent, None)}
        candidates = {key: lookup[key] for occasion in occasions for key in index.get(occasion, ())}
        return super()._get_possible_keys(candidates, states)


def _indexed(rules: dict[str, str]) -> dict[Occasion, list[str]]:
    index: dict[Occasion, list[str]] = defaultdict(list)
    for key in rules:
        index[_occasion(json.loads(key)[-1])].append(key)
    return dict(index)


def _occasion(state: State) -> Occasion:
    return _asked(state, PREVIOUS_ACTION, ACTION_NAME), _asked(state, USER, INTENT)


def _asked(state: State, part: str, name: str) -> Any:
    value = state.get(part, {}).get(name)
    return None if value == SHOULD_NOT_BE_SET else value or None
