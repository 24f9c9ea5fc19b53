"""What a test world does to its server, for the cases that only a system behind HTTP can have.

A world that can break its server has `secrets`, `break_with`, `mend` and `changes` besides what its domain asks for;
and `pause`, where the vendor cannot say for how long it is busy and the adapter decides.
One without a wire (the embedded backend) has none of them, and those cases are skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol, cast

import pytest

PAUSE = 7
"""Seconds that a busy server asks for."""


class Trouble(str, Enum):
    """Name what befalls a server's answers, all of them from now on unless something else is said."""

    EXPIRED = "expired"
    """The token that the adapter holds is refused; a new one is taken."""
    UNAUTHORIZED = "unauthorized"
    """401, whatever the credentials, a new token too."""
    FORBIDDEN = "forbidden"
    """403 without a word about limits."""
    BUSY = "busy"
    """The vendor's own way to ask for a pause: of PAUSE seconds where it can say so."""
    FAILING = "failing"
    """500."""
    AWAY = "away"
    """503."""
    HTML = "html"
    """200 with a page."""
    TRUNCATED = "truncated"
    """The answer breaks off in the middle."""
    SILENT = "silent"
    """No answer within the time that the world gives its adapter."""
    LOST = "lost"
    """What changes something is done, and no answer to it comes; what reads is answered as ever."""


class BreakableWorld(Protocol):
    """Hold a system whose server can be broken."""

    adapter: Any
    secrets: Sequence[str]
    """Every credential that the adapter was given; tokens it got from them count too."""

    def break_with(self, trouble: Trouble) -> None:
        """Break the server; pytest.skip, with the reason, where this vendor cannot fail so."""

    def mend(self) -> None:
        """Let the server answer as ever."""

    def changes(self) -> int:
        """Return how many requests that change something reached the server since it was broken."""


def broken(world: Any, trouble: Trouble) -> BreakableWorld:
    """Return the world with its server broken, or skip where there is no wire that could break."""
    if not hasattr(world, "break_with"):
        pytest.skip(f"{world.adapter.system} has no wire that could break")
    world.break_with(trouble)
    return cast(BreakableWorld, world)
