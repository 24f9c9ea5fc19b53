"""What the form of a change of address takes for what: numbers, addresses, corrections, asides, and a yes."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions import orders_readdressed
from actions.orders_address import ValidateChangeAddressForm
from actions.orders_readdressed import ActionAskAddress
from bridge.model.outcome import Outcome
from tests.actions.tracking import tracker

FORM = ValidateChangeAddressForm()
ELM = {"line1": "12 Elm Street", "city": "Springfield", "postcode": "62704", "region": "IL"}
ADDRESS, TOLD, CONFIRMED = "orders_address", "orders_address_told", "orders_confirmed"


def heard(text: str, intent: str, asked: str | None, sure: bool = True, **entities: str) -> Any:
    said = tracker(text, intent, asked=asked, slots={"orders_number": "1002"}, **entities)
    said.latest_message["intent"]["confidence"] = 0.95 if sure else 0.4
    return said


@pytest.mark.parametrize(
    ("text", "intent", "asked", "entities", "taken"),
    [
        ("12 Elm Street, Springfield 62704", "inform", ADDRESS, {"order_number": "62704"}, True),
        ("12 Elm Street, Springfield 62704", "track_order", ADDRESS, {"postcode": "62704"}, True),
        ("12 Elm Street", "nlu_fallback", ADDRESS, {}, True),
        ("blah", "nlu_fallback", ADDRESS, {}, True),
        ("do you have size 12 boots", "check_stock", ADDRESS, {}, False),
        ("never mind", "stop", ADDRESS, {}, False),
        ("why do you need that", "explain", ADDRESS, {}, False),
        ("idk", "inform", ADDRESS, {}, False),
        ("no, the zip is 62705", "deny", CONFIRMED, {"postcode": "62705"}, True),
        ("no, 14 Elm Street", "deny", CONFIRMED, {}, True),
        ("no, order 1003", "deny", CONFIRMED, {"order_number": "1003"}, False),
        ("62705", "inform", CONFIRMED, {"postcode": "62705"}, True),
        ("yes", "affirm", CONFIRMED, {}, False),
        ("no", "deny", CONFIRMED, {}, False),
    ],
)
def test_what_is_taken_for_an_address(
    text: str, intent: str, asked: str, entities: dict[str, str], taken: bool
) -> None:
    found = FORM.extract_orders_address(CollectingDispatcher(), heard(text, intent, asked, **entities), {})
    assert (ADDRESS in found) == taken


def test_a_postcode_that_looks_like_an_order_is_left_in_the_address() -> None:
    said = tracker(
        "send order 1002 to 18 Harbour Lane, Salem, OR 97301",
        "change_shipping_address",
        order_number=["1002", "97301"],
        postcode="97301",
    )
    taken = FORM.extract_orders_address(CollectingDispatcher(), said, {})
    assert taken == {ADDRESS: "18 Harbour Lane, Salem, OR 97301"}


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("send order 1240 to 5 Oak Street, Springfield 62704", "5 Oak Street, Springfield 62704"),
        ("send order 1240 to another address", None),
        ("change the address of 1240", None),
    ],
)
def test_a_wish_may_hold_the_address_already(text: str, taken: str | None) -> None:
    said = heard(text, "change_shipping_address", None, order_number="1240")
    assert FORM.extract_orders_address(CollectingDispatcher(), said, {}) == ({ADDRESS: taken} if taken else {})


@pytest.mark.parametrize(
    ("text", "intent", "asked", "number"),
    [
        ("12 Elm Street, Springfield 62704", "inform", ADDRESS, None),
        ("62705", "inform", CONFIRMED, None),
        ("no, order 1003", "deny", CONFIRMED, "1003"),
        ("change the address of 1003", "change_shipping_address", ADDRESS, "1003"),
    ],
)
def test_a_house_number_and_a_postcode_are_no_order(text: str, intent: str, asked: str, number: str | None) -> None:
    entity = number or text.rsplit(maxsplit=1)[-1]
    said = heard(text, intent, asked, order_number=entity)
    taken = FORM.extract_orders_number(CollectingDispatcher(), said, {})
    assert taken == ({"orders_number": number} if number else {})


def validated(typed: str, told: dict[str, str] | None = None) -> tuple[dict[str, Any], list[str]]:
    dispatcher = CollectingDispatcher()
    said = tracker(typed, "inform", asked=ADDRESS, slots={TOLD: told})
    slots = FORM.validate_orders_address(typed, dispatcher, said, {})
    return slots, [message["response"] for message in dispatcher.messages]


def test_an_address_in_one_message_is_whole() -> None:
    assert validated("12 Elm Street, Springfield, IL 62704") == ({ADDRESS: ELM, TOLD: ELM}, [])


def test_an_address_comes_in_parts_and_nothing_is_asked_twice() -> None:
    slots, said = validated("12 Elm Street")
    assert (slots, said) == ({ADDRESS: None, TOLD: {"line1": "12 Elm Street"}}, [])
    slots, _ = validated("Springfield", slots[TOLD])
    assert slots[ADDRESS] is None
    slots, _ = validated("62704", slots[TOLD])
    assert slots[ADDRESS] == {"line1": "12 Elm Street", "city": "Springfield", "postcode": "62704"}


def test_a_correction_keeps_the_rest() -> None:
    assert validated("the zip is 62705", ELM)[0][ADDRESS] == {**ELM, "postcode": "62705"}


@pytest.mark.parametrize("typed", ["to my office", "blah", "x" * 300])
def test_what_is_no_address_is_not_taken_for_a_town(typed: str) -> None:
    assert validated(typed) == ({ADDRESS: None}, ["utter_orders_address_unclear"])


async def asked(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str] | None, found: str | None
) -> tuple[list[str], list[Any]]:
    async def in_time(*_: Any) -> Outcome | None:
        return Outcome(found) if found else None

    monkeypatch.setattr(orders_readdressed, "in_time", in_time)
    dispatcher = CollectingDispatcher()
    events = await ActionAskAddress().run(dispatcher, tracker("x", "inform", slots={TOLD: told}), {})
    return [message["response"] for message in dispatcher.messages], events


@pytest.mark.parametrize(
    ("told", "response"),
    [
        (None, "utter_ask_orders_address"),
        ({"line1": "12 Elm Street"}, "utter_orders_address_missing_city"),
        ({"line1": "12 Elm Street", "city": "Springfield"}, "utter_orders_address_missing_postcode"),
        ({"city": "Springfield", "postcode": "62704"}, "utter_orders_address_missing_line1"),
    ],
)
@pytest.mark.parametrize("found", [None, "utter_orders_address_missing_line1"])
async def test_what_is_missing_is_asked_for(
    told: dict[str, str] | None, response: str, found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await asked(monkeypatch, told, found) == ([response], [])


async def test_no_address_is_asked_for_an_order_that_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    said, events = await asked(monkeypatch, None, "utter_orders_address_on_its_way")
    assert (said, [(event["name"], event["value"]) for event in events]) == ([], [("requested_slot", None)])


@pytest.mark.parametrize(
    ("text", "intent", "entities", "said"),
    [
        ("yes", "affirm", {}, True),
        ("yes, change it please", "affirm", {}, True),
        ("no", "deny", {}, False),
        ("no, 62705", "deny", {"postcode": "62705"}, None),
        ("no, the zip is wrong", "deny", {}, None),
    ],
)
def test_what_is_a_yes_to_what_was_shown(text: str, intent: str, entities: dict[str, str], said: bool | None) -> None:
    taken = FORM.extract_orders_confirmed(CollectingDispatcher(), heard(text, intent, CONFIRMED, **entities), {})
    assert taken == ({} if said is None else {CONFIRMED: said})
