"""Returns: what the form makes of an order once it is found."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Slots
from actions._run import current_turn, in_use_case_thread, utter, within
from bridge.conversation.results import to_json
from bridge.model.commerce import OrderItem, ReturnLine
from bridge.model.outcome import Outcome
from bridge.usecases.picking import everything, pick, reason_in
from bridge.usecases.returnable import Returnable


async def looked_up(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """Look for the order, and take from the first message what it already told of it.

    The gateway says the notice where this takes long: a form speaks only when it is done.
    """
    turn, number = await current_turn(tracker), tracker.get_slot("returns_order")
    found = await in_use_case_thread(
        partial(within, turn, lambda frontdesk, turn: frontdesk.returns.look(turn, number))
    )
    if isinstance(found, Outcome):
        if not found.again:
            return [SlotSet("returns_found", {"outcome": to_json(found)})]
        utter(found, dispatcher)
        return [SlotSet(slot, None) for slot in found.forget]
    return to_events({"returns_found": found.to_json(), **_told_before(found, tracker)})


def order_of(tracker: Tracker) -> Returnable | None:
    """Return the order that was found."""
    found = tracker.get_slot("returns_found") or {}
    return Returnable.from_json(found) if "items" in found else None


def open_items(tracker: Tracker) -> tuple[OrderItem, ...]:
    """Return the items that the open question is about: all, or those among which the last answer left a choice."""
    order, unsure = order_of(tracker), (tracker.get_slot("returns_unsure") or {}).get("items", ())
    items = order.items if order else ()
    return tuple(item for item in items if item.id in unsure) or items


def lines_of(tracker: Tracker) -> tuple[ReturnLine, ...]:
    """Return what was chosen."""
    return tuple(ReturnLine(**line) for line in tracker.get_slot("returns_items") or ())


def _told_before(order: Returnable, tracker: Tracker) -> Slots:
    told = tracker.get_slot("returns_told") or ""
    only = len(order.items) == 1 and order.items[0].quantity == 1
    found = pick(told, order.items)
    lines = everything(order.items) if only else found.lines if not (found.unsure or found.too_many) else ()
    left = {"items": [item.id for item in found.unsure], "lines": kept_lines(found.lines)} if found.unsure else None
    return {
        "returns_items": kept_lines(lines) if lines else None,
        "returns_unsure": None if lines else left,
        "returns_reason": reason_of(told),
    }


def reason_of(said: str) -> str | None:
    """Return why something goes back, as a slot keeps it."""
    found = reason_in(said)
    return found.value if found else None


def kept_lines(lines: tuple[ReturnLine, ...]) -> list[dict[str, Any]]:
    """Return lines as a slot keeps them."""
    return [asdict(line) for line in lines]


def to_events(slots: Slots) -> list[EventType]:
    """Return what sets slots."""
    return [SlotSet(slot, value) for slot, value in slots.items()]
