"""What the form of a cart takes from a message, and what it leaves to the rules as an aside."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions import _run, cart
from actions._cart import PUT_IN
from actions.cart import ActionAskToCheckOut, ActionAskWhatToBuy, ActionCheckOut, ValidatePlaceOrderForm
from bridge.conversation.turns import Turn
from bridge.formatting.outbound import Speech
from bridge.model.commerce import Product, Variant
from bridge.model.identity import Identity
from bridge.model.money import Money
from bridge.model.outcome import Outcome
from bridge.usecases.basket import Basket, Line, Question
from bridge.usecases.cart import Cart
from tests.actions.tracking import fill, tracker
from tests.support.frontdesk import DOMAIN, make_settings

TURN = Turn("conversation", 1, datetime.now(timezone.utc), Identity(), "")
PRICE = Money(1990, "USD")
SHIRTS = tuple(Variant(f"TS-{size}", {"size": size}, PRICE, None, f"ts-{size}") for size in "ML")
SHELF = (
    Product("1", "Blue T-Shirt", SHIRTS),
    Product("2", "Black Jeans", (Variant("BJ", {"size": "32"}, PRICE, None, "bj"),)),
)
SHIRT = Line("ts-L", "Blue T-Shirt", {"size": "L"}, 2, PRICE)
WANTED, CONTENT, CONFIRMED = "cart_wanted", "cart_content", "cart_confirmed"
FULL = {WANTED: PUT_IN, CONTENT: Basket((SHIRT,)).to_json()}
ASKED_SIZE = {CONTENT: Basket((), ("a blue t-shirt",), Question(("M", "L"), "size", "Blue T-Shirt")).to_json()}


class Shop:
    """Find what has any of the words."""

    capabilities = frozenset({"search_products", "create_checkout"})

    def search_products(self, text: str, limit: int) -> list[Product]:
        return [each for each in SHELF if any(word in each.name.casefold() for word in text.split())]


@pytest.fixture(autouse=True)
def frontdesk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return what the actions find: a cart in a small shop."""
    missing: Any = None
    settings = make_settings("sqlite://").deployment
    made = SimpleNamespace(
        cart=Cart(Shop(), missing, missing, missing, settings.shop),  # type: ignore[arg-type]  # only what is asked here
        turns=SimpleNamespace(current=lambda *_: TURN),
        speech=Speech("en_US", "UTC"),
    )
    for module in (_run, cart):
        monkeypatch.setattr(module, "shared", lambda: made)
    return made


def heard(text: str, intent: str, asked: str | None = None, slots: dict[str, Any] | None = None, **named: str) -> Any:
    """Return the lines and the slots that a message leaves, and what was said of it."""
    slots, said = fill(ValidatePlaceOrderForm(), tracker(text, intent, asked=asked, slots=slots, **named))
    basket = Basket.from_json(slots.get(CONTENT))
    return [(line.quantity, line.name) for line in basket.lines], slots, said


L_SHIRT, M_SHIRT, JEANS = "Blue T-Shirt L", "Blue T-Shirt M", "Black Jeans 32"


@pytest.mark.parametrize(
    ("text", "intent", "last", "named", "expected"),
    [
        ("i'd like two blue t-shirts in L", "place_order", None, {"product": "t-shirt"}, [(2, L_SHIRT)]),
        ("I'll take two of those in L", "place_order", "any blue t-shirts?", {"size": "L"}, [(2, L_SHIRT)]),
        ("in M rather", "place_order", "blue t-shirts in L", {"size": "M"}, [(1, M_SHIRT)]),
        ("i'll take it", "place_order", "black jeans", {}, [(1, JEANS)]),
        ("/place_order", "place_order", "black jeans", {}, [(1, JEANS)]),
        ('/place_order{"said": "Black Jeans"}', "place_order", "shirts", {"said": "Black Jeans"}, [(1, JEANS)]),
        ("yes", "affirm", "black jeans", {}, []),
        ("i want to order something", "place_order", "black jeans", {}, []),
        ("how do i order", "place_order", None, {}, []),
        ("/place_order", "place_order", None, {}, []),
    ],
)
def test_how_it_begins(text: str, intent: str, last: str | None, named: dict[str, str], expected: list[Any]) -> None:
    lines, slots, said = heard(text, intent, slots={"products_last": last}, **named)
    assert (lines, slots.get(WANTED), said) == (expected, PUT_IN if expected else None, [])


def test_a_yes_to_the_offer_to_buy_takes_what_was_shown() -> None:
    lines, _, _ = heard("yes", "affirm", slots={"products_last": "black jeans", "dialog_offer": "place_order"})
    assert lines == [(1, JEANS)]


def test_a_cart_that_was_left_open_goes_on_as_it_is() -> None:
    lines, slots, said = heard("yes", "affirm", slots={**FULL, "dialog_offer": "nothing"})
    assert (lines, slots, said) == ([], {}, [])


@pytest.mark.parametrize(
    ("text", "intent", "expected"),
    [("L", "inform", L_SHIRT), ("in large please", "check_stock", L_SHIRT), ("m", "nlu_fallback", M_SHIRT)],
)
def test_the_size_that_was_asked_for(text: str, intent: str, expected: str) -> None:
    assert heard(text, intent, WANTED, ASKED_SIZE)[0] == [(1, expected)]


def test_another_thing_named_meanwhile_waits_or_takes_its_place() -> None:
    _, slots, said = heard("and one black jeans", "place_order", WANTED, ASKED_SIZE, product="jeans")
    waits = Basket.from_json(slots[CONTENT])
    assert (waits.lines, waits.wishes, said) == ((), ("a blue t-shirt", "and one black jeans"), ["utter_cart_noted"])
    lines, slots, _ = heard("L", "inform", WANTED, {CONTENT: slots[CONTENT]})
    assert lines == [(1, L_SHIRT), (1, JEANS)]
    assert heard("no, black jeans please", "deny", WANTED, ASKED_SIZE, product="jeans")[0] == [(1, JEANS)]
    assert heard("the t-shirt in M", "inform", WANTED, ASKED_SIZE, product="t-shirt", size="M")[0] == [(1, M_SHIRT)]


@pytest.mark.parametrize(
    ("text", "intent", "named", "expected"),
    [
        ("and one black jeans", "search_products", {"product": "jeans"}, [(2, L_SHIRT), (1, JEANS)]),
        ("yes and also black jeans", "affirm", {"product": "jeans"}, [(2, L_SHIRT), (1, JEANS)]),
        ("can i also get black jeans?", "place_order", {"product": "jeans"}, [(2, L_SHIRT), (1, JEANS)]),
        ("make it three", "change_order", {}, [(3, L_SHIRT)]),
        ("no, in M", "deny", {"size": "M"}, [(2, M_SHIRT)]),
        ("1", "inform", {}, [(1, L_SHIRT)]),
        ("remove it", "stop", {}, []),
        ("remove the shirts", "change_order", {"product": "shirt"}, []),
    ],
)
def test_more_and_other_things_before_the_yes(
    text: str, intent: str, named: dict[str, str], expected: list[Any]
) -> None:
    lines, slots, said = heard(text, intent, CONFIRMED, FULL, **named)
    assert (lines, slots.get(CONFIRMED)) == (expected, None)
    assert said == ([] if expected else ["utter_cart_removed"])
    assert slots[WANTED] == (PUT_IN if expected else None)


@pytest.mark.parametrize(("text", "intent", "is_yes"), [("yes please", "affirm", True), ("no", "deny", False)])
def test_a_plain_answer_ends_it(text: str, intent: str, is_yes: bool) -> None:
    assert heard(text, intent, CONFIRMED, FULL)[1] == {CONFIRMED: is_yes}


@pytest.mark.parametrize(
    ("text", "intent", "asked", "known"),
    [
        ("thanks", "thank", CONFIRMED, FULL),
        ("do you have it in black?", "check_stock", CONFIRMED, FULL),
        ("how long does shipping take", "ask_delivery", CONFIRMED, FULL),
        ("well then", "nlu_fallback", CONFIRMED, FULL),
        ("what sizes are there?", "check_stock", WANTED, ASKED_SIZE),
        ("idk", "inform", WANTED, {}),
        ("where is my order", "track_order", WANTED, {}),
        ("yes", "affirm", WANTED, {}),
    ],
)
def test_what_speaks_of_something_else_is_left_to_the_rules(
    text: str, intent: str, asked: str, known: dict[str, Any]
) -> None:
    assert heard(text, intent, asked, known)[1:] == ({}, [])


def test_two_things_in_one_message_are_two_lines() -> None:
    message = tracker("a blue t-shirt in M and black jeans", "place_order")
    message.latest_message["entities"] = [
        {"entity": "product", "value": "t-shirt", "start": 7, "end": 14},
        {"entity": "product", "value": "jeans", "start": 30, "end": 35},
    ]
    slots, _ = fill(ValidatePlaceOrderForm(), message)
    assert [line.name for line in Basket.from_json(slots[CONTENT]).lines] == [M_SHIRT, JEANS]


def test_a_shop_that_checks_nothing_out_asks_nothing_and_keeps_what_was_broken_off(frontdesk: SimpleNamespace) -> None:
    frontdesk.cart = SimpleNamespace(is_open=False)
    form, dispatcher = ValidatePlaceOrderForm(), CollectingDispatcher()
    message = tracker("i want to order", "place_order", slots={"dialog_retry": "create_ticket_form"})
    events = {event["name"]: event["value"] for event in asyncio.run(form.run(dispatcher, message, DOMAIN))}
    assert (events["requested_slot"], events["dialog_interrupted"]) == (None, "create_ticket_form")
    assert dispatcher.messages == []


def asked(action: Any, **slots: Any) -> tuple[str, list[str]]:
    dispatcher = CollectingDispatcher()
    asyncio.run(action.run(dispatcher, tracker("hm", "inform", slots=slots), DOMAIN))
    (message,) = dispatcher.messages
    return message["response"], [button["payload"] for button in message["buttons"]]


def test_every_question_has_its_buttons(frontdesk: SimpleNamespace) -> None:
    assert asked(ActionAskWhatToBuy()) == ("utter_cart_ask", [])
    sizes = ['/inform{"said": "M"}', '/inform{"said": "L"}']
    assert asked(ActionAskWhatToBuy(), **ASKED_SIZE) == ("utter_cart_which_option", sizes)
    by_name = Basket((), ("shirts",), Question(("Blue T-Shirt",)))
    names = ['/inform{"said": "Blue T-Shirt"}']
    assert asked(ActionAskWhatToBuy(), cart_content=by_name.to_json()) == ("utter_cart_which_product", names)
    nameless = replace(by_name, question=Question(("A", "B"), "", "Thing"))
    assert asked(ActionAskWhatToBuy(), cart_content=nameless.to_json())[0] == "utter_cart_which_variant"
    assert asked(ActionAskToCheckOut(), dialog_again=True, **FULL)[0] == "utter_cart_confirm_again"
    frontdesk.cart = SimpleNamespace(show=lambda _turn, basket: Outcome(f"utter_{len(basket.lines)}"))
    assert asked(ActionAskToCheckOut(), **FULL)[0] == "utter_1"


def test_the_yes_and_the_basket_reach_the_use_case() -> None:
    calls: list[Any] = []
    shop = SimpleNamespace(cart=SimpleNamespace(check_out=lambda *given: calls.append(given) or Outcome("utter_x")))
    ActionCheckOut().call(tracker("yes", "affirm", slots={**FULL, CONFIRMED: True}))(shop, TURN)  # type: ignore[arg-type]
    assert calls == [(TURN, Basket((SHIRT,)), True)]


def test_a_size_that_no_entity_names_is_no_other_thing() -> None:
    slots = {"products_last": "blue t-shirts"}
    lines, _, _ = heard("i'll take two in blue L", "place_order", slots=slots, colour="blue")
    assert lines == [(2, "Blue T-Shirt L")]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("that's all", "goodbye"),
        ("checkout", "place_order"),
        ("ok, let's check out now please", "inform"),
        ("no, that's all", "deny"),
        ("that's everything, thanks", "thank"),
        ("nothing else", "deny"),
    ],
)
def test_who_wants_nothing_more_is_ready_to_pay(text: str, intent: str) -> None:
    _, slots, _ = heard(text, intent, CONFIRMED, FULL)
    assert slots[CONFIRMED] is True


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("don't check out yet", "inform"),
        ("no checkout", "place_order"),
        ("can i check out later", "place_order"),
        ("when i check out, can i pay by invoice", "ask_payment_methods"),
        ("check out?", "place_order"),
    ],
)
def test_a_checkout_that_is_only_spoken_of_is_none(text: str, intent: str) -> None:
    _, slots, _ = heard(text, intent, CONFIRMED, FULL)
    assert slots.get(CONFIRMED) is None


def test_what_is_asked_of_the_cart_names_no_thing() -> None:
    lines, slots, said = heard("what's in my cart", "place_order")
    assert (lines, slots.get(WANTED), said) == ([], None, [])


def test_a_no_is_a_no() -> None:
    _, slots, _ = heard("no", "deny", CONFIRMED, FULL)
    assert slots[CONFIRMED] is False
