"""What a use case tells the conversation: which response, with which values; never a text of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class BackendState(str, Enum):
    """Say how far the business call of a turn has come (the slot `backend_state`)."""

    STARTED = "started"
    """Set by Rasa itself with every user message: whatever still stands there after an action was not answered."""
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """Name the response of domain.yml that answers, and what fills its placeholders."""

    response: str
    values: dict[str, str] = field(default_factory=dict)
    state: BackendState = BackendState.DONE
    forget: tuple[str, ...] = ()
    """Slots that are settled and must not leak into the next question."""
    again: bool = False
    """The question that led here stays open: the next bare value answers it."""
    before: str = ""
    """A response that is told first, with the same values: what has to be known to read the answer rightly."""
    card: dict[str, Any] | None = None
    """What the text tells, as a card (bridge/formatting/cards.py); the text is whole without it."""
    buttons: tuple[dict[str, str], ...] = ()
    """What is offered beside the response's own buttons: `title` and `payload` of each."""
    settles: str = field(default="", compare=False)
    """The key of the write that it answers: once this is kept, nobody else has to tell of that write."""
