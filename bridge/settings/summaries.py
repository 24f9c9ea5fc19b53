"""Whether and when the CRM gets a summary of a conversation."""

from __future__ import annotations

from pydantic import Field

from bridge.settings.part import Part


class Summaries(Part):
    """Say whether a finished conversation leaves a note with the contact it was with, and when it is finished."""

    enabled: bool = True
    """What ends while this is off is not told later either."""
    quiet_minutes: float = Field(default=30, gt=0, le=1440)
    """Without a word; it is over earlier after a goodbye or a talk with a colleague (docs/operations/summaries.md)."""
