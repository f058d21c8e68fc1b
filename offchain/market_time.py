"""Hours and days of the market.

A *period* is the unix hour, `timestamp // 3600`. A *market day* is 24 consecutive unix hours that begin at midnight of
the region's fixed UTC offset (no daylight saving), numbered so that

    day = (hour + utc_offset_hours) // 24,     first hour of a day = day * 24 - utc_offset_hours.

The number of a day is therefore the count of days from 1970-01-01 to its local date, whatever the offset.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from offchain.errors import InputError

SECONDS_PER_HOUR = 3600
HOURS_PER_DAY = 24
_EPOCH = date(1970, 1, 1)


def hour_of(timestamp: int) -> int:
    """Return the unix hour in which a block time [s] lies."""
    return timestamp // SECONDS_PER_HOUR


def day_of_date(local_date: date) -> int:
    """Return the number of the market day whose local date is given."""
    return (local_date - _EPOCH).days


def date_of_day(day: int) -> date:
    """Return the local date of a market day."""
    return _EPOCH + timedelta(days=day)


@dataclass(frozen=True)
class MarketCalendar:
    """The hours of a region's market days at its fixed offset from UTC [h].

    Raises:
        InputError: the offset is not a whole number of hours between -12 and +14.

    """

    utc_offset_hours: int

    def __post_init__(self) -> None:
        if not -12 <= self.utc_offset_hours <= 14:
            raise InputError(f"UTC offset {self.utc_offset_hours} h is not allowed: -12 to 14")

    def day_of_hour(self, hour: int) -> int:
        """Return the market day to which a unix hour belongs."""
        return (hour + self.utc_offset_hours) // HOURS_PER_DAY

    def day_of(self, timestamp: int) -> int:
        """Return the market day in which a block time [s] lies."""
        return self.day_of_hour(hour_of(timestamp))

    def first_hour(self, day: int) -> int:
        """Return the first unix hour of a market day."""
        return day * HOURS_PER_DAY - self.utc_offset_hours

    def hours(self, day: int) -> range:
        """Return the 24 unix hours of a market day."""
        first = self.first_hour(day)
        return range(first, first + HOURS_PER_DAY)

    def hour_of_day(self, hour: int) -> int:
        """Return the local hour of the day, 0 to 23, of a unix hour."""
        return (hour + self.utc_offset_hours) % HOURS_PER_DAY

    def start(self, day: int) -> int:
        """Return the block time [s] at which a market day begins; it ends where the next one begins."""
        return self.first_hour(day) * SECONDS_PER_HOUR

    def local_time(self, timestamp: int) -> datetime:
        """Convert a block time [s] to local date and time, carrying its offset."""
        offset = timezone(timedelta(hours=self.utc_offset_hours))
        return datetime.fromtimestamp(timestamp, UTC).astimezone(offset)
