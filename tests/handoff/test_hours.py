"""Office hours, in their own time zone, over weekends and changes of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.handoff.hours import closing, is_open, next_opening
from bridge.settings.schema import Hours


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC", utc(1, 21, 9), True),
        ("UTC", utc(1, 21, 8, 59), False),
        ("UTC", utc(1, 21, 16, 59), True),
        ("UTC", utc(1, 21, 17), False),
        ("UTC", utc(1, 24, 12), False),  # Saturday
        ("America/New_York", utc(1, 21, 13, 59), False),
        ("America/New_York", utc(1, 21, 14), True),
        ("Asia/Tokyo", utc(1, 22, 23, 59), False),
        ("Asia/Tokyo", utc(1, 23, 0), True),
        ("Asia/Tokyo", utc(1, 24, 0), False),  # Saturday there
        # The clock went forward in the night to Sunday, March 8: nine o'clock is an hour earlier in UTC.
        ("America/New_York", utc(3, 6, 13, 30), False),
        ("America/New_York", utc(3, 9, 13, 30), True),
    ],
)
def test_hours_are_those_of_their_place(zone: str, now: datetime, expected: bool) -> None:
    assert is_open(Hours(timezone=zone), now) is expected


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        ({}, utc(1, 21, 8), utc(1, 21, 9)),
        ({}, utc(1, 21, 9), utc(1, 22, 9)),
        ({}, utc(1, 23, 18), utc(1, 26, 9)),
        ({"days": ["mon"]}, utc(1, 26, 18), utc(2, 2, 9)),
        ({"timezone": "America/New_York"}, utc(3, 7, 12), utc(3, 9, 13)),
        ({"timezone": "America/New_York", "days": ["sun"]}, utc(3, 7, 12), utc(3, 8, 13)),
        ({"days": []}, utc(1, 21, 8), None),
    ],
)
def test_the_next_opening_is_found(hours: dict[str, Any], now: datetime, expected: datetime | None) -> None:
    assert next_opening(Hours(**hours), now) == expected


@given(
    minutes=st.integers(0, 15 * 365 * 24 * 60),
    zone=st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    days=st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])),
)
def test_people_are_there_at_the_next_opening(minutes: int, zone: str, days: set[str]) -> None:
    now = utc(1, 1, 0) + timedelta(minutes=minutes)
    hours = Hours(timezone=zone, days=tuple(days))
    opening = next_opening(hours, now)
    if not days:
        assert opening is None
        assert not is_open(hours, now)
    else:
        assert opening is not None
        assert opening > now
        assert is_open(hours, opening)
        closes = closing(hours, opening)
        assert closes is not None
        assert not is_open(hours, closes)
        assert is_open(hours, closes - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC", utc(1, 21, 9), utc(1, 21, 17)),
        ("UTC", utc(1, 21, 17), None),
        ("America/New_York", utc(3, 9, 13, 30), utc(3, 9, 21)),
    ],
)
def test_while_somebody_is_there_it_is_known_until_when(zone: str, now: datetime, expected: datetime | None) -> None:
    assert closing(Hours(timezone=zone), now) == expected
