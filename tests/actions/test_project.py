"""The domain, the rules and the actions agree; an outcome is rendered as it is."""

from __future__ import annotations

import importlib
import inspect
import re
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from rasa_sdk import Action
from rasa_sdk.executor import CollectingDispatcher

from actions import _run
from actions._form import _WRITING
from actions._job import UseCaseAction
from actions._run import answer
from actions.dialog import ActionAnswerAside, ActionForgetTask
from bridge.conversation.turns import Turn
from bridge.model.commerce import OrderStatus
from bridge.model.helpdesk import TicketStatus
from bridge.model.identity import Identity
from bridge.model.outcome import BackendState, Outcome
from scripts import build_rules
from tests.actions.tracking import tracker
from tests.support.frontdesk import DOMAIN, ROOT

TURN = Turn("conversation", 1, datetime.now(timezone.utc), Identity(), "")
MODULES = sorted(path for path in (ROOT / "actions").glob("*.py") if path.stem != "__init__")
RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / "data/rules/asides.yml").read_text(encoding="utf-8"))["rules"]


def action_classes() -> dict[str, type[Action]]:
    found = {}
    for path in MODULES:
        module = importlib.import_module(f"actions.{path.stem}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if (
                issubclass(member, Action)
                and member.__module__ == module.__name__
                and not inspect.isabstract(member)
                and member().name() != "validate__form"
            ):
                found[member().name()] = member
    return found


def test_every_action_of_the_domain_is_a_class_and_the_other_way_round() -> None:
    assert set(action_classes()) == set(DOMAIN["actions"])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_an_action_module_stays_small(path: Any) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 120


def asides() -> set[str]:
    answered = (rule for rule in RULES if {"action": "action_answer_aside"} in rule["steps"])
    return {choice["intent"] for rule in answered for choice in rule["steps"][0]["or"]}


@pytest.mark.parametrize("intent", sorted(asides() - {"deny", "explain"}))
async def test_every_aside_has_exactly_one_answer_and_keeps_the_question_open(intent: str) -> None:
    general = [name for name in DOMAIN["responses"] if name.endswith(f"_{intent}") and "_aside_" not in name]
    fitting = [f"utter_dialog_aside_{intent}"] if f"utter_dialog_aside_{intent}" in DOMAIN["responses"] else general
    fitting = ["utter_dialog_calm"] if intent == "complain" else fitting
    dispatcher = CollectingDispatcher()
    events = await ActionAnswerAside().run(dispatcher, tracker("well", intent, asked="sales_confirmed"), DOMAIN)
    assert [(event["name"], event["value"]) for event in events] == [("dialog_again", True)]
    assert [message["response"] for message in dispatcher.messages] == fitting
    assert len(fitting) == 1


async def test_a_stopped_task_is_forgotten_and_its_person_is_not() -> None:
    slots = {"orders_number": "1001", "orders_contact": "94107", "tickets_email": "a@b.co", "sales_interest": "caps"}
    events = await ActionForgetTask().run(CollectingDispatcher(), tracker("stop", "stop", slots=slots), DOMAIN)
    emptied = {event["name"] for event in events if event["value"] is None}
    assert {"orders_number", "sales_interest", "tickets_description"} <= emptied
    assert not emptied & {"orders_contact", "tickets_email", "sales_email", "backend_state", "requested_slot"}


async def test_an_outcome_is_rendered_and_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    turns = SimpleNamespace(current=lambda conversation, message: asked.append((conversation, message)) or TURN)
    frontdesk = SimpleNamespace(turns=turns)
    monkeypatch.setattr(_run, "shared", lambda: frontdesk)
    outcome = Outcome("utter_x", {"order": "1001"}, BackendState.DONE, ("orders_number",))
    calls: list[Any] = []
    dispatcher = CollectingDispatcher()
    events = await answer(dispatcher, tracker("hi", "greet"), lambda *given: calls.append(given) or outcome)
    assert asked == [("conversation", "m1")]
    assert calls == [(frontdesk, TURN)]
    ((message),) = dispatcher.messages
    assert (message["response"], message["order"]) == ("utter_x", "1001")
    assert [(event["name"], event["value"]) for event in events] == [
        ("backend_state", "done"),
        ("orders_number", None),
    ]


def test_every_response_that_code_can_name_exists() -> None:
    folders = (ROOT / "bridge" / "usecases", ROOT / "actions")
    code = "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.py"))
    named = set(re.findall(r'"(utter_[a-z_]+)"', code)) - {"utter_action"}  # a key of Rasa's events
    named |= {f"utter_{slot}_explained" for form in DOMAIN["forms"].values() for slot in form["required_slots"]}
    named |= {f"utter_orders_{status.value}" for status in OrderStatus}
    named |= {f"utter_tickets_{status.value}" for status in TicketStatus}
    assert named <= set(DOMAIN["responses"])


def test_every_button_leads_somewhere() -> None:
    intents = {next(iter(intent)) if isinstance(intent, dict) else intent for intent in DOMAIN["intents"]}
    for name, (response, *_) in DOMAIN["responses"].items():
        for button in response.get("buttons", []):
            if button["payload"].startswith("{"):
                continue  # made by action_ask_again, which has its own tests
            assert re.match(r"/(\w+)", button["payload"]).group(1) in intents, name


@pytest.mark.parametrize("name", build_rules.WRITTEN)
def test_the_rules_of_all_forms_and_use_cases_are_current(name: str) -> None:
    told = "run `python -m scripts.build_rules` and commit what it writes"
    assert (build_rules.RULES / f"{name}.yml").read_text(encoding="utf-8") == build_rules.files()[name], told


@pytest.mark.parametrize("form", sorted(_WRITING))
@pytest.mark.parametrize("response", ["utter_dialog_go_on", "utter_dialog_welcome_back", "utter_dialog_goodbye"])
def test_a_form_whose_work_would_be_lost_is_named_when_it_is_offered_again(form: str, response: str) -> None:
    named = [each["condition"][0]["value"] for each in DOMAIN["responses"][response] if "condition" in each]
    assert named.count(form) == 1


def use_case_actions() -> list[str]:
    return sorted(name for name, kind in action_classes().items() if issubclass(kind, UseCaseAction))


@pytest.mark.parametrize("name", use_case_actions())
def test_every_use_case_has_a_rule_for_each_state_it_can_be_left_in(name: str) -> None:
    followed = {
        state["backend_state"]: rule["steps"][1]["action"]
        for rule in yaml.safe_load((ROOT / "data/rules/backend.yml").read_text(encoding="utf-8"))["rules"]
        if rule["steps"][0] == {"action": name}
        for condition in rule["condition"]
        for state in condition.get("slot_was_set", [])
        if not any(str(each.get("active_loop") or "") for each in rule["condition"])
    }
    assert followed == {
        "done": "action_listen",
        "failed": "action_listen",
        "pending": "action_await",
        "started": "utter_dialog_backend_unavailable",
    }
