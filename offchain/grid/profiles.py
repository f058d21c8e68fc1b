"""How much energy each load and generator of a grid moves in each hour of a day.

The profile file holds, per quarter hour, factors on the rated values of the case. Times are the start of the quarter
hour in UTC+1, which is the market day of the German grids.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offchain.errors import InputError
from offchain.grid.case import GridCase
from offchain.grid.data_files import read_checked
from offchain.grid.power_flow import Injections
from offchain.units import mean_watts

PROFILES_FILE = "profiles.csv"
QUARTERS_PER_DAY = 96
HOURS_PER_DAY = 24

Factors = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Profiles:
    """Factors per profile column, for whole days in ascending order."""

    days: tuple[date, ...]
    columns: dict[str, Factors]  # name -> (days, 96), dimensionless


def load_profiles(directory: Path, case: GridCase) -> Profiles:
    """Read and check the profile file of `case` in `directory`.

    Raises:
        InputError: the file is missing or damaged, lacks a column of the case, or its days are not whole.

    """
    source = directory / PROFILES_FILE
    header, *rows = csv.reader(read_checked(directory, PROFILES_FILE).decode().splitlines())
    needed = {f"load/{load.profile}/{kind}" for load in case.loads for kind in "pq"}
    needed |= {f"generator/{generator.profile}/p" for generator in case.generators}
    missing = sorted(needed - set(header))
    if missing:
        raise InputError(f"{source} lacks the columns {', '.join(missing)}")
    times = [datetime.fromisoformat(row[0]) for row in rows]
    values = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, QUARTERS_PER_DAY, len(header) - 1)
    days = tuple(time.date() for time in times[::QUARTERS_PER_DAY])
    quarter = timedelta(minutes=15)
    expected = [datetime(d.year, d.month, d.day, tzinfo=times[0].tzinfo) + q * quarter for d in days for q in range(96)]
    if times != expected or list(days) != sorted(set(days)) or not np.isfinite(values).all():
        raise InputError(f"{source} must hold finite numbers for every quarter hour of ascending days")
    negative = [name for i, name in enumerate(header[1:]) if name.endswith("/p") and (values[:, :, i] < 0).any()]
    if negative:
        raise InputError(f"{source} has negative active power in {', '.join(negative)}")
    return Profiles(days=days, columns={name: values[:, :, i] for i, name in enumerate(header[1:])})


def day_profile(case: GridCase, profiles: Profiles, *, day: date) -> Injections:
    """Return the energy of every load and generator in the 24 hours of `day`: W over an hour is Wh.

    The mean of four quarter hours is rounded half up to whole W. The reactive power of generators is their rated one.

    Raises:
        InputError: the profiles do not cover `day`.

    """
    load_p, load_q, generation_p, generation_q = (
        mean_watts(power.reshape(HOURS_PER_DAY, 4, -1)) for power in quarter_hours(case, profiles, day=day)
    )
    return Injections(load_w=load_p, load_var=load_q, generation_w=generation_p, generation_var=generation_q)


def quarter_hours(case: GridCase, profiles: Profiles, *, day: date) -> tuple[Factors, Factors, Factors, Factors]:
    """Return load P, load Q, generation P, generation Q of `day`, each (96, elements) in MW or Mvar.

    Raises:
        InputError: the profiles do not cover `day`.

    """
    if day not in profiles.days:
        raise InputError(f"no profile of {case.code} for {day}; there are {_ranges(profiles.days)}")
    position = profiles.days.index(day)

    def stack(names: list[str], ratings: list[float]) -> Factors:
        factors = [profiles.columns[name][position] for name in names]
        return np.stack(factors, axis=1) * np.array(ratings, dtype=np.float64)

    load_p = stack([f"load/{e.profile}/p" for e in case.loads], [e.p_mw for e in case.loads])
    load_q = stack([f"load/{e.profile}/q" for e in case.loads], [e.q_mvar for e in case.loads])
    generation_p = stack([f"generator/{e.profile}/p" for e in case.generators], [e.p_mw for e in case.generators])
    generation_q = np.tile([e.q_mvar for e in case.generators], (QUARTERS_PER_DAY, 1))
    return load_p, load_q, generation_p, generation_q


def _ranges(days: tuple[date, ...]) -> str:
    """Write days as ranges: 2016-01-17 to 2016-01-24, ..."""
    starts = [d for d in days if d - timedelta(days=1) not in days]
    ends = [d for d in days if d + timedelta(days=1) not in days]
    return ", ".join(f"{start} to {end}" for start, end in zip(starts, ends, strict=True))
