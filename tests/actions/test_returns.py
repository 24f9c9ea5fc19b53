"""The form of a return: who may come to it, what each message fills, what is asked and with which buttons."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions import _asking, _run, _verified, refunds, returns, returns_asking, returns_found
from actions.returns import ValidateReturnItemForm
from actions.returns_asking import ActionAskItems, ActionAskOrder, ActionAskToConfirmReturn, ActionReturnItem
from bridge.conversation.results import to_json
from bridge.conversation.turns import Turn
from bridge.model.identity import Identity
from bridge.model.outcome import Outcome
from bridge.usecases.returnable import Returnable
from tests.actions.returning import AWAY, FOUND, JEANS, MISSED, ONE, ORDER, TOLD, Desk
from tests.actions.tracking import fill, tracker


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return the use cases that the form meets."""
    made = Desk()

    async def current_turn(_tracker: Any) -> Turn:
        return made.turn()

    def within(turn: Turn, call: Any, what: str = "") -> Any:
        return call(made, turn)

    for module in (_asking, _run, _verified, returns, returns_asking, returns_found):
        for name, stand_in in (("current_turn", current_turn), ("within", within), ("shared", lambda: made)):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, stand_in)
    return made


def taken(
    text: str, intent: str = "inform", asked: str | None = None, **known: Any
) -> tuple[dict[str, Any], list[str]]:
    entities = known.pop("entities", {})
    slots = {
        f"returns_{name}": value
        for name, value in known.items()
        if name in {"order", "found", "items", "unsure", "reason", "told", "wish", "instead"}
    }
    slots |= {name: value for name, value in known.items() if f"returns_{name}" not in slots}
    return fill(ValidateReturnItemForm(), tracker(text, intent, asked=asked, slots=slots, **entities))


def begun(**known: Any) -> dict[str, Any]:
    return {"order": "1001", "found": FOUND, "told": TOLD, "wish": "return_item", **known}


# Who may come to it


def test_who_is_not_known_proves_it_first(desk: Desk) -> None:
    desk.identity = Identity()
    slots, _ = taken("I want to return order 1001", "return_item", entities={"order_number": "1001"})
    assert slots["requested_slot"] == "account_email"
    assert slots["returns_order"] == "1001"
    assert slots["returns_found"] is None


def test_six_digits_of_a_code_are_no_order(desk: Desk) -> None:
    desk.identity = Identity()
    heard = tracker("482913", "inform", asked="account_code", slots={"account_email": "a@b.co"}, order_number="482913")
    assert ValidateReturnItemForm().extract_returns_order(CollectingDispatcher(), heard, {}) == {}


def test_a_code_that_is_tried_again_is_no_order(desk: Desk) -> None:
    """ "Try again" repeats the last message, and that was the code."""
    known = {"account_email": "a@b.co", "account_code": "proven", "returns_order": "1001"}
    slots, _ = taken("482913", entities={"order_number": "482913"}, **known)
    assert (slots.get("returns_order", "1001"), slots["returns_found"]) == ("1001", FOUND)
    slots, _ = taken("1003", entities={"order_number": "1003"}, **known)
    assert slots["returns_order"] == "1003"


def test_another_code_is_sent_without_leaving_the_return(desk: Desk) -> None:
    desk.identity = Identity()
    slots, uttered = taken("/verify_identity", "verify_identity", "account_code", account_email="a@b.co")
    assert slots == {"account_code": None, "requested_slot": "account_code"}
    assert uttered == []


def test_who_was_known_too_long_ago_proves_it_again(desk: Desk) -> None:
    desk.identity = Identity()
    slots, _ = taken("return it", "return_item", account_email="a@b.co", account_code="proven")
    assert (slots["account_code"], slots["requested_slot"]) == (None, "account_code")


def test_where_the_shop_takes_no_returns_nobody_is_asked_anything(desk: Desk) -> None:
    desk.possible = False
    slots, _ = taken(TOLD, "return_item")
    assert slots["requested_slot"] is None


# Which order


@pytest.mark.parametrize(
    ("text", "entities", "last", "order"),
    [
        ("return order 1003", {"order_number": "1003"}, None, "1003"),
        ("return order 1003", {"order_number": "1003"}, "1001", "1003"),
        ("send it back", {}, "1001", "1001"),
    ],
)
def test_the_order_is_the_one_named_or_last_spoken_of(
    desk: Desk, text: str, entities: dict[str, str], last: str | None, order: str
) -> None:
    slots, _ = taken(text, "return_item", entities=entities, orders_last=last)
    assert (slots["returns_order"], slots["returns_found"]) == (order, FOUND)


def test_without_one_it_is_asked_for(desk: Desk) -> None:
    slots, _ = taken(TOLD, "return_item")
    assert slots["requested_slot"] == "returns_order"
    assert slots["returns_told"] == TOLD


def test_an_order_that_is_not_theirs_is_asked_for_anew(desk: Desk) -> None:
    desk.found = MISSED
    slots, uttered = taken("1009", asked="returns_order", entities={"order_number": "1009"}, wish="return_item")
    assert (slots["returns_order"], slots["requested_slot"], uttered) == (
        None,
        "returns_order",
        ["utter_returns_not_found"],
    )


@pytest.mark.parametrize("outcome", [AWAY, Outcome("utter_returns_not_shipped", {"order": "1001"})])
def test_what_keeps_an_order_from_going_back_ends_the_form(desk: Desk, outcome: Outcome) -> None:
    desk.found = outcome
    slots, uttered = taken("1001", asked="returns_order", entities={"order_number": "1001"}, wish="return_item")
    assert (slots["returns_found"], slots["requested_slot"]) == ({"outcome": to_json(outcome)}, None)
    assert uttered == []


def test_another_order_takes_the_place_of_the_first(desk: Desk) -> None:
    other = Returnable("8", "1003", (JEANS,))
    desk.found = other
    known = begun(items=ONE, reason="too_small")
    slots, _ = taken("no, order 1003", asked="returns_confirmed", entities={"order_number": "1003"}, **known)
    assert (slots["returns_order"], slots["returns_found"]) == ("1003", other.to_json())


# Which items, and why


def test_what_the_first_message_tells_is_not_asked_for(desk: Desk) -> None:
    slots, _ = taken(TOLD, "return_item", orders_last="1001")
    assert (slots["returns_items"], slots["returns_reason"]) == (ONE, "too_small")
    assert slots["requested_slot"] == "returns_confirmed"


def test_the_only_item_is_not_asked_for(desk: Desk) -> None:
    desk.found = Returnable("7", "1001", (JEANS,))
    slots, _ = taken("return my order", "return_item", orders_last="1001")
    assert (slots["returns_items"], slots["requested_slot"]) == (ONE, "returns_reason")


@pytest.mark.parametrize(
    ("text", "entities", "lines"),
    [
        ("the jeans", {}, {"13": 1}),
        ("/inform", {"item": "11x2"}, {"11": 2}),
        ("/inform", {"item": "11x1"}, {"11": 1}),
        ("/inform", {"item": "all"}, {"11": 2, "12": 1, "13": 1}),
        ("one of the blue shirts and the jeans", {}, {"11": 1, "13": 1}),
    ],
)
def test_items_are_named_or_picked(desk: Desk, text: str, entities: dict[str, str], lines: dict[str, int]) -> None:
    slots, uttered = taken(text, asked="returns_items", entities=entities, **begun())
    assert {line["item_id"]: line["quantity"] for line in slots["returns_items"]} == lines
    assert uttered == []


@pytest.mark.parametrize(
    ("text", "entities", "uttered"),
    [
        ("the kettle", {}, ["utter_returns_items_unclear"]),
        ("three blue shirts", {}, ["utter_returns_items_too_many"]),
        ("the shirt", {}, []),
        ("/inform", {"item": "11x9"}, ["utter_returns_items_unclear"]),
        ("/inform", {"item": "99x1"}, ["utter_returns_items_unclear"]),
    ],
)
def test_what_is_not_clear_is_asked_again(
    desk: Desk, text: str, entities: dict[str, str], uttered: Sequence[str]
) -> None:
    slots, said = taken(text, asked="returns_items", entities=entities, **begun())
    assert (slots["returns_items"], said) == (None, uttered)


def test_a_choice_that_was_left_open_keeps_what_was_clear(desk: Desk) -> None:
    slots, _ = taken("the jeans and a shirt", asked="returns_items", **begun())
    assert slots["returns_unsure"] == {"items": ["11", "12"], "lines": ONE}
    slots, _ = taken("the white one", asked="returns_items", **begun(unsure=slots["returns_unsure"]))
    assert {line["item_id"] for line in slots["returns_items"]} == {"12", "13"}
    assert slots["returns_unsure"] is None


@pytest.mark.parametrize(
    ("text", "intent", "entities", "reason"),
    [
        ("/inform", "inform", {"reason": "defective"}, "defective"),
        ("/inform", "inform", {"reason": "moon"}, "other"),
        ("they don't fit, too big", "inform", {}, "too_large"),
        ("it smells of fish", "inform", {}, "other"),
        ("no", "deny", {}, "other"),
        ("changed my mind", "stop", {}, "unwanted"),
        ("idk", "nlu_fallback", {}, "other"),
    ],
)
def test_a_reason_is_picked_told_or_left_out(
    desk: Desk, text: str, intent: str, entities: dict[str, str], reason: str
) -> None:
    known = begun(items=ONE, told="return the jeans")
    slots, _ = taken(text, intent, asked="returns_reason", entities=entities, **known)
    assert slots["returns_reason"] == reason
    assert slots["requested_slot"] == "returns_confirmed"


@pytest.mark.parametrize("asked", ["returns_items", "returns_reason"])
def test_a_question_about_something_else_is_no_answer(desk: Desk, asked: str) -> None:
    slots, _ = taken("do you have blue t-shirts", "check_stock", asked=asked, **begun(told="return it"))
    assert f"{asked}" not in slots


def test_what_is_told_as_a_reason_is_noted(desk: Desk) -> None:
    slots, _ = taken("it smells of fish", asked="returns_reason", **begun(items=ONE))
    assert slots["returns_told"] == f"{TOLD}\nit smells of fish"


# An exchange


def test_an_exchange_asks_what_is_wanted_instead(desk: Desk) -> None:
    slots, _ = taken("the jeans are too small, can I swap them", "exchange_item", orders_last="1001")
    assert slots["requested_slot"] == "returns_instead"
    slots, _ = taken(
        "the same in 34", asked="returns_instead", **begun(wish="exchange_item", items=ONE, reason="other")
    )
    assert (slots["returns_instead"], slots["requested_slot"]) == ("the same in 34", "returns_confirmed")


def test_a_size_that_was_named_is_what_is_wanted_instead(desk: Desk) -> None:
    said = "the jeans are too small, can I get them in 34"
    slots, _ = taken(said, "exchange_item", orders_last="1001", entities={"size": "34"})
    assert (slots["returns_instead"], slots["requested_slot"]) == (said, "returns_confirmed")


# Yes or no


@pytest.mark.parametrize(("text", "intent", "confirmed"), [("yes", "affirm", True), ("no", "deny", False)])
def test_yes_and_no_are_taken(desk: Desk, text: str, intent: str, confirmed: bool) -> None:
    slots, _ = taken(text, intent, asked="returns_confirmed", **begun(items=ONE, reason="other"))
    assert (slots["returns_confirmed"], slots["requested_slot"]) == (confirmed, None)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("no, the white shirt", {"returns_items": [{"item_id": "12", "quantity": 1}]}),
        ("yes but the zip is broken", {"returns_reason": "defective"}),
        ("yes, and please hurry", {}),
    ],
)
def test_what_is_added_is_taken_and_shown_again(desk: Desk, text: str, changed: dict[str, Any]) -> None:
    slots, _ = taken(text, "affirm", asked="returns_confirmed", **begun(items=ONE, reason="other"))
    assert changed.items() <= slots.items()
    assert slots["returns_told"].startswith(f"{TOLD}\n")
    assert "returns_confirmed" not in slots


# What is asked


def asked(action: Any, **slots: Any) -> list[dict[str, Any]]:
    dispatcher = CollectingDispatcher()
    asyncio.run(action.run(dispatcher, tracker("hello", "inform", slots=slots), {}))
    return list(dispatcher.messages)


def test_orders_are_shown_to_pick_from(desk: Desk) -> None:
    question, card = asked(ActionAskOrder())
    assert (question["response"], card["custom"]) == ("utter_orders_which", {"card": {"title": "Your orders"}})


def test_where_there_are_none_the_number_is_asked_for(desk: Desk) -> None:
    desk.orders = Outcome("utter_orders_none_open")
    (question,) = asked(ActionAskOrder())
    assert question["response"] == "utter_ask_returns_order"


def test_items_are_shown_one_and_all_of_each(desk: Desk) -> None:
    (question,) = asked(ActionAskItems(), returns_found=FOUND)
    titles = [button["title"] for button in question["buttons"]]
    assert titles == [
        "Blue T-Shirt (M)",
        "2 \u00d7 Blue T-Shirt (M)",
        "White T-Shirt (M)",
        "Black Jeans (32)",
        "Everything",
    ]
    (narrowed,) = asked(ActionAskItems(), returns_found=FOUND, returns_unsure={"items": ["11", "12"], "lines": []})
    assert (narrowed["response"], len(narrowed["buttons"])) == ("utter_returns_which_of", 3)


def test_every_button_is_understood(desk: Desk) -> None:
    (question,) = asked(ActionAskItems(), returns_found=FOUND)
    for button in question["buttons"]:
        entities = json.loads(button["payload"].removeprefix("/inform"))
        slots, _ = taken("/inform", asked="returns_items", entities=entities, **begun())
        assert slots["returns_items"]


def test_what_was_taken_is_what_is_shown(desk: Desk) -> None:
    known = {"returns_found": FOUND, "returns_items": ONE, "returns_reason": "too_small", "returns_told": TOLD}
    (shown,) = asked(ActionAskToConfirmReturn(), **known)
    ((order, wanted),) = desk.drafted
    assert shown["response"] == "utter_returns_confirm"
    assert (order, [line.item_id for line in wanted.lines], wanted.note) == (ORDER, ["13"], TOLD)
    (again,) = asked(ActionAskToConfirmReturn(), **known, dialog_again=True)
    assert (again["response"], len(desk.drafted)) == ("utter_returns_confirm_again", 1)


@pytest.mark.parametrize(
    ("slots", "called"),
    [
        ({"returns_found": {"outcome": to_json(AWAY)}}, ("held_back", AWAY)),
        ({}, ("elsewhere", False)),
        ({"returns_wish": "exchange_item"}, ("elsewhere", True)),
        ({"returns_found": FOUND, "returns_confirmed": False}, ("request", False)),
        ({"returns_found": FOUND, "returns_confirmed": True}, ("request", True)),
    ],
)
def test_how_the_form_ends_says_what_is_done(slots: dict[str, Any], called: tuple[str, Any]) -> None:
    calls: list[tuple[str, Any]] = []
    use_cases = SimpleNamespace(
        held_back=lambda outcome: calls.append(("held_back", outcome)),
        elsewhere=lambda swaps: calls.append(("elsewhere", swaps)),
        request=lambda _turn, confirmed: calls.append(("request", confirmed)),
    )
    ActionReturnItem().call(tracker("yes", "affirm", slots=slots))(SimpleNamespace(returns=use_cases), None)  # type: ignore[arg-type]
    assert calls == [called]


@pytest.mark.parametrize(("known", "number"), [({}, "1001"), ({"orders_number": "1003"}, None)])
async def test_a_refund_is_about_the_order_that_was_last_spoken_of(known: dict[str, str], number: str | None) -> None:
    heard = tracker("where is my refund", "refund_status", slots={"orders_last": "1001", **known})
    found = refunds.ValidateRefundStatusForm().extract_orders_number(CollectingDispatcher(), heard, {})
    assert found == ({"orders_number": number} if number else {})
