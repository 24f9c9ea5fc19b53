"""The action of most Rasa examples: it blocks the event loop while it waits, and the whole server with it."""

from __future__ import annotations

import os
from typing import Any

import requests
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher


class ActionTrackOrder(Action):
    """Look an order up."""

    def name(self) -> str:
        return "action_track_order"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Ask and wait."""
        order = requests.get(f"{os.environ['SLOW_SHOP']}/orders/1001", timeout=30).json()
        dispatcher.utter_message(text=f"Your order is {order['status']}.")
        return []
