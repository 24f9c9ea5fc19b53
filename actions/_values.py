"""What a message gives for a slot: telling an answer from a change of subject, a question back, or nothing."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions._heard import words_of
from actions._message import TRIES, asks_back, entity, gives_nothing, intent_of, is_sure, requested, text_of
from bridge.usecases import wording

# An answer that holds a value may come with any of these intents.
_ANSWERS = TRIES | {"affirm", "deny", "out_of_scope"}
# What stops even free text, if it is short or sure: "please call me in the morning, not later" is to be written down.
_BREAKS = {"stop", "talk_to_human", "bot_challenge", "explain"}
# What is no text if it is all there is.
_SMALL_TALK = {"affirm", "deny", "greet", "thank", "goodbye", "help"}
# What a changed mind turns to: "forget the ticket, where is 1001".
_TURNS = {"track_order", "check_ticket", "create_ticket"}


def value_or_text(tracker: Tracker, slot: str, own_intents: set[str], value: str | None) -> str | None:
    """Return what the message gives for a slot, or None where it speaks of something else.

    Args:
        slot: taken from the bare text only while its question stands open, and only if no other value is in it.
        own_intents: the intents under which a `value` found in the message is meant for this form.
    """
    text, intent = text_of(tracker), intent_of(tracker)
    if value is not None:
        is_most_of_it = len(value) * 2 >= len(text)
        return value if is_most_of_it or intent in _ANSWERS | own_intents else None
    speaks_of_it = requested(tracker) == slot and intent in TRIES
    speaks_of_it = speaks_of_it and not (asks_back(tracker) or gives_nothing(tracker))
    return text if speaks_of_it and text and not tracker.latest_message.get("entities") else None


def free_text(tracker: Tracker, slot: str) -> str | None:
    """Return the whole message as the value of a free-text slot whose question stands open."""
    text = words_of(tracker, whole=True)
    return text or None if requested(tracker) == slot and not _is_no_text(tracker, text) else None


def _is_no_text(tracker: Tracker, text: str) -> bool:
    """Tell whether a message is meant for us, and not to be written down."""
    intent, words = intent_of(tracker), len(text.split())
    if not wording.has_words(text) or (intent in _BREAKS and (words <= 6 or is_sure(tracker))):
        return True
    if words <= 4 and ((intent in _SMALL_TALK and is_sure(tracker)) or wording.gives_nothing(text)):
        return True
    return intent in _TURNS and wording.changes_mind(text)


def yes_or_no(tracker: Tracker, slot: str, *changed: str, also: str = "") -> bool | None:
    """Return a plain yes or no to an open question; None where the message corrects or adds something instead.

    Args:
        changed: entities that make "no, ..." a correction.
        also: a list of words that add nothing to it.
    """
    if requested(tracker) != slot or any(entity(tracker, name) for name in changed):
        return None
    if wording.beyond_yes_or_no(text_of(tracker), also):
        return None
    return {"affirm": True, "deny": False}.get(intent_of(tracker))


def addition(tracker: Tracker, slot: str, *changed: str) -> str | None:
    """Return what a yes or a no to the shown draft adds to it: "yes but it's urgent", "no, it is the button"."""
    if requested(tracker) != slot or intent_of(tracker) == "stop" or any(entity(tracker, name) for name in changed):
        return None
    return wording.beyond_yes_or_no(text_of(tracker)) or None
