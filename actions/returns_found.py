"""Returns: what the form makes of an order once it is found, and of the words that name its items."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Slots
from actions._message import entity, text_of
from actions._run import current_turn, in_use_case_thread, utter, within
from bridge.conversation.results import to_json
from bridge.model.commerce import OrderItem, ReturnLine
from bridge.model.outcome import Outcome
from bridge.usecases.picking import choose, everything, pick, reason_in
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
    return _set({"returns_found": found.to_json(), **_told_before(found, tracker)})


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


def picked(said: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    """Return the slots that an answer to "which items" fills; where it leaves something open, say what."""
    items = open_items(tracker)
    before = [ReturnLine(**line) for line in (tracker.get_slot("returns_unsure") or {}).get("lines", ())]
    found = choose(said, items)
    lines = tuple({line.item_id: line for line in (*before, *found.lines)}.values())
    still = found.unsure or found.too_many
    if found.lines and not still:
        told = {"returns_reason": _reason(said)} if _reason(said) else {}
        return {"returns_items": _kept(lines), "returns_unsure": None, **told}
    if not found.unsure:
        dispatcher.utter_message(response=f"utter_returns_items_{'too_many' if still else 'unclear'}")
    left = {"items": [item.id for item in still], "lines": _kept(lines)} if still else None
    return {"returns_items": None, "returns_unsure": left or tracker.get_slot("returns_unsure")}


def changed(dispatcher: CollectingDispatcher, tracker: Tracker, more: str) -> list[EventType]:
    """Take what a yes or a no to the shown return adds: other items, another reason, or a word for the team."""
    order = order_of(tracker)
    found = pick(more, order.items) if order else None
    slots: Slots = told_of(tracker, more)
    if found and found.lines and not found.unsure:
        slots["returns_items"] = _kept(found.lines)
    if reason := _reason(more):
        slots["returns_reason"] = reason
    if slots.keys() <= {"returns_told"}:
        dispatcher.utter_message(response="utter_returns_noted")  # it is shown again, looking as before
    return _set(slots)


def told_of(tracker: Tracker, said: str | None = None) -> Slots:
    """Return what the team reads, with the words of this message after what was told before."""
    known, said = tracker.get_slot("returns_told") or "", text_of(tracker) if said is None else said
    return {"returns_told": "\n".join(filter(None, (known, said)))} if said and said not in known else {}


def _told_before(order: Returnable, tracker: Tracker) -> Slots:
    told, swaps = tracker.get_slot("returns_told") or "", tracker.get_slot("returns_wish") == "exchange_item"
    only = len(order.items) == 1 and order.items[0].quantity == 1
    found = pick(told, order.items)
    lines = everything(order.items) if only else found.lines if not (found.unsure or found.too_many) else ()
    left = {"items": [item.id for item in found.unsure], "lines": _kept(found.lines)} if found.unsure else None
    names_another = swaps and (entity(tracker, "size") or entity(tracker, "colour"))
    return {
        "returns_items": _kept(lines) if lines else None,
        "returns_unsure": None if lines else left,
        "returns_reason": _reason(told),
        "returns_instead": told if names_another else tracker.get_slot("returns_instead"),
    }


def _reason(said: str) -> str | None:
    found = reason_in(said)
    return found.value if found else None


def _kept(lines: tuple[ReturnLine, ...]) -> list[dict[str, Any]]:
    return [asdict(line) for line in lines]


def _set(slots: Slots) -> list[EventType]:
    return [SlotSet(slot, value) for slot, value in slots.items()]
