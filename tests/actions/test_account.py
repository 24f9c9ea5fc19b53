"""What the form that proves an address takes for a code, and what nobody who is verified is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.account import ValidateVerifyForm
from actions.orders import ValidateTrackOrderForm
from actions.sales import ValidateContactSalesForm
from actions.tickets_forms import ValidateCheckTicketForm
from tests.actions.tracking import tracker

DISPATCHER: Any = CollectingDispatcher()


@pytest.mark.parametrize(
    ("text", "intent", "entities", "code"),
    [
        ("482913", "inform", {"order_number": "482913"}, "482913"),
        ("the code is 482 913", "create_ticket", {}, "the code is 482 913"),
        ("1234", "inform", {"order_number": "1234"}, "1234"),
        ("where is order 482913", "track_order", {"order_number": "482913"}, None),
        ("no, ann@example.test", "inform", {"email": "ann@example.test"}, None),
        ("why do you need that", "explain", {}, None),
        ("i never got it", "verify_identity", {}, None),
    ],
)
def test_what_is_meant_as_a_code(text: str, intent: str, entities: dict[str, str], code: str | None) -> None:
    asked = tracker(text, intent, asked="account_code", slots={"account_email": "bob@example.test"}, **entities)
    asked.latest_message["intent"]["confidence"] = 0.99
    taken = ValidateVerifyForm().extract_account_code(DISPATCHER, asked, {})
    assert taken == ({} if code is None else {"account_code": code})


def test_a_number_that_nobody_asked_for_is_no_code() -> None:
    said = tracker("482913", "inform", asked="account_email", order_number="482913")
    assert ValidateVerifyForm().extract_account_code(DISPATCHER, said, {}) == {}


@pytest.mark.parametrize(
    ("slots", "asked", "email"),
    [
        ({"tickets_email": "ann@example.test"}, None, "ann@example.test"),
        ({"orders_contact": "ann@example.test"}, None, "ann@example.test"),
        ({"orders_contact": "94107"}, None, None),
        ({"orders_contact": "ann@example.test"}, "account_email", None),
        ({"orders_contact": "ann@example.test", "account_email": "bob@example.test"}, None, None),
    ],
)
def test_an_address_that_is_known_is_not_asked_for(slots: dict[str, str], asked: str | None, email: str | None) -> None:
    begun = tracker("verify me", "verify_identity", asked=asked, slots=slots)
    taken = ValidateVerifyForm().extract_account_email(DISPATCHER, begun, {})
    assert taken == ({} if email is None else {"account_email": email})


async def test_who_is_verified_is_asked_for_no_address(verified: list[str]) -> None:
    verified.append("ann@example.test")
    order = tracker("where is 1001", "track_order", order_number="1001")
    ticket = tracker("how is T-10001", "check_ticket", ticket_number="T-10001")
    contact = await ValidateTrackOrderForm().extract_orders_contact(DISPATCHER, order, {})
    email = await ValidateCheckTicketForm().extract_tickets_email(DISPATCHER, ticket, {})
    assert (contact, email) == ({"orders_contact": verified[0]}, {"tickets_email": verified[0]})
    offer = tracker("200 jackets please", "contact_sales", quantity="200")
    assert await ValidateContactSalesForm().extract_sales_email(DISPATCHER, offer, {}) == {"sales_email": verified[0]}
