"""A trading day as it happens: the steps of its timetable, on the chains' own time."""

from collections.abc import Mapping, Sequence
from time import perf_counter

from offchain.chain.clock import Clock
from offchain.day.driver.mechanism import Step
from offchain.day.driver.timetable import clock as written_time
from offchain.day.driver.timetable import moments
from offchain.day.driver.trading_day import TradingDay


def run_course(day: TradingDay, steps: Sequence[Step], *, clock: Clock, midnight: int) -> Mapping[str, float]:
    """Run every step of a timetable.

    Args:
        day: the chains with their plans.
        steps: in the order of the timetable.
        clock: of all chains.
        midnight: local midnight of the day of delivery [s].

    Returns:
        How long the steps of each time took [s of real time].

    Raises:
        GridleafError: a chain refused something; its message says what.
    """
    durations = {}
    for moment in moments(steps):
        started = perf_counter()
        clock.reach(midnight + moment[0].at)
        for step in moment:
            step.act(day)
        subjects = dict.fromkeys(step.name.split(":")[0] for step in moment)
        durations[f"{written_time(moment[0].at)}: {', '.join(subjects)}"] = perf_counter() - started
    return durations
