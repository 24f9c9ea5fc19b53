"""Write the rules that every form and every use case needs: python -m scripts.build_rules.

What begins a form is read from the rules that people write, the forms and intents from domain.yml, the use cases from
actions/. Three files of data/rules are made of that; whoever adds a form or a use case runs this again.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import yaml

from actions._job import UseCaseAction
from scripts.console import ROOT

RULES = ROOT / "data" / "rules"
WRITTEN = ("backend", "asides", "retries")
HEAD = """# Generated from domain.yml, actions/ and the other files here by `python -m scripts.build_rules`.
version: "3.1"

{about}
rules:
"""
ABOUT = {
    "backend": """\
# How far the business call of a turn has come decides what follows it (the slot backend_state):
#   done, failed  the action has spoken: listen, or inside a form ask its question again
#   pending       it has said "still checking": wait for the job until 15 s after the message
#   started       it set nothing, so the action server is down or broke: Rasa itself apologises""",
    "asides": """\
# What is no answer to the open question is answered, then the form asks it again: an unrelated message, a question
# back, nothing ("idk"), anger, or what began the form said once more without anything new in it.""",
    "retries": """\
# A form that ended without its outcome stays at hand (the slot dialog_retry): a yes, "try again" or a bare value goes
# on with it, a greeting offers to, a no lets it go. And a form that was offered (dialog_offer) begins with a yes.
# A rule fits only if the message has exactly its entities: so each set that goes on with a form stands here.""",
}
ANSWERED_ELSEWHERE = {"stop", "goodbye", "talk_to_human", "crisis", "search_products", "check_stock"}
"""Intents that do the same whatever form is open."""
INSIDE = ("action_search_products", "action_await")
"""What may answer while a form is open."""
WAITS = ("action_await", "action_tell_result")
"""Use cases that tell how a job of another one ended."""
RETRIED_WITH: dict[str, Sequence[Sequence[str]]] = {
    "track_order_form": (["email"], ["postcode"], ["order_number", "postcode"]),
    "refund_status_form": (["email"], ["postcode"], ["order_number", "postcode"]),
    "check_ticket_form": (["email"], ["email", "order_number"]),
    "cancel_order_form": (["email"], ["order_number"]),
    "return_item_form": (["email"], ["order_number"]),
    "change_address_form": (["email"], ["order_number"], ["postcode"]),
}
"""The entities of a bare answer that goes on with a form; of all others, an address."""

Rule = dict[str, Any]
Steps = list[dict[str, Any]]


def main() -> None:
    """Write the files."""
    for name, text in files().items():
        (RULES / f"{name}.yml").write_text(text, encoding="utf-8")


def files() -> dict[str, str]:
    """Return the texts of the files by their names."""
    made = {"backend": backend(), "asides": asides(), "retries": retries()}
    return {name: HEAD.format(about=ABOUT[name]) + "\n".join(map(_text, rules)) for name, rules in made.items()}


def backend() -> Iterator[Rule]:
    """Yield what follows the business call of a turn."""
    for action in use_cases():
        for state in ("done", "failed"):
            yield _after(action, state, [{"action": "action_listen"}])
        going_on = {"condition": _state("pending"), "steps": [{"action": action}, {"action": "action_await"}]}
        yield {"rule": f"after {action}, pending", "wait_for_user_input": False, **going_on}
        yield _unanswered(action, "started", "utter_dialog_backend_unavailable")
    for action, state in (("action_await", "done"), ("action_await", "failed"), ("action_tell_result", "done")):
        yield _after(action, state, [{"action": "action_listen"}])
    yield _unanswered("action_await", "pending", "utter_dialog_backend_unavailable")
    # Nobody waits for this one: the gateway queues it again.
    yield _unanswered("action_tell_result", "started", "action_listen")
    for form in forms():
        for action in INSIDE:
            for state in ("done", "failed"):
                yield _after(action, state, _into(form), form)
        yield _after("action_tell_result", "done", _into(form), form)


def asides() -> Iterator[Rule]:
    """Yield what answers a message that is none to the open question."""
    begins = beginnings()
    aside = [one for one in intents() if one not in {*ANSWERED_ELSEWHERE, *begins}]
    for form in forms():
        own = [intent for intent, begun in begins.items() if begun == form]
        yield _in(form, "an aside", _any(*(own + aside)), [{"action": "action_answer_aside"}, *_into(form)])
        rated = {"intent": "give_feedback", "entities": ["rating"]}
        yield {**_in(form, "a rating", rated, [{"action": "action_keep_rating"}]), "wait_for_user_input": False}
        yield _after("action_keep_rating", "done", _into(form), form)
        asked = _any("search_products", "check_stock")
        searched = _in(form, "a product question", asked, [{"action": "action_search_products"}])
        yield {**searched, "wait_for_user_input": False}


def retries() -> Iterator[Rule]:
    """Yield what takes up a form that was left open, or that was offered."""
    for form in forms():
        found = [{"intent": "inform", "entities": list(found)} for found in RETRIED_WITH.get(form, (["email"],))]
        takes: Steps = [{"intent": "try_again"}, {"intent": "affirm"}, *found]
        after = f"after a miss or a failure, {form} takes up the next value"
        yield _left_open(form, after, {"or": takes}, _into(form))
        greeted = [{"action": "utter_dialog_welcome_back"}]
        yield _left_open(form, f"a greeting offers to go on with {form}", {"intent": "greet"}, greeted)
        dropped = [
            {"action": "action_forget_task"},
            {"slot_was_set": [{"dialog_retry": None}]},
            {"action": "utter_dialog_deny"},
        ]
        yield _left_open(form, f"a no lets {form} go", {"intent": "deny"}, dropped)
    begins = beginnings()
    for offer in filter(begins.__contains__, _domain()["slots"]["dialog_offer"]["values"]):
        condition = [{"active_loop": None}, {"slot_was_set": [{"dialog_offer": offer}]}]
        steps = [{"action": "action_take_offer"}, *_into(begins[offer])]
        yield {"rule": f"{offer} was offered", "condition": condition, "steps": steps}


def forms() -> list[str]:
    """Return the forms."""
    return list(_domain()["forms"])


def intents() -> list[str]:
    """Return what people may mean."""
    names = (next(iter(one)) if isinstance(one, dict) else str(one) for one in _domain()["intents"])
    return [name for name in names if not name.startswith("EXTERNAL_")]


def beginnings() -> dict[str, str]:
    """Return the form that each intent begins, wherever nothing else is asked of it."""
    found = {}
    for path in sorted(RULES.glob("*.yml")):
        rules = () if path.stem in WRITTEN else yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
        for rule in rules:
            first, *then = rule["steps"]
            begun = [step["active_loop"] for step in then if step.get("active_loop")]
            told = first.get("or", [first])
            if begun and "condition" not in rule and all(set(one) == {"intent"} for one in told):
                found.update(dict.fromkeys((one["intent"] for one in told), begun[0]))
    return {intent: found[intent] for intent in intents() if intent in found}


def use_cases() -> list[str]:
    """Return the actions that answer through a use case, in the order of domain.yml."""
    for path in (ROOT / "actions").glob("[a-z]*.py"):
        importlib.import_module(f"actions.{path.stem}")
    names = {kind().name() for kind in _kinds(UseCaseAction) if not inspect.isabstract(kind)}
    return [name for name in _domain()["actions"] if name in names.difference(WAITS)]


def _kinds(base: type[UseCaseAction]) -> Iterator[type[UseCaseAction]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


@lru_cache(maxsize=1)
def _domain() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8")))


def _after(action: str, state: str, then: Steps, form: str | None = None) -> Rule:
    where = f"inside {form}, " if form else ""
    condition = [{"active_loop": form}, *_state(state)]
    return {"rule": f"{where}after {action}, {state}", "condition": condition, "steps": [{"action": action}, *then]}


def _unanswered(action: str, state: str, then: str) -> Rule:
    steps = [{"action": action}, {"action": then}]
    return {"rule": f"{action} did not answer", "condition": _state(state), "steps": steps}


def _in(form: str, what: str, heard: dict[str, Any], then: Steps) -> Rule:
    return {"rule": f"{what} in {form}", "condition": [{"active_loop": form}], "steps": [heard, *then]}


def _left_open(form: str, name: str, heard: dict[str, Any], then: Steps) -> Rule:
    condition = [{"active_loop": None}, {"slot_was_set": [{"dialog_retry": form}]}]
    return {"rule": name, "condition": condition, "steps": [heard, *then]}


def _state(state: str) -> Steps:
    return [{"slot_was_set": [{"backend_state": state}]}]


def _into(form: str) -> Steps:
    return [{"action": form}, {"active_loop": form}]


def _any(*names: str) -> dict[str, Any]:
    return {"or": [{"intent": name} for name in names]}


def _text(rule: Rule) -> str:
    return yaml.dump([rule], sort_keys=False, width=1000)


if __name__ == "__main__":
    main()
