"""Products: search the shop."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions._form import text_of
from actions._job import UseCaseAction
from actions._run import Call


class ActionSearchProducts(UseCaseAction):
    """Tell which products fit the message, with price and stock."""

    def name(self) -> str:
        return "action_search_products"

    def call(self, tracker: Tracker) -> Call:
        words = text_of(tracker)
        return lambda frontdesk, turn: frontdesk.products.search(words)
