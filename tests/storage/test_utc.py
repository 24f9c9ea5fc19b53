"""Times come back from both databases as the same moment, in UTC, and never without a zone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bridge.storage.business import customers
from bridge.storage.types import Utc, utc_now

ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001  # bounds are naive by hypothesis' rule


@given(TIMES)
def test_value_round_trips_as_the_same_moment_in_utc(moment: datetime) -> None:
    column = Utc()
    bound = column.process_bind_param(moment, None)
    returned = column.process_result_value(bound, None)
    assert returned == moment
    assert returned.utcoffset() == timedelta(0)


def test_database_keeps_the_moment_to_the_microsecond(engine: sa.engine.Engine) -> None:
    tokyo = datetime(2026, 1, 20, 8, 30, 15, 123456, tzinfo=timezone(timedelta(hours=9)))
    with engine.begin() as connection:
        connection.execute(sa.insert(customers).values(email="a@example.test", name="A", created_at=tokyo))
        returned = connection.execute(sa.select(customers.c.created_at)).scalar_one()
        earlier = connection.execute(sa.select(customers.c.id).where(customers.c.created_at < tokyo)).all()
    assert returned == tokyo
    assert returned.tzinfo is timezone.utc
    assert earlier == []


def test_time_without_a_zone_is_refused(engine: sa.engine.Engine) -> None:
    naive = datetime(2026, 1, 20, 8, 30)  # noqa: DTZ001  # the mistake under test
    statement = sa.insert(customers).values(email="a@example.test", name="A", created_at=naive)
    with engine.begin() as connection, pytest.raises(sa.exc.StatementError, match="without a zone"):
        connection.execute(statement)


def test_nothing_stays_nothing() -> None:
    assert Utc().process_bind_param(None, None) is None
    assert Utc().process_result_value(None, None) is None


def test_present_is_aware() -> None:
    assert utc_now().utcoffset() == timedelta(0)
