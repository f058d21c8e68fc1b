"""Hours and days of the market, against the standard library's dates and hand calculation.

By hand: 2016-01-14 is day 16814 (46 years of 365 days, 11 leap days, 13 days). At UTC+1 it begins at
2016-01-13 23:00 UTC = hour 16814 * 24 - 1 = 403535 = 1452726000 s.
"""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import InputError
from offchain.market_time import MarketCalendar, date_of_day, day_of_date, hour_of

CENTRAL_EUROPE = MarketCalendar(1)


def test_hand_calculation():
    day = day_of_date(date(2016, 1, 14))
    assert day == 46 * 365 + 11 + 13 == 16814
    assert CENTRAL_EUROPE.first_hour(day) == 403535
    assert CENTRAL_EUROPE.start(day) == 1452726000
    assert CENTRAL_EUROPE.hours(day) == range(403535, 403559)
    assert CENTRAL_EUROPE.local_time(1452726000).isoformat() == "2016-01-14T00:00:00+01:00"


def test_last_second_of_a_day_belongs_to_it():
    start = CENTRAL_EUROPE.start(16815)
    assert CENTRAL_EUROPE.day_of(start - 1) == 16814
    assert CENTRAL_EUROPE.day_of(start) == 16815


@given(timestamp=st.integers(0, 2**32), offset=st.integers(-12, 14))
def test_agrees_with_datetime(timestamp, offset):
    calendar = MarketCalendar(offset)
    local = datetime.fromtimestamp(timestamp, UTC).astimezone(timezone(timedelta(hours=offset)))
    day = calendar.day_of(timestamp)
    assert date_of_day(day) == local.date()
    assert calendar.hour_of_day(hour_of(timestamp)) == local.hour
    assert calendar.local_time(timestamp) == local


@given(day=st.integers(0, 10**6), offset=st.integers(-12, 14))
def test_days_follow_each_other_without_gap_or_overlap(day, offset):
    calendar = MarketCalendar(offset)
    hours = calendar.hours(day)
    assert len(hours) == 24
    assert hours.stop == calendar.hours(day + 1).start
    assert {calendar.day_of_hour(hour) for hour in hours} == {day}
    assert [calendar.hour_of_day(hour) for hour in hours] == list(range(24))
    assert day_of_date(date_of_day(day)) == day


@pytest.mark.parametrize("offset", [-13, 15])
def test_offset_outside_the_world_is_refused(offset):
    with pytest.raises(InputError, match=f"UTC offset {offset} h is not allowed: -12 to 14"):
        MarketCalendar(offset)
