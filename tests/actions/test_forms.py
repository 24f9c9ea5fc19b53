"""What each form takes from a message, and what it leaves to the rules as an aside."""

from __future__ import annotations

from typing import Any

import pytest

from actions.orders import ValidateTrackOrderForm
from actions.sales import ValidateContactSalesForm
from actions.tickets_forms import ValidateCheckTicketForm, ValidateUpdateTicketForm
from actions.tickets_new import ValidateCreateTicketForm
from tests.actions.tracking import fill, tracker

EMAIL = "ann@example.test"
NUMBER, CONTACT = "orders_number", "orders_contact"
KNOWN_NUMBER = {NUMBER: "1001"}
TOLD = "my jacket arrived with a broken zip"
CREATED = {
    "tickets_description": TOLD,
    "tickets_email": EMAIL,
    "tickets_order_number": "1001",
    "tickets_priority": "low",
}


def given(slots: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Return what is new or changed: Rasa sets the known slots again, which changes nothing."""
    return {name: value for name, value in slots.items() if name != "requested_slot" and known.get(name) != value}


Case = tuple[str, str, str | None, dict[str, Any], dict[str, str], dict[str, Any], list[str]]

TRACKING: dict[str, Case] = {
    "everything at once": (
        f"where is order 1001, my mail is {EMAIL}", "track_order", None, {},
        {"order_number": "1001", "email": EMAIL}, {NUMBER: "1001", CONTACT: EMAIL}, [],
    ),
    "number first": ("where is #1001", "track_order", None, {}, {"order_number": "#1001"}, {NUMBER: "1001"}, []),
    "no number": ("where is my order", "track_order", None, {}, {}, {}, []),
    "number asked": ("#1001?", "inform", NUMBER, {}, {"order_number": "#1001"}, {NUMBER: "1001"}, []),
    "number no pattern knows": ("A1", "nlu_fallback", NUMBER, {}, {}, {NUMBER: "A1"}, []),
    "no number at all": ("the blue one", "inform", NUMBER, {}, {}, {NUMBER: None}, ["utter_orders_number_unknown"]),
    "a bare ZIP code": (
        "94107", "inform", CONTACT, KNOWN_NUMBER,
        {"order_number": "94107", "postcode": "94107"}, {CONTACT: "94107"}, [],
    ),
    "the number corrected": (
        "no, the number is 1002", "deny", CONTACT, KNOWN_NUMBER, {"order_number": "1002"}, {NUMBER: "1002"}, [],
    ),
    "the later of two numbers": (
        "not 1001, 1002", "inform", NUMBER, {}, {"order_number": ["1001", "1002"]}, {NUMBER: "1002"}, [],
    ),
    "address asked": (f"it's {EMAIL}.", "inform", CONTACT, KNOWN_NUMBER, {"email": EMAIL}, {CONTACT: EMAIL}, []),
    "address spelled out": (
        "ann at mail dot com", "inform", CONTACT, KNOWN_NUMBER, {}, {}, ["utter_dialog_email_spelled_out"],
    ),
    "address unreadable": ("hm", "nlu_fallback", CONTACT, KNOWN_NUMBER, {}, {}, ["utter_orders_contact_unclear"]),
    "address of the ticket before": (
        "where is 1001", "track_order", None, {"tickets_email": EMAIL}, {"order_number": "1001"},
        {NUMBER: "1001", CONTACT: EMAIL}, [],
    ),
    "aside: thanks": ("thank you", "thank", CONTACT, KNOWN_NUMBER, {}, {}, []),
    "aside: a greeting": ("hello", "greet", NUMBER, {}, {}, {}, []),
    "aside: another wish": ("can I return this?", "return_item", NUMBER, {}, {}, {}, []),
    "aside: another wish with a number": (
        "please cancel the other order 1002 for me", "cancel_order", CONTACT, KNOWN_NUMBER,
        {"order_number": "1002"}, {}, [],
    ),
    "aside: a plain no": ("no", "deny", CONTACT, KNOWN_NUMBER, {}, {}, []),
    "a button": ("/track_order", "track_order", None, {}, {}, {}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", TRACKING.values(), ids=TRACKING.keys())
def test_tracking_an_order(case: Case) -> None:
    text, intent, asked, known, entities, expected, uttered = case
    slots, responses = fill(ValidateTrackOrderForm(), tracker(text, intent, asked=asked, slots=known, **entities))
    assert (given(slots, known), responses) == ({k: v for k, v in expected.items() if known.get(k) != v}, uttered)


NO = "none"
CREATING: dict[str, Case] = {
    "everything at once": (
        f"{TOLD}, order 1001, {EMAIL}", "create_ticket", None, {}, {"order_number": "1001", "email": EMAIL},
        {"tickets_description": f"{TOLD}, order 1001, {EMAIL}", "tickets_order_number": "1001", "tickets_email": EMAIL},
        [],
    ),
    "a wish alone": ("open a ticket please", "create_ticket", None, {}, {}, {}, []),
    "a button": ("/create_ticket", "create_ticket", None, {}, {}, {}, []),
    "what happened": (TOLD, "return_item", "tickets_description", {}, {}, {"tickets_description": TOLD}, []),
    "stop": ("stop", "stop", "tickets_description", {}, {}, {}, []),
    "a person": ("let me talk to a person", "talk_to_human", "tickets_description", {}, {}, {}, []),
    "no order, pressed": ("/deny", "deny", "tickets_order_number", {}, {}, {"tickets_order_number": NO}, []),
    "no order, typed": ("no order", "deny", "tickets_order_number", {}, {}, {"tickets_order_number": NO}, []),
    "none": ("None.", "inform", "tickets_order_number", {}, {}, {"tickets_order_number": NO}, []),
    "the order": ("#1001", "inform", "tickets_order_number", {}, {"order_number": "#1001"},
                  {"tickets_order_number": "1001"}, []),
    "no, another one": ("no, 1002", "deny", "tickets_order_number", {}, {"order_number": "1002"},
                        {"tickets_order_number": "1002"}, []),
    "an order that is none": ("the blue", "inform", "tickets_order_number", {}, {}, {},
                              ["utter_tickets_order_number_unclear"]),
    "urgent, pressed": ('/inform{"priority": "urgent"}', "inform", "tickets_priority", {}, {"priority": "urgent"},
                        {"tickets_priority": "urgent"}, []),
    "urgent, typed": ("it is urgent", "inform", "tickets_priority", {}, {}, {"tickets_priority": "urgent"}, []),
    "so so": ("so so", "nlu_fallback", "tickets_priority", {}, {}, {"tickets_priority": "normal"}, []),
    "address": (EMAIL, "inform", "tickets_email", {}, {"email": EMAIL}, {"tickets_email": EMAIL}, []),
    "address known from an order": (TOLD, "create_ticket", None, {"orders_contact": EMAIL}, {},
                                    {"tickets_description": TOLD, "tickets_email": EMAIL}, []),
    "a postcode is no address": (TOLD, "create_ticket", None, {"orders_contact": "94107"}, {},
                                 {"tickets_description": TOLD}, []),
    "address spelled out": ("ann at mail dot com", "inform", "tickets_email", {}, {}, {},
                            ["utter_dialog_email_spelled_out"]),
    "address unreadable": ("hm", "inform", "tickets_email", {}, {}, {}, ["utter_dialog_email_unclear"]),
    "yes": ("yes", "affirm", "tickets_confirmed", CREATED, {}, {"tickets_confirmed": True}, []),
    "no": ("/deny", "deny", "tickets_confirmed", CREATED, {}, {"tickets_confirmed": False}, []),
    "no, another address": ("no, bob@example.test", "deny", "tickets_confirmed", CREATED,
                            {"email": "bob@example.test"}, {"tickets_email": "bob@example.test"}, []),
    "no, another order": ("no, order 1002", "deny", "tickets_confirmed", CREATED, {"order_number": "1002"},
                          {"tickets_order_number": "1002"}, []),
    "aside: thanks": ("thanks", "thank", "tickets_confirmed", CREATED, {}, {}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", CREATING.values(), ids=CREATING.keys())
def test_creating_a_ticket(case: Case) -> None:
    text, intent, asked, known, entities, expected, uttered = case
    slots, responses = fill(ValidateCreateTicketForm(), tracker(text, intent, asked=asked, slots=known, **entities))
    new = {name: value for name, value in given(slots, known).items() if value is not None}
    assert (new, responses) == (expected, uttered)


FOLLOWING: dict[str, Case] = {
    "number and address": (f"T-10001 {EMAIL}", "inform", "tickets_number", {},
                           {"ticket_number": "T-10001", "email": EMAIL},
                           {"tickets_number": "T-10001", "tickets_email": EMAIL}, []),
    "a bare number": ("10001", "inform", "tickets_number", {}, {"order_number": "10001"},
                      {"tickets_number": "10001"}, []),
    "no number": ("the last one", "inform", "tickets_number", {}, {}, {}, ["utter_tickets_number_unclear"]),
    "aside": ("do you ship to Norway?", "ask_delivery", "tickets_number", {}, {}, {}, []),
}  # fmt: skip


@pytest.mark.parametrize("form", [ValidateCheckTicketForm, ValidateUpdateTicketForm])
@pytest.mark.parametrize("case", FOLLOWING.values(), ids=FOLLOWING.keys())
def test_following_a_ticket(form: type[ValidateCheckTicketForm], case: Case) -> None:
    text, intent, asked, known, entities, expected, uttered = case
    slots, responses = fill(form(), tracker(text, intent, asked=asked, slots=known, **entities))
    new = {name: value for name, value in given(slots, known).items() if value is not None}
    assert (new, responses) == (expected, uttered)


def test_a_comment_is_taken_as_it_stands() -> None:
    heard = tracker("It is  the left one!", "out_of_scope", asked="tickets_comment")
    assert fill(ValidateUpdateTicketForm(), heard)[0]["tickets_comment"] == "It is  the left one!"


def test_a_lead_is_taken_step_by_step() -> None:
    form = ValidateContactSalesForm()
    heard = tracker("200 jackets", "place_order", asked="sales_interest")
    assert fill(form, heard)[0]["sales_interest"] == "200 jackets"
    heard = tracker(f"mail {EMAIL}", "inform", asked="sales_email", email=EMAIL)
    assert fill(form, heard)[0]["sales_email"] == EMAIL
    heard = tracker("yes", "affirm", asked="sales_confirmed")
    assert fill(form, heard)[0]["sales_confirmed"] is True


@pytest.mark.parametrize(
    ("told", "left_out"),
    [
        ("", set()),
        ("the website looks odd", {"tickets_order_number"}),
        ("the website looks odd, no rush", {"tickets_order_number", "tickets_priority"}),
        ("my parcel is wet, urgent", {"tickets_priority"}),
        ("my parcel is wet", set()),
    ],
)
async def test_only_what_the_words_leave_open_is_asked(told: str, left_out: set[str]) -> None:
    heard = tracker("", "create_ticket", slots={"tickets_description": told or None})
    every = ["tickets_description", "tickets_order_number", "tickets_priority", "tickets_email", "tickets_confirmed"]
    asked = await ValidateCreateTicketForm().required_slots(every, None, heard, {})
    assert set(every) - set(asked) == left_out
