"""What a message says about a cart: a wish, more of it, a change; or nothing, because it speaks of something else."""

from __future__ import annotations

import json
from dataclasses import replace

from rasa_sdk import Tracker

from actions._message import entity, gives_nothing, intent_of, requested, text_of
from bridge.bootstrap import Frontdesk
from bridge.usecases import wanting, wording
from bridge.usecases.basket import Basket, Question
from bridge.usecases.cart import CONTENT, WANTED, Filled

FORM = "place_order_form"
PUT_IN = "put in"
"""What the slot of the question holds when nothing of it is open; what was put in stands in the basket."""
_OWN = "place_order"
# "Remove it" is mostly taken for one of these.
_TAKES_BACK = {"stop", "cancel_order"}
# What names a thing may be taken for any of these; a question stays a question.
_TAKEN_FOR = {
    "search_products",
    "check_stock",
    "inform",
    "nlu_fallback",
    "out_of_scope",
    "change_order",
    "affirm",
    "deny",
}


def basket_of(tracker: Tracker) -> Basket:
    """Return the basket as it is."""
    return Basket.from_json(tracker.get_slot(CONTENT))


def buttons(question: Question) -> list[dict[str, str]]:
    """Return what each answer to a question is pressed with."""
    return [
        {"title": label, "payload": "/inform" + json.dumps({"said": label}, ensure_ascii=False)}
        for label in question.labels
    ]


def wished(tracker: Tracker) -> str | None:
    """Return what a message wishes to have, or to have changed; None where it speaks of something else."""
    text, intent, asked = " ".join(text_of(tracker).split()), intent_of(tracker), requested(tracker)
    if asked is None:
        return _begun_with(tracker, text)
    if intent in {"affirm", "deny"}:
        text = wording.beyond_yes_or_no(text)
    is_heard = intent == _OWN or (intent in _TAKEN_FOR and not wording.asks_back(text))
    is_heard = is_heard or (intent in _TAKES_BACK and asked != WANTED and wanting.removes(text))
    if not is_heard or gives_nothing(tracker):
        return None
    wanted = wanting.read(text)
    if asked == WANTED:
        is_answer = bool(wanted.words or (wanted.quantity and basket_of(tracker).question))
        return text if is_answer else None
    named = any(entity(tracker, name) for name in ("product", "colour", "size", "quantity"))
    says_more = intent == _OWN or named or wanting.adds(text) or not wanted.words
    return text if wanting.removes(text) or (says_more and (wanted.words or wanted.quantity)) else None


def fill(frontdesk: Frontdesk, tracker: Tracker, text: str) -> Filled:
    """Do to the basket what a message wishes."""
    basket = basket_of(tracker)
    if basket.question is not None and wanting.adds(text):
        return frontdesk.cart.add_later(basket, _parts(tracker, text))
    if basket.question is not None and _is_other(tracker, basket.question):
        return frontdesk.cart.add(replace(basket, wishes=basket.wishes[1:]), _parts(tracker, text))
    if basket.question is not None:
        return frontdesk.cart.answer(basket, text)
    if basket.lines and wanting.removes(text):
        return frontdesk.cart.remove(basket, text)
    if basket.lines and not _names_a_thing(tracker, text):
        return frontdesk.cart.change(basket, text)
    return frontdesk.cart.add(basket, _parts(tracker, text))


def _parts(tracker: Tracker, text: str) -> list[str]:
    """Return the wishes of a message apart."""
    whole = str(tracker.latest_message.get("text") or "")
    products = [
        whole[one["start"] : one["end"]]
        for one in tracker.latest_message.get("entities") or []
        if one.get("entity") == "product" and "start" in one
    ]
    return wanting.parts(text, products)


def _is_other(tracker: Tracker, question: Question) -> bool:
    """Tell whether a message names something else than what was asked about."""
    named = entity(tracker, "product")
    asked_about = " ".join((question.product, *question.labels)).casefold()
    return named is not None and wording.singular(named.casefold()) not in asked_about


def _begun_with(tracker: Tracker, text: str) -> str | None:
    """Return what the form begins with: what was shown last is meant where the words name nothing else."""
    last = tracker.get_slot("products_last")
    if tracker.get_slot("dialog_offer") == _OWN or (intent_of(tracker) == _OWN and not text):
        return last or None
    if intent_of(tracker) != _OWN:
        return None  # it was left open, and goes on
    wanted = wanting.read(text)
    if _names_a_thing(tracker, text) or not last:
        return text if wanted.words else None
    return f"{last}\n{text}" if wanting.refers_back(text) or wanted.words or wanted.quantity else None


def _names_a_thing(tracker: Tracker, text: str) -> bool:
    """Tell whether a wish says more than how many, and in which size or colour."""
    options = {value.casefold() for name in ("colour", "size") if (value := entity(tracker, name))}
    return any(word not in options for word in wanting.read(text).words)
