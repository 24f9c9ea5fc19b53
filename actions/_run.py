"""The only place where an action leaves the event loop: use cases block, so each runs in a thread of an explicit pool.

The pool of asyncio.to_thread has 6 threads on 2 cores; 32 waiting calls to a 2 s backend took 12 s there, 2.2 s here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bridge.bootstrap import Frontdesk, answering, shared
from bridge.conversation.turns import Turn
from bridge.model.outcome import BackendState, Outcome

Call = Callable[[Frontdesk, Turn], Outcome]

_SPOKEN_OF = {"ticket": "tickets_last", "order": "orders_last"}
"""What "it" means from then on, by the value that names it."""
_USE_CASES = ThreadPoolExecutor(max_workers=64, thread_name_prefix="usecase")
_OWN = ThreadPoolExecutor(max_workers=16, thread_name_prefix="own")
"""For our own database: however many use cases wait for a system, a turn is found and a notice told at once."""


async def answer(dispatcher: CollectingDispatcher, tracker: Tracker, call: Call) -> list[EventType]:
    """Run something that only our own database is needed for, and tell its outcome; the task goes on after it."""
    turn = await current_turn(tracker)
    outcome: Outcome = await in_thread(partial(within, turn, call))
    utter(outcome, dispatcher)
    return [SlotSet("backend_state", outcome.state.value), *(SlotSet(slot, None) for slot in outcome.forget)]


def within(turn: Turn, call: Call, what: str = "use case") -> Outcome:
    """Run a use case as the answer to a message: its time limit, and its name in logs, audit and traces."""
    with answering(turn, what):
        return call(shared(), turn)


def rendered(outcome: Outcome, dispatcher: CollectingDispatcher, form: str | None = None) -> list[EventType]:
    """Utter an outcome and return the slots it settles."""
    utter(outcome, dispatcher)
    forgotten = [SlotSet(slot, None) for slot in outcome.forget]
    open_again = outcome.again or outcome.state is BackendState.FAILED
    retry = SlotSet("dialog_retry", form if open_again else None)
    spoken_of = [SlotSet(slot, outcome.values[name]) for name, slot in _SPOKEN_OF.items() if outcome.values.get(name)]
    return [SlotSet("backend_state", outcome.state.value), retry, *forgotten, *spoken_of]


def over(outcome: Outcome, dispatcher: CollectingDispatcher, tracker: Tracker, form: str | None) -> list[EventType]:
    """Utter what ends a task, and offer to go on with the one that it broke off."""
    events = rendered(outcome, dispatcher, form)
    interrupted = tracker.get_slot("dialog_interrupted")
    if not interrupted or interrupted == form or outcome.again or outcome.state is not BackendState.DONE:
        return events
    dispatcher.utter_message(response="utter_dialog_go_on")
    return [*events, SlotSet("dialog_retry", interrupted), SlotSet("dialog_interrupted", None)]


def utter(outcome: Outcome, dispatcher: CollectingDispatcher) -> None:
    """Say what an outcome says, after what has to be known to read it rightly, and show its card."""
    if outcome.before:
        dispatcher.utter_message(response=outcome.before, **outcome.values)
    dispatcher.utter_message(response=outcome.response, buttons=[*outcome.buttons], **outcome.values)
    if outcome.card:
        # A message of its own: Rasa would send it apart from its text anyway.
        dispatcher.utter_message(json_message={"card": outcome.card})


async def current_turn(tracker: Tracker) -> Turn:
    """Return the message in flight."""
    # Where no gateway is in play, the tracker's own id of the message names the turn.
    message_id = str(tracker.latest_message.get("message_id") or "")
    turn: Turn = await in_thread(partial(shared().turns.current, tracker.sender_id, message_id))
    return turn


async def verified_email(tracker: Tracker) -> str | None:
    """Return the address of a person who is verified, which nobody has to be asked for again."""
    return (await current_turn(tracker)).identity.email


async def in_thread(work: Callable[[], Any]) -> Any:
    """Run what needs our own database only."""
    return await asyncio.get_running_loop().run_in_executor(_OWN, work)


async def in_use_case_thread(work: Callable[[], Any]) -> Any:
    """Run what may wait for a system."""
    return await asyncio.get_running_loop().run_in_executor(_USE_CASES, work)
