"""Hold our rule policy to predict what Rasa's own predicts, everywhere in our rules and stories and beside them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.nlu.lines import ROOT
from scripts.train import MODEL

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Any]:
    """Return our policy and Rasa's, both with the rules of the trained model, and its domain."""
    from rasa.core.policies.rule_policy import RulePolicy as Stock  # noqa: PLC0415  # the fast tests refuse it
    from rasa.engine.graph import ExecutionContext, GraphSchema  # noqa: PLC0415
    from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: PLC0415
    from rasa.engine.storage.resource import Resource  # noqa: PLC0415

    from components.rules import RulePolicy  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("model")
    storage, metadata = LocalModelStorage.from_model_archive(folder, ROOT / "models" / MODEL)
    node = next(node for node in metadata.train_schema.nodes.values() if node.uses is RulePolicy)
    config = {**RulePolicy.get_default_config(), **node.config}
    name = next(name for name, found in metadata.train_schema.nodes.items() if found is node)
    ours, stock = (
        kind.load(dict(config), storage, Resource(name), ExecutionContext(GraphSchema({})))
        for kind in (RulePolicy, Stock)
    )
    return ours, stock, metadata.domain


def moments(files: list[Path], domain: Any) -> Iterator[Any]:
    """Yield a tracker at every moment of the stories and rules in which something is to be predicted."""
    from rasa.shared.core.generator import TrainingDataGenerator  # noqa: PLC0415
    from rasa.shared.core.training_data.loading import load_data_from_files  # noqa: PLC0415
    from rasa.shared.core.training_data.structures import StoryGraph  # noqa: PLC0415

    graph = StoryGraph(load_data_from_files([str(file) for file in files], domain))
    for tracker in TrainingDataGenerator(graph, domain, augmentation_factor=0).generate():
        yield from (moment for moment, _ in tracker.generate_all_prior_trackers())


def test_every_moment_of_rules_and_stories_is_predicted_alike(policies: tuple[Any, Any, Any]) -> None:
    ours, stock, domain = policies
    files = [*sorted((ROOT / "data" / "rules").glob("*.yml")), *sorted((ROOT / "tests" / "stories").glob("*.yml"))]
    count = 0
    for moment in moments(files, domain):
        mine, theirs = (policy.predict_action_probabilities(moment, domain) for policy in (ours, stock))
        assert vars(mine) == vars(theirs)
        count += theirs.max_confidence == 1.0
    assert count > 1000


def test_states_that_no_story_has_find_the_same_rules(policies: tuple[Any, Any, Any]) -> None:
    ours, stock, _ = policies
    lookups = [rules for rules, _ in ours._indices]
    chance = random.Random(1)
    known = [stock._rule_key_to_state(key) for lookup in lookups for key in lookup]
    found = 0
    for _ in range(400):
        states = mixed(known, chance)
        for lookup in lookups:
            same = stock._get_possible_keys(lookup, states)
            assert ours._get_possible_keys(lookup, states) == same
            found += bool(same)
    assert found > 80


def mixed(known: list[list[dict[str, Any]]], chance: random.Random) -> list[dict[str, Any]]:
    """Return a rule's states, sometimes after others, some parts lost or taken from another rule."""
    states = [dict(state) for state in [*chance.choice([[], chance.choice(known)]), *chance.choice(known)]]
    last = states[-1]
    other = chance.choice(chance.choice(known))
    for part in ("user", "prev_action", "active_loop", "slots"):
        if chance.random() < 0.15:
            last.pop(part, None)
        elif chance.random() < 0.15 and part in other:
            last[part] = other[part]
    return states


def test_rules_of_a_training_are_tried_as_rasa_does() -> None:
    from components.rules import RulePolicy  # noqa: PLC0415  # the fast tests refuse it

    policy = RulePolicy.__new__(RulePolicy)
    policy._indices = []
    rule = '[{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}}]'
    state = {"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}}
    assert policy._get_possible_keys({rule: "utter_greet"}, [state]) == {rule}
    assert policy._get_possible_keys({rule: "utter_greet"}, []) == {rule}
