"""The relayer records each regional chain's latest block on the main chain, whenever something has happened."""

from offchain.anchoring import calls
from offchain.day.driver.mechanism import Step
from offchain.day.driver.timetable import DAY, HOUR, clock
from offchain.day.driver.trading_day import TradingDay

TIMES = (
    *(-DAY + hour * HOUR for hour in (1, 10, 11, 12, 13)),
    *(DAY + hour * HOUR for hour in (6, 12, 18)),
    2 * DAY + 6 * HOUR,
    3 * DAY,
    8 * DAY,
    8 * DAY + 12 * HOUR,
    9 * DAY,
    11 * DAY,
)
"""When it does so, from local midnight of the day of delivery [s]."""


def anchor(day: TradingDay) -> None:
    """Record every regional chain's latest block."""
    blocks = [(region.client.endpoint.chain_id, region.client.block()) for region in day.regions]
    day.main.journal.send(calls.anchor(day.main.client, blocks, key=day.main.role("relayer")))


STEPS = tuple(Step(name=f"anchoring: {clock(time)}", at=time, act=anchor) for time in TIMES)
