"""What a message does besides answering: asking back, giving nothing, adding, swearing, taking an offer, moving on."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions._run import over
from actions.dialog import ActionAnswerAside, ActionTakeOffer
from actions.orders import ValidateTrackOrderForm
from actions.sales import ValidateContactSalesForm
from actions.tickets_forms import ValidateUpdateTicketForm
from actions.tickets_new import ValidateCreateTicketForm
from bridge.model.outcome import BackendState, Outcome
from tests.actions.tracking import fill, tracker
from tests.support.frontdesk import DOMAIN

TORN = "my jacket arrived torn"
OPEN = {"tickets_description": TORN, "tickets_priority": "normal", "tickets_email": "ann@example.test"}
Event = dict[str, Any]


def user(text: str, intent: str, **entities: str) -> Event:
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    return {"event": "user", "text": text, "parse_data": {"text": text, "intent": {"name": intent}, "entities": found}}


def bot(*payloads: str) -> Event:
    return {"event": "bot", "text": "", "data": {"buttons": [{"title": each, "payload": each} for each in payloads]}}


async def aside(text: str, intent: str, asked: str | None = None, **known: Any) -> str:
    dispatcher = CollectingDispatcher()
    before = known.pop("before", ())
    heard = tracker(text, intent, asked=asked, slots=known, before=before)
    await ActionAnswerAside().run(dispatcher, heard, DOMAIN)
    ((message),) = dispatcher.messages
    return str(message["response"])


@pytest.mark.parametrize(
    ("text", "intent", "asked", "expected"),
    [
        ("why do you need that", "explain", "orders_contact", "utter_orders_contact_explained"),
        ("which one?", "nlu_fallback", "orders_number", "utter_orders_number_explained"),
        ("what number", "inform", "tickets_number", "utter_tickets_number_explained"),
        ("???", "help", "tickets_description", "utter_tickets_description_explained"),
        ("idk", "nlu_fallback", "orders_number", "utter_orders_number_unknown"),
        ("no", "deny", "orders_contact", "utter_orders_contact_unknown"),
        ("...", "nlu_fallback", "tickets_email", "utter_tickets_email_unknown"),
        ("i don't have the mail any more", "update_contact_details", "orders_contact", "utter_orders_contact_unknown"),
        ("thanks", "thank", "orders_number", "utter_dialog_thank"),
        ("yes", "affirm", "orders_number", "utter_dialog_aside_affirm"),
        ("where is my order", "track_order", "orders_number", "utter_dialog_aside_track_order"),
        ("WHERE IS MY DAMN ORDER", "track_order", "orders_number", "utter_dialog_calm"),
        ("this is ridiculous", "complain", "orders_number", "utter_dialog_calm"),
        ("this is ridiculous", "complain", None, "utter_tickets_complain"),
    ],
)
async def test_what_is_no_answer_is_met_by_what_it_is_about(
    text: str, intent: str, asked: str | None, expected: str
) -> None:
    assert await aside(text, intent, asked) == expected


async def test_who_has_no_answer_twice_is_shown_a_way_out() -> None:
    assert await aside("dunno", "nlu_fallback", "orders_number", dialog_again=True) == "utter_dialog_stuck"


@pytest.mark.parametrize("asked", [None, "orders_number"])
async def test_who_is_angry_again_is_offered_a_person(asked: str | None) -> None:
    before = [user("you are useless", "out_of_scope"), bot(), user("thanks", "thank")]
    assert await aside("this is a disgrace", "complain", asked, before=before) == "utter_dialog_calm_person"


def test_an_angry_answer_is_taken_and_met_calmly() -> None:
    slots, responses = fill(
        ValidateTrackOrderForm(), tracker("1001 you idiots", "inform", asked="orders_number", order_number="1001")
    )
    assert (slots["orders_number"], responses) == ("1001", ["utter_dialog_calm"])


@pytest.mark.parametrize(
    ("text", "intent", "added"),
    [
        ("yes but it is urgent", "affirm", "it is urgent"),
        ("yes and please call me", "talk_to_human", "please call me"),
        ("no, it is the button not the zip", "deny", "it is the button not the zip"),
    ],
)
def test_what_comes_with_a_yes_or_no_is_added_and_shown_again(text: str, intent: str, added: str) -> None:
    slots, _ = fill(ValidateCreateTicketForm(), tracker(text, intent, asked="tickets_confirmed", slots=OPEN))
    assert slots["tickets_description"] == f"{TORN}\n{added}"
    assert "tickets_confirmed" not in slots


def test_more_of_the_problem_is_added_while_something_else_is_asked() -> None:
    heard = tracker("the lining is ripped too", "create_ticket", asked="tickets_email", slots=OPEN)
    slots, responses = fill(ValidateCreateTicketForm(), heard)
    assert slots["tickets_description"].endswith("\nthe lining is ripped too")
    assert responses == ["utter_tickets_noted"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("...", "nlu_fallback"),
        ("idk", "nlu_fallback"),
        ("what should i write?", "explain"),
        ("no", "stop"),
        ("forget the ticket, where is 1001", "track_order"),
        ("please just let me talk to a human now", "talk_to_human"),
    ],
)
def test_what_is_no_description_is_not_written_down(text: str, intent: str) -> None:
    heard = tracker(text, intent, asked="tickets_description")
    heard.latest_message["intent"]["confidence"] = 0.95
    assert "tickets_description" not in fill(ValidateCreateTicketForm(), heard)[0]


@pytest.mark.parametrize(("text", "intent"), [("yes", "affirm"), ("/create_ticket", "create_ticket")])
def test_a_ticket_that_was_offered_begins_with_what_was_said(text: str, intent: str) -> None:
    wish = user("please cancel order 1002", "cancel_order", order_number="1002")
    heard = tracker(text, intent, before=[wish, bot("/create_ticket", "/talk_to_human")])
    slots, _ = fill(ValidateCreateTicketForm(), heard)
    assert (slots["tickets_description"], slots["tickets_order_number"]) == ("please cancel order 1002", "1002")


@pytest.mark.parametrize("said", [user("hello", "greet"), user("is it raining in paris today", "out_of_scope")])
def test_a_ticket_does_not_begin_with_small_talk(said: Event) -> None:
    heard = tracker("/create_ticket", "create_ticket", before=[said, bot("/track_order", "/create_ticket")])
    assert "tickets_description" not in fill(ValidateCreateTicketForm(), heard)[0]


def test_it_is_the_ticket_last_spoken_of() -> None:
    heard = tracker("it is not solved, reopen it", "update_ticket", slots={"tickets_last": "T-10001"})
    slots, _ = fill(ValidateUpdateTicketForm(), heard)
    assert (slots["tickets_number"], slots["tickets_comment"]) == ("T-10001", "it is not solved, reopen it")
    heard = tracker("add a comment to my ticket", "update_ticket", slots={"tickets_last": "T-10001"})
    assert "tickets_comment" not in fill(ValidateUpdateTicketForm(), heard)[0]


def test_an_order_number_is_told_from_the_postcode_beside_it() -> None:
    heard = tracker("1001 94107", "inform", order_number=["1001", "94107"], postcode="94107")
    slots, _ = fill(ValidateTrackOrderForm(), heard)
    assert (slots["orders_number"], slots["orders_contact"]) == ("1001", "94107")


def test_a_lead_that_names_the_goods_is_not_asked_for_them() -> None:
    heard = tracker("200 jackets for my club", "contact_sales", quantity="200", product="jacket")
    assert fill(ValidateContactSalesForm(), heard)[0]["sales_interest"] == "200 jackets for my club"
    heard = tracker("i want to talk to sales", "contact_sales")
    assert "sales_interest" not in fill(ValidateContactSalesForm(), heard)[0]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([user("how do i return it", "return_item"), bot("/create_ticket", "/talk_to_human")], "create_ticket"),
        ([user("are you a bot", "bot_challenge"), bot("/talk_to_human")], "talk_to_human"),
        ([user("return", "return_item"), bot("/create_ticket"), user("thx", "thank"), bot()], "create_ticket"),
        ([user("hello", "greet"), bot("/track_order", "/create_ticket", "/check_ticket")], "nothing"),
        ([user("rain jackets", "search_products"), bot('/try_again{"seq":1}', "/talk_to_human")], "nothing"),
        ([], "nothing"),
    ],
)
async def test_a_yes_takes_the_first_way_on_of_an_offer(before: list[Event], expected: str) -> None:
    (event,) = await ActionTakeOffer().run(CollectingDispatcher(), tracker("yes", "affirm", before=before), DOMAIN)
    assert (event["name"], event["value"]) == ("dialog_offer", expected)


async def test_an_offer_does_not_live_forever() -> None:
    old = [user("return", "return_item"), bot("/create_ticket"), *[user("thx", "thank"), bot()] * 2]
    (event,) = await ActionTakeOffer().run(CollectingDispatcher(), tracker("yes", "affirm", before=old), DOMAIN)
    assert event["value"] == "nothing"


def test_a_form_remembers_what_it_broke_off_and_its_end_offers_to_go_on() -> None:
    heard = tracker("where is 1001", "track_order", slots={"dialog_retry": "create_ticket_form"}, order_number="1001")
    assert fill(ValidateTrackOrderForm(), heard)[0]["dialog_interrupted"] == "create_ticket_form"
    dispatcher = CollectingDispatcher()
    told = tracker("94107", "inform", slots={"dialog_interrupted": "create_ticket_form"})
    events = over(Outcome("utter_x"), dispatcher, told, "track_order_form")
    assert [message["response"] for message in dispatcher.messages] == ["utter_x", "utter_dialog_go_on"]
    assert {event["name"]: event["value"] for event in events} == {
        "backend_state": "done",
        "dialog_retry": "create_ticket_form",
        "dialog_interrupted": None,
    }


@pytest.mark.parametrize("outcome", [Outcome("utter_x", again=True), Outcome("utter_x", state=BackendState.FAILED)])
def test_a_task_that_is_not_over_offers_nothing_else(outcome: Outcome) -> None:
    dispatcher = CollectingDispatcher()
    told = tracker("94107", "inform", slots={"dialog_interrupted": "create_ticket_form"})
    over(outcome, dispatcher, told, "track_order_form")
    assert [message["response"] for message in dispatcher.messages] == ["utter_x"]
