"""Returns: the questions of their form, and the return that is asked for."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._asking import in_time
from actions._job import UseCaseAction
from actions._run import Call, answer, utter
from actions.returns_found import lines_of, open_items, order_of
from bridge.bootstrap import shared
from bridge.conversation.results import from_json
from bridge.model.commerce import ReturnReason
from bridge.model.outcome import Outcome
from bridge.usecases.picking import EVERYTHING, references
from bridge.usecases.returnable import Wanted
from bridge.usecases.returns import SENT

FORM = "return_item_form"
_MOST = 8
"""Buttons of a question at most; what has none can be named."""


class ActionAskOrder(Action):
    """Ask for the order, and show those that may be meant."""

    def name(self) -> str:
        return "action_ask_return_item_form_returns_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        listed = await in_time(tracker, lambda frontdesk, turn: frontdesk.order_changes.which(turn, SENT))
        if listed is None or not listed.card:
            listed = Outcome("utter_ask_returns_order")
        utter(listed, dispatcher)
        return []


class ActionAskItems(Action):
    """Ask which items go back, and show those that may be meant, with how many of each."""

    def name(self) -> str:
        return "action_ask_return_item_form_returns_items"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        order, items, speech = order_of(tracker), open_items(tracker), shared().speech
        shown = [(item, *choice) for item in items for choice in references(item)][: _MOST - 1]
        buttons = [_button(speech.item(item, count), item=reference) for item, reference, count in shown]
        narrowed = bool(tracker.get_slot("returns_unsure"))
        if not narrowed and len(items) > 1:
            buttons.append(_button(speech.word("returns", "everything"), item=EVERYTHING))
        response = "utter_returns_which_of" if narrowed else "utter_returns_which"
        dispatcher.utter_message(response=response, buttons=buttons, order=order.number if order else "")
        return []


class ActionAskReason(Action):
    """Ask why it goes back."""

    def name(self) -> str:
        return "action_ask_return_item_form_returns_reason"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        named = [reason.value for reason in ReturnReason if reason is not ReturnReason.OTHER]
        buttons = [_button(shared().speech.word("returns", reason), reason=reason) for reason in named]
        dispatcher.utter_message(response="utter_returns_why", buttons=buttons)
        return []


class ActionAskToConfirmReturn(Action):
    """Show what will be asked for."""

    def name(self) -> str:
        return "action_ask_return_item_form_returns_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        order = order_of(tracker)
        if tracker.get_slot("dialog_again") or order is None:
            dispatcher.utter_message(response="utter_returns_confirm_again")
            return []
        reason = ReturnReason(tracker.get_slot("returns_reason") or ReturnReason.OTHER)
        told, instead = tracker.get_slot("returns_told") or "", tracker.get_slot("returns_instead") or ""
        wanted = Wanted(lines_of(tracker), reason, told, instead)
        return await answer(dispatcher, tracker, lambda frontdesk, turn: frontdesk.returns.draft(turn, order, wanted))


class ActionReturnItem(UseCaseAction):
    """Ask for the return that was shown, or tell what kept it from being shown."""

    form = FORM

    def name(self) -> str:
        return "action_return_item"

    def call(self, tracker: Tracker) -> Call:
        found, confirmed = tracker.get_slot("returns_found") or {}, tracker.get_slot("returns_confirmed")
        if "outcome" in found:
            held_back = from_json(found["outcome"])
            return lambda frontdesk, turn: frontdesk.returns.held_back(held_back)
        if confirmed is None:
            swaps = tracker.get_slot("returns_wish") == "exchange_item"
            return lambda frontdesk, turn: frontdesk.returns.elsewhere(swaps)
        return lambda frontdesk, turn: frontdesk.returns.request(turn, bool(confirmed))


def _button(title: str, **entities: str) -> dict[str, str]:
    return {"title": title, "payload": f"/inform{json.dumps(entities, ensure_ascii=False)}"}
