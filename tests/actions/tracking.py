"""Trackers as Rasa would send them, and what a form takes from them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from tests.support.frontdesk import DOMAIN


def tracker(
    text: str,
    intent: str,
    *,
    asked: str | None = None,
    slots: dict[str, Any] | None = None,
    before: Sequence[dict[str, Any]] = (),
    **entities: str | list[str],
) -> Tracker:
    """Return a tracker whose latest message this is.

    Args:
        asked: the slot whose question stands open.
        before: the events of the conversation up to this message.
        entities: by name; several values of one in a list.
    """
    found = [
        {"entity": name, "value": value}
        for name, values in entities.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    latest = {"text": text, "intent": {"name": intent}, "entities": found, "message_id": "m1"}
    state = {**dict.fromkeys(DOMAIN["slots"]), "requested_slot": asked, **(slots or {})}
    events = [*before, {"event": "user", "text": text, "parse_data": latest}]
    return Tracker("conversation", state, latest, events, False, None, {}, "action_listen")


def fill(form: FormValidationAction, heard: Tracker) -> tuple[dict[str, Any], list[str]]:
    """Run a form's extraction and validation; return the slots that it set and the responses that it uttered."""
    name = form.name().removeprefix("validate_")
    heard.active_loop = {"name": name}
    dispatcher = CollectingDispatcher()
    events = asyncio.run(form.run(dispatcher, heard, DOMAIN))
    slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    # Whatever a form takes in, it is the one that a retry comes back to.
    retry = slots.pop("dialog_retry", None)
    slots.pop("dialog_again", None)
    assert (retry == name) == bool(slots.keys() - {"requested_slot", "dialog_interrupted"})
    return slots, [message["response"] for message in dispatcher.messages]
