"""What the form of a cancellation takes for what: codes, numbers, "it", and a yes."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.orders_cancel import ValidateCancelOrderForm
from tests.actions.tracking import tracker

DISPATCHER: Any = CollectingDispatcher()
FORM = ValidateCancelOrderForm()


@pytest.mark.parametrize(
    ("text", "intent", "asked", "slots", "entities", "number"),
    [
        ("cancel order 1002", "cancel_order", None, {}, {"order_number": "1002"}, "1002"),
        ("cancel it", "cancel_order", None, {"orders_last": "1002"}, {}, "1002"),
        ("cancel one of my orders", "cancel_order", None, {"orders_last": "1002"}, {}, None),
        ("cancel 1003", "cancel_order", None, {"orders_last": "1002"}, {"order_number": "1003"}, "1003"),
        ("482913", "inform", "account_code", {}, {"order_number": "482913"}, None),
        ("ann@example.test", "inform", "account_email", {"orders_last": "1002"}, {}, None),
        ("1002", "inform", "orders_number", {}, {"order_number": "1002"}, "1002"),
        ("order 1002", "track_order", "orders_number", {}, {"order_number": "1002"}, "1002"),
        ("no, 1003", "deny", "orders_confirmed", {"orders_number": "1002"}, {"order_number": "1003"}, "1003"),
        ("do you have tents", "search_products", "orders_number", {"orders_last": "1002"}, {}, None),
    ],
)
def test_which_order_is_meant(
    text: str, intent: str, asked: str | None, slots: dict[str, str], entities: dict[str, str], number: str | None
) -> None:
    heard = tracker(text, intent, asked=asked, slots=slots, **entities)
    taken = FORM.extract_orders_number(DISPATCHER, heard, {})
    assert taken == ({} if number is None else {"orders_number": number})


@pytest.mark.parametrize(
    ("text", "intent", "entities", "said"),
    [
        ("yes", "affirm", {}, True),
        ("yes, cancel it please", "affirm", {}, True),
        ("yes but only the jumper", "affirm", {}, None),
        ("no, keep it", "deny", {}, False),
        ("no, 1003", "deny", {"order_number": "1003"}, None),
        ("what happens then", "explain", {}, None),
    ],
)
def test_what_is_a_yes_to_what_was_shown(text: str, intent: str, entities: dict[str, str], said: bool | None) -> None:
    heard = tracker(text, intent, asked="orders_confirmed", slots={"orders_number": "1002"}, **entities)
    taken = FORM.extract_orders_confirmed(DISPATCHER, heard, {})
    assert taken == ({} if said is None else {"orders_confirmed": said})
