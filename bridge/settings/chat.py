"""Say what the public chat API takes, and how much of it."""

from __future__ import annotations

import re

from pydantic import Field, PositiveInt, validator

from bridge.settings.part import Part


class Chat(Part):
    """Set the limits of the public chat API."""

    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    messages_per_minute: PositiveInt = 20
    """By conversation."""
    client_messages_per_minute: PositiveInt = 120
    """By client address: an office or a shop floor shares one."""
    sessions_per_minute: PositiveInt = 30
    """By client address."""
    total_messages_per_minute: PositiveInt = 3000
    """Of everybody, at one gateway; what comes beyond is asked to come again, and so is a session beyond the next."""
    total_sessions_per_minute: PositiveInt = 1200
    streams_per_conversation: PositiveInt = 10
    streams: PositiveInt = 2000
    """Open at once, of all conversations together."""
    token_minutes: int = Field(default=60, gt=0, le=7 * 24 * 60)
    """How long a token opens its conversation; a week at most, as a browser's timer counts no more than 24 days."""
    renew_hours: PositiveInt = 24
    """How long after it was given a token can still be exchanged for a new one, expired or not."""
    session_days: PositiveInt = 30
    """The longest that one conversation goes on."""

    @validator("allowed_origins", each_item=True)
    def _is_origin(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/?#*@A-Z]+", value):
            raise ValueError('must be an origin as browsers write it, such as "https://www.example.com"')
        return value
