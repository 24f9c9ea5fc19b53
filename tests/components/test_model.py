"""Hold what Rasa is made cheaper by to what Rasa gives: the run of the graph, the memory, the check of answers."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.nlu.lines import ROOT
from scripts.train import MODEL

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def runners(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Return our runner and Rasa's with the trained model."""
    from rasa.engine.loader import load_predict_graph_runner  # noqa: PLC0415  # the fast tests refuse Rasa
    from rasa.engine.runner.dask import DaskGraphRunner  # noqa: PLC0415
    from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: PLC0415

    from components.runner import DirectGraphRunner  # noqa: PLC0415

    archive = ROOT / "models" / MODEL
    ours, stock = (
        load_predict_graph_runner(tmp_path_factory.mktemp("model"), archive, LocalModelStorage, kind)[1]
        for kind in (DirectGraphRunner, DaskGraphRunner)
    )
    return ours, stock


def understood(runner: Any, text: str) -> dict[str, Any]:
    from rasa.core.channels.channel import UserMessage  # noqa: PLC0415  # the fast tests refuse Rasa

    message = runner.run(inputs={"__message__": [UserMessage(text)], "__tracker__": None}, targets=TARGETS[0])
    parsed: dict[str, Any] = message[TARGETS[0][0]][0].as_dict(only_output_properties=True)
    return parsed


TARGETS = [["run_RegexMessageHandler"], ["select_prediction"]]


@pytest.mark.parametrize("text", ["where is order 1001?", "/greet", "", "cancel it pls", "\u05d0"])
def test_a_message_is_understood_alike(runners: tuple[Any, Any], text: str) -> None:
    ours, stock = runners
    mine, theirs = understood(ours, text), understood(stock, text)
    assert mine["intent"] == theirs["intent"]
    assert mine.get("entities") == theirs.get("entities")


def test_runs_for_other_targets_in_between_change_nothing(runners: tuple[Any, Any]) -> None:
    ours, _ = runners
    first = understood(ours, "where is order 1001?")["intent"]
    assert ours.run(inputs={"__message__": [], "__tracker__": None}, targets=TARGETS[0]) == {TARGETS[0][0]: []}
    assert understood(ours, "where is order 1001?")["intent"] == first


def test_a_node_that_fails_is_an_error_of_the_run(runners: tuple[Any, Any]) -> None:
    from rasa.engine.exceptions import GraphRunError  # noqa: PLC0415  # the fast tests refuse Rasa

    for runner in runners:
        with pytest.raises(GraphRunError):
            runner.run(inputs={}, targets=TARGETS[0])


def test_memory_without_stories_says_nothing_and_with_stories_what_rasas_says() -> None:
    from rasa.core.policies.memoization import MemoizationPolicy as Stock  # noqa: PLC0415  # as above
    from rasa.engine.graph import ExecutionContext, GraphSchema  # noqa: PLC0415
    from rasa.engine.storage.resource import Resource  # noqa: PLC0415
    from rasa.shared.core.domain import Domain  # noqa: PLC0415
    from rasa.shared.core.events import ActionExecuted  # noqa: PLC0415
    from rasa.shared.core.trackers import DialogueStateTracker  # noqa: PLC0415

    from components.memory import MemoizationPolicy  # noqa: PLC0415

    domain = Domain.from_dict({"intents": ["greet"], "actions": ["action_wave"]})
    tracker = DialogueStateTracker.from_events("someone", [ActionExecuted("action_listen")], [])
    made = (None, Resource("memory"), ExecutionContext(GraphSchema({})))
    ours, stock = (kind(dict(kind.get_default_config()), *made) for kind in (MemoizationPolicy, Stock))
    key = ours._create_feature_key(ours._prediction_states(tracker, domain))
    for lookup in ({}, {key: "action_wave"}):
        ours.lookup = stock.lookup = lookup
        mine, theirs = (policy.predict_action_probabilities(tracker, domain) for policy in (ours, stock))
        assert vars(mine) == vars(theirs)
        assert (mine.max_confidence == 1.0) == bool(lookup)


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        ({"events": [], "responses": []}, True),
        ({"events": [{"event": "slot", "name": "number", "value": None}], "responses": [{"text": "hi"}]}, True),
        ({"events": [{"event": "no such event"}]}, False),
        ({"events": "none"}, False),
        ({"responses": ["text"]}, False),
        ([], False),
    ],
)
def test_an_answer_of_an_action_is_checked_as_rasa_checks_it(answer: Any, good: bool) -> None:
    from jsonschema import ValidationError  # noqa: PLC0415  # only Rasa's process has a use for it
    from rasa.core.actions.action import RemoteAction  # noqa: PLC0415  # as above

    from scripts.rasa_server import check_answers_once  # noqa: PLC0415

    class Checked(RemoteAction):
        """Keep what is changed away from other tests."""

    check_answers_once(Checked)
    for kind in (Checked, RemoteAction):
        action = kind("action_wave", None)
        if good:
            assert action._validate_action_result(answer)
        else:
            with pytest.raises(ValidationError, match="valid"):
                action._validate_action_result(answer)
