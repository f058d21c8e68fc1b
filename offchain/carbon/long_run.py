"""Trace whole days of a grid one after another: power flow, trace and all laws, in as many processes as wanted.

Work goes through joblib, one task per day. It runs where the caller's joblib context says, so a cluster is one line:

    with joblib.parallel_config(backend="dask"):    # after Client("tcp://scheduler:8786"), package `distributed`
    with joblib.parallel_config(backend="ray"):     # after ray.util.joblib.register_ray(), package `ray`

around the loop over `trace_days`. A task carries the grid and a day's power, and brings back a `DayTrace`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from offchain.carbon.adapters.grid_case import flow_snapshot
from offchain.carbon.laws import check_trace
from offchain.carbon.trace import trace
from offchain.grid.case import GridCase
from offchain.grid.laws import check_power_flow
from offchain.grid.power_flow import Injections, solve
from offchain.grid.profiles import QUARTERS_PER_DAY, Profiles, day_profile
from offchain.grid.solvers.table import DEFAULT_SOLVER

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DayTrace:
    """What is kept of a traced day. Power in MW, intensity in gCO2e/kWh, rates in kgCO2e/h."""

    intensity: Floats
    """(steps, nodes), nan where no power flows."""
    load_mw: Floats
    """(steps, loads); the last is what the upper grid takes back."""
    load_rate: Floats
    generation_mw: Floats
    """(steps, generators); the last is the upper grid."""
    generation_rate: Floats
    generator_loss_mw: Floats
    """(steps, generators) network loss that each generator's power meets."""
    generator_loss_rate: Floats
    branch_rate: Floats
    """(steps, branches, 2) carbon into both ends; the sum is that of the loss."""


def trace_days(
    case: GridCase,
    profiles: Profiles,
    *,
    days: Sequence[date],
    intensities: Floats,
    steps: int = QUARTERS_PER_DAY,
) -> Iterator[tuple[date, DayTrace]]:
    """Trace days in their order, each handed out as soon as it and all before it are done.

    Args:
        case: the grid.
        profiles: its profiles; must cover the days.
        days: which days.
        intensities: of the generators and the upper grid in gCO2e/kWh, (generators + 1,).
        steps: equal steps of a day, a divisor of 96.

    Raises:
        InputError: the profiles do not cover a day, or its power flow has no solution.
        LawViolation: power or carbon does not balance.

    """
    tasks = (
        delayed(trace_day)(case, day_profile(case, profiles, day=day, steps=steps), intensities=intensities)
        for day in days
    )
    yield from zip(days, Parallel(return_as="generator")(tasks), strict=True)


def trace_day(case: GridCase, injections: Injections, *, intensities: Floats) -> DayTrace:
    """Solve the power flow of a day, trace it, and check all laws.

    Raises:
        InputError: the power flow has no solution.
        LawViolation: power or carbon does not balance.

    """
    flow = solve(case, injections, solver=DEFAULT_SOLVER)
    check_power_flow(case, injections, flow=flow)
    snapshot = flow_snapshot(case, injections, flow=flow)
    result = trace(snapshot, intensities)
    check_trace(snapshot, result, intensities=intensities)
    return DayTrace(
        intensity=np.where(result.live, result.intensity, np.nan),
        load_mw=snapshot.load_mw,
        load_rate=result.load_rate,
        generation_mw=snapshot.generation_mw,
        generation_rate=result.generation_rate,
        generator_loss_mw=result.generator_loss_mw,
        generator_loss_rate=result.generator_loss_rate,
        branch_rate=result.branch_rate,
    )
