"""How much energy each load and generator of a grid moves in each hour of a day.

The profile file holds, per quarter hour, factors on the rated values of the case, as decimals of at most nine places:
from there to watts everything is integer arithmetic, the same on every machine. Times are the start of the quarter hour
in UTC+1, which is the market day of the German grids.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from offchain.errors import InputError
from offchain.grid.case import GridCase
from offchain.grid.data_files import read_checked
from offchain.grid.power_flow import Injections
from offchain.units import Integers, mean_watts, nano_factors, watts

PROFILES_FILE = "profiles.csv"
QUARTERS_PER_DAY = 96
HOURS_PER_DAY = 24


@dataclass(frozen=True)
class Profiles:
    """Factors on rated power per profile column, for whole days in ascending order."""

    days: tuple[date, ...]
    columns: dict[str, Integers]  # name -> (days, 96), in 1e-9


def load_profiles(directory: Path, case: GridCase) -> Profiles:
    """Read and check the profile file of `case` in `directory`.

    Raises:
        InputError: the file is missing or damaged, lacks a column of the case, or its days are not whole.

    """
    source = directory / PROFILES_FILE
    content = read_checked(directory, PROFILES_FILE).decode()
    try:
        header, *rows = csv.reader(content.splitlines())
        times = [datetime.fromisoformat(row[0]) for row in rows]
        values = np.array([row[1:] for row in rows], dtype=np.float64)
        values = values.reshape(-1, QUARTERS_PER_DAY, len(header) - 1)
    except ValueError as error:
        raise InputError(f"{source} is not a table of times and numbers over whole days") from error
    needed = {f"load/{load.profile}/{kind}" for load in case.loads for kind in "pq"}
    needed |= {f"generator/{generator.profile}/p" for generator in case.generators}
    missing = sorted(needed - set(header))
    if missing:
        raise InputError(f"{source} lacks the columns {', '.join(missing)}")
    days = tuple(time.date() for time in times[::QUARTERS_PER_DAY])
    quarter = timedelta(minutes=15)
    expected = [datetime(d.year, d.month, d.day, tzinfo=times[0].tzinfo) + q * quarter for d in days for q in range(96)]
    if times != expected or list(days) != sorted(set(days)) or not np.isfinite(values).all():
        raise InputError(f"{source} must hold finite numbers for every quarter hour of ascending days")
    negative = [name for i, name in enumerate(header[1:]) if name.endswith("/p") and (values[:, :, i] < 0).any()]
    if negative:
        raise InputError(f"{source} has negative active power in {', '.join(negative)}")
    factors = nano_factors(values)
    return Profiles(days=days, columns={name: factors[:, :, i] for i, name in enumerate(header[1:])})


def day_profile(case: GridCase, profiles: Profiles, *, day: date, steps: int = HOURS_PER_DAY) -> Injections:
    """Return the mean power of every load and generator in each of the equal `steps` of `day`.

    With 24 steps, W is also the hour's energy in Wh. Means are exact, rounded half up to whole W. The reactive power of
    generators is their rated one in every step.

    Raises:
        InputError: the profiles do not cover `day`, or `steps` does not divide its 96 quarter hours.

    """
    if day not in profiles.days:
        raise InputError(f"no profile of {case.code} for {day}; there are {_ranges(profiles.days)}")
    if steps < 1 or QUARTERS_PER_DAY % steps:
        raise InputError(f"a day of {QUARTERS_PER_DAY} quarter hours cannot be cut into {steps} steps")
    position = profiles.days.index(day)

    def means(names: list[str], ratings_mw: list[float]) -> Integers:
        factors = np.stack([profiles.columns[name][position] for name in names], axis=-1)
        return mean_watts(factors.reshape(steps, -1, len(names)), watts(np.array(ratings_mw, dtype=np.float64)))

    loads, generators = case.loads, case.generators
    return Injections(
        load_w=means([f"load/{e.profile}/p" for e in loads], [e.p_mw for e in loads]),
        load_var=means([f"load/{e.profile}/q" for e in loads], [e.q_mvar for e in loads]),
        generation_w=means([f"generator/{e.profile}/p" for e in generators], [e.p_mw for e in generators]),
        generation_var=np.tile(watts(np.array([e.q_mvar for e in generators])), (steps, 1)),
    )


def _ranges(days: tuple[date, ...]) -> str:
    """Write days as ranges: 2016-01-17 to 2016-01-24, ..."""
    starts = [d for d in days if d - timedelta(days=1) not in days]
    ends = [d for d in days if d + timedelta(days=1) not in days]
    return ", ".join(f"{start} to {end}" for start, end in zip(starts, ends, strict=True))
