"""Ask a question of a form with what a system knows, if it says so in time."""

from __future__ import annotations

import asyncio
from functools import partial

from rasa_sdk import Tracker

from actions._run import Call, current_turn, in_use_case_thread, within
from bridge.errors import BridgeError
from bridge.model.outcome import Outcome

IN_TIME = 4.0
"""Seconds: before the gateway says that it takes longer."""


async def in_time(tracker: Tracker, call: Call) -> Outcome | None:
    """Return what a use case says within four seconds; None where it says nothing by then, or its systems fail."""
    turn = await current_turn(tracker)
    asked = asyncio.ensure_future(in_use_case_thread(partial(within, turn, call)))
    done, _ = await asyncio.wait({asked}, timeout=IN_TIME)
    # What comes later is nobody's; unread, its error would be logged as forgotten.
    asked.add_done_callback(lambda late: late.cancelled() or late.exception())
    if not done:
        return None
    try:
        said: Outcome = asked.result()
    except BridgeError:
        return None
    return said
