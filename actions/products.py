"""Products: search the shop."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._form import text_of
from actions._run import answer


class ActionSearchProducts(Action):
    """Tell which products fit the message, with price and stock."""

    def name(self) -> str:
        return "action_search_products"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        words = text_of(tracker)
        return await answer(dispatcher, tracker, lambda frontdesk, turn: frontdesk.products.search(words))
