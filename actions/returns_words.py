"""Returns: what the words of a message tell: the wish itself, items, a reason, something for the team."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions._form import Slots
from actions._message import TRIES, entity, intent_of, requested, text_of
from actions._values import free_text
from actions.returns_found import kept_lines, open_items, order_of, reason_of, to_events
from bridge.model.commerce import ReturnLine
from bridge.usecases import wording
from bridge.usecases.picking import choose, pick


def wished(tracker: Tracker, own: frozenset[str]) -> list[EventType]:
    """Return the wish that a message begins the form with, or comes back to it with, and its words."""
    if intent_of(tracker) not in own or (requested(tracker) and tracker.get_slot("returns_wish")):
        return []
    told = text_of(tracker) or tracker.get_slot("returns_told")
    instead = told if entity(tracker, "size") or entity(tracker, "colour") else None
    slots = {"returns_wish": intent_of(tracker), "returns_told": told, "returns_instead": instead}
    return to_events(slots)


def answer_in(tracker: Tracker, slot: str, own: frozenset[str]) -> str | None:
    """Return the text that answers an open question; what asks something else ("do you have it in blue?") does not."""
    text = free_text(tracker, slot)
    asks = text is not None and intent_of(tracker) not in TRIES | own and wording.asks_back(text)
    return None if asks else text


def picked(said: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    """Return the slots that an answer to "which items" fills; where it leaves something open, say what."""
    items = open_items(tracker)
    before = [ReturnLine(**line) for line in (tracker.get_slot("returns_unsure") or {}).get("lines", ())]
    found = choose(said, items)
    lines = tuple({line.item_id: line for line in (*before, *found.lines)}.values())
    still = found.unsure or found.too_many
    if found.lines and not still:
        told = {"returns_reason": reason_of(said)} if reason_of(said) else {}
        return {"returns_items": kept_lines(lines), "returns_unsure": None, **told}
    if not found.unsure:
        dispatcher.utter_message(response=f"utter_returns_items_{'too_many' if still else 'unclear'}")
    left = {"items": [item.id for item in still], "lines": kept_lines(lines)} if still else None
    return {"returns_items": None, "returns_unsure": left or tracker.get_slot("returns_unsure")}


def changed(dispatcher: CollectingDispatcher, tracker: Tracker, more: str) -> list[EventType]:
    """Take what a yes or a no to the shown return adds: other items, another reason, or a word for the team."""
    order = order_of(tracker)
    found = pick(more, order.items) if order else None
    slots: Slots = told_of(tracker, more)
    if found and found.lines and not found.unsure:
        slots["returns_items"] = kept_lines(found.lines)
    if reason := reason_of(more):
        slots["returns_reason"] = reason
    if slots.keys() <= {"returns_told"}:
        dispatcher.utter_message(response="utter_returns_noted")  # it is shown again, looking as before
    return to_events(slots)


def told_of(tracker: Tracker, said: str | None = None) -> Slots:
    """Return what the team reads, with the words of this message after what was told before."""
    known, said = tracker.get_slot("returns_told") or "", text_of(tracker) if said is None else said
    return {"returns_told": "\n".join(filter(None, (known, said)))} if said and said not in known else {}
