"""What an unclear message is answered with, and what its buttons carry on."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import unclear
from actions._heard import missed_before, words_of
from actions.orders import ValidateTrackOrderForm
from actions.tickets_new import ValidateCreateTicketForm
from actions.unclear import ActionAskAgain, close_wishes, payload
from bridge.formatting.outbound import Speech
from tests.actions.tracking import fill, tracker
from tests.support.frontdesk import DOMAIN

Event = dict[str, Any]
SPEECH = Speech("en_US", "UTC")
TITLES: dict[str, str] = SPEECH.labels["wishes"]
CLOSE = [("nlu_fallback", 0.25), ("return_item", 0.22), ("refund_status", 0.21)]
FAR = [("nlu_fallback", 0.25), ("return_item", 0.2), ("refund_status", 0.05)]


def user(text: str, ranking: list[tuple[str, float]], **entities: str) -> Event:
    guesses = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    return {
        "event": "user",
        "text": text,
        "parse_data": {"text": text, "intent": guesses[0], "intent_ranking": guesses, "entities": found},
    }


def ask(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(unclear, "shared", lambda: SimpleNamespace(speech=SPEECH))


async def answer(monkeypatch: pytest.MonkeyPatch, *events: Event) -> Event:
    ask(monkeypatch)
    latest = {**events[-1]["parse_data"], "text": events[-1]["text"]}
    heard = Tracker("conversation", {}, latest, list(events), False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    settled = await ActionAskAgain().run(dispatcher, heard, DOMAIN)
    assert [(event["name"], event["value"]) for event in settled] == [("backend_state", "done")]
    ((message),) = dispatcher.messages
    return dict(message)


async def test_two_close_wishes_are_a_question_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    said = await answer(monkeypatch, user("the jacket from 1001, money?", CLOSE, order_number="1001"))
    assert said["response"] == "utter_dialog_which"
    assert (said["first"], said["second_title"]) == ("send something back", "Hear about your refund")
    name, content = said["first_payload"].split("{", 1)
    assert name == "/return_item"
    assert json.loads("{" + content) == {"order_number": "1001", "said": "the jacket from 1001, money?"}


async def test_an_unclear_message_is_to_be_rephrased_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await answer(monkeypatch, user("zzz", FAR)))["response"] == "utter_dialog_nlu_fallback"


async def test_the_second_in_a_row_offers_a_ticket_with_all_words(monkeypatch: pytest.MonkeyPatch) -> None:
    said = await answer(monkeypatch, user("the thing 1001", FAR, order_number="1001"), user("you know", CLOSE))
    assert said["response"] == "utter_dialog_unclear_again"
    assert json.loads(said["ticket_payload"].removeprefix("/create_ticket")) == {
        "order_number": "1001",
        "said": "the thing 1001\nyou know",
    }


async def test_what_was_understood_in_between_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    events = user("zzz", FAR), user("hello", [("greet", 0.99)]), user("zzz", FAR)
    assert (await answer(monkeypatch, *events))["response"] == "utter_dialog_nlu_fallback"


async def test_neither_asks_to_rephrase_and_is_no_miss_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    neither = user("/nlu_fallback", [("nlu_fallback", 1.0)])
    first = user("the jacket, money?", CLOSE)
    assert (await answer(monkeypatch, first, neither))["response"] == "utter_dialog_neither"
    again = await answer(monkeypatch, first, neither, user("gone it must be", FAR))
    assert again["response"] == "utter_dialog_unclear_again"
    assert "the jacket, money?\\ngone it must be" in again["ticket_payload"]


@pytest.mark.parametrize(
    "ranking",
    [
        [],
        CLOSE[:2],
        FAR,
        [("nlu_fallback", 0.25), ("return_item", 0.08), ("refund_status", 0.07)],
        [("nlu_fallback", 0.25), ("deny", 0.22), ("refund_status", 0.21)],
    ],
)
def test_there_is_no_question_where_guesses_are_few_far_weak_or_no_wishes(ranking: list[tuple[str, float]]) -> None:
    assert close_wishes([{"name": name, "confidence": value} for name, value in ranking], TITLES) is None


def test_every_intent_that_is_a_wish_has_a_title_and_no_other() -> None:
    intents = {name for each in DOMAIN["intents"] for name in (each if isinstance(each, dict) else [each])}
    no_wish = "greet goodbye thank affirm deny stop help bot_challenge give_feedback inform crisis out_of_scope"
    own = {"nlu_fallback", "try_again", "EXTERNAL_tell_result"}
    assert intents - set(no_wish.split()) - own - {"explain"} == set(TITLES)
    assert len(set(TITLES.values())) == len(TITLES)


@given(st.text(max_size=2_000), st.text(max_size=80))
def test_whatever_was_said_the_payload_is_taken_by_the_gateway_and_read_by_rasa(text: str, value: str) -> None:
    sent = payload("return_item", [user(text, CLOSE, email=value)["parse_data"]])
    assert len(sent) <= 2_000 or len(text) > 300
    assert "\n" not in sent
    content = json.loads(sent.removeprefix("/return_item"))
    assert content["email"] == value
    assert text.strip().endswith(content["said"])


def test_the_words_of_a_button_are_those_of_the_unclear_message() -> None:
    heard = tracker('/create_ticket{"said": "the blender leaks and smells"}', "create_ticket")
    heard.latest_message["entities"] = [{"entity": "said", "value": "the blender leaks and smells"}]
    slots, _ = fill(ValidateCreateTicketForm(), heard)
    assert slots["tickets_description"] == "the blender leaks and smells"


def test_the_number_of_the_unclear_message_is_not_asked_for_again() -> None:
    heard = tracker('/track_order{"order_number": "1001", "said": "1001 hm"}', "track_order", order_number="1001")
    slots, _ = fill(ValidateTrackOrderForm(), heard)
    assert slots["orders_number"] == "1001"


def test_of_two_wishes_only_the_first_is_read_unless_all_is_written_down() -> None:
    heard = tracker("the lamp broke and where is 1002", "create_ticket")
    heard.latest_message["next_wish"] = {"first": "the lamp broke", "text": "where is 1002"}
    assert words_of(heard) == "the lamp broke"
    assert words_of(heard, whole=True) == "the lamp broke and where is 1002"
    assert words_of(tracker("/create_ticket", "create_ticket")) == ""


def in_form(*turns: Event, asked: str = "orders_number") -> Tracker:
    """Return a tracker that asks for a slot, after these turns."""
    question = {"event": "slot", "name": "requested_slot", "value": asked}
    heard = tracker("gibberish", "inform", asked=asked)
    heard.events = [question, *turns, {"event": "user", "text": "gibberish"}]
    return heard


def uttered(name: str) -> Event:
    return {"event": "bot", "metadata": {"utter_action": name}}


MISSED = ({"event": "user", "text": "x"}, uttered("utter_orders_number_unclear"))


def test_the_second_answer_in_a_row_that_is_not_understood_offers_a_person() -> None:
    heard = in_form(*MISSED)
    assert missed_before(heard)
    _, responses = fill(ValidateTrackOrderForm(), heard)
    assert "utter_dialog_unclear_twice" in responses


@pytest.mark.parametrize(
    "turns",
    [
        (),
        ({"event": "user", "text": "x"}, uttered("utter_dialog_greet")),
        (*MISSED, {"event": "user", "text": "hello"}, uttered("utter_dialog_greet")),
        ({"event": "slot", "name": "requested_slot", "value": "orders_contact"}, *MISSED),
    ],
    ids=["first", "understood", "understood between", "another question"],
)
def test_the_first_one_does_not(turns: tuple[Event, ...]) -> None:
    heard = in_form(*turns)
    assert not missed_before(heard)
    _, responses = fill(ValidateTrackOrderForm(), heard)
    assert responses
    assert "utter_dialog_unclear_twice" not in responses
