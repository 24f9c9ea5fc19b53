"""Products: search the shop."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._job import UseCaseAction
from actions._message import entity, text_of
from actions._run import Call
from bridge.usecases import wording


class ActionSearchProducts(UseCaseAction):
    """Tell which products fit the message, with price and stock."""

    def name(self) -> str:
        return "action_search_products"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        events = await super().run(dispatcher, tracker, domain)
        return [*events, SlotSet("products_last", _asked(tracker))]

    def call(self, tracker: Tracker) -> Call:
        words = _asked(tracker)
        return lambda frontdesk, turn: frontdesk.products.search(words)


def _asked(tracker: Tracker) -> str:
    """Return the words to search by: "how much is it" and "and in L?" speak of what was looked for before."""
    text, last = text_of(tracker), tracker.get_slot("products_last")
    options = {value.casefold() for name in ("colour", "size") if (value := entity(tracker, name))}
    names_a_product = any(word not in options for word in wording.search_words(text))
    return text if names_a_product or not last else f"{text} {last}"
