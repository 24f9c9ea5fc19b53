"""Tell whether people are there now, and when they will be."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.settings.schema import Hours

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_open(hours: Hours, now: datetime) -> bool:
    """Tell whether `now` lies in the opening hours of its local day."""
    local = now.astimezone(ZoneInfo(hours.timezone))
    return _works(hours, local) and _clock(hours.opens) <= local.time() < _clock(hours.closes)


def closing(hours: Hours, now: datetime) -> datetime | None:
    """Return when the people who are there now leave, in the local time of the hours; None if nobody is there."""
    local = now.astimezone(ZoneInfo(hours.timezone))
    return datetime.combine(local.date(), _clock(hours.closes), tzinfo=local.tzinfo) if is_open(hours, now) else None


def next_opening(hours: Hours, now: datetime) -> datetime | None:
    """Return the next moment at which somebody comes, in the local time of the hours; None if nobody ever does."""
    local = now.astimezone(ZoneInfo(hours.timezone))
    for ahead in range(8):
        day = local + timedelta(days=ahead)
        opening = datetime.combine(day.date(), _clock(hours.opens), tzinfo=local.tzinfo)
        if _works(hours, opening) and opening > local:
            return opening
    return None


def _works(hours: Hours, local: datetime) -> bool:
    return _WEEKDAYS[local.weekday()] in hours.days


def _clock(text: str) -> time:
    return time.fromisoformat(text)
