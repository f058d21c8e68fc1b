"""The voltages and flows a grid settles at, step by step, from whole watts: the port that every solver stands behind.

Signs: load and generation are what is consumed and produced, both positive; power at a branch end is positive into the
branch, so the two ends of a branch add up to its loss; external power is positive from the upper grid into this one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offchain.errors import InputError
from offchain.grid.case import GridCase

Floats = npt.NDArray[np.float64]
Watts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Injections:
    """What loads take and generators give in each step: mean power in whole W or var.

    Over a step of one hour, W is the hour's energy in Wh.
    """

    load_w: Watts  # (steps, loads)
    load_var: Watts  # (steps, loads)
    generation_w: Watts  # (steps, generators)
    generation_var: Watts  # (steps, generators)


@dataclass(frozen=True)
class PowerFlow:
    """The solved state of each step. Branches are the lines of the case, then its transformers (from = high voltage).

    A node without voltage (cut off from the external grid) has magnitude 0.
    """

    vm_pu: Floats  # (steps, nodes)
    va_degree: Floats  # (steps, nodes)
    p_from_mw: Floats  # (steps, branches)
    p_to_mw: Floats  # (steps, branches)
    q_from_mvar: Floats  # (steps, branches)
    q_to_mvar: Floats  # (steps, branches)
    external_mw: Floats  # (steps,)
    external_mvar: Floats  # (steps,)


@dataclass(frozen=True, kw_only=True)
class Solver:
    """A row of `SOLVERS`."""

    name: str
    solve: Callable[[GridCase, Injections], PowerFlow]
    """Solve the steps of injections that fit the case; `InputError` for a step that has no solution."""


def solve(case: GridCase, injections: Injections, *, solver: Solver) -> PowerFlow:
    """Solve the power flow of every step.

    Raises:
        InputError: shapes or signs of the injections do not fit, or a step has no solution the grid can carry.

    """
    _check_injections(case, injections)
    return solver.solve(case, injections)


def _check_injections(case: GridCase, injections: Injections) -> None:
    """Report every array whose shape, type or sign does not fit the case."""
    steps = len(injections.load_w)
    loads, generators = (steps, len(case.loads)), (steps, len(case.generators))
    problems = [
        f"{name} has shape {array.shape} of {array.dtype}, expected {shape} of integers"
        for name, array, shape in (
            ("load_w", injections.load_w, loads),
            ("load_var", injections.load_var, loads),
            ("generation_w", injections.generation_w, generators),
            ("generation_var", injections.generation_var, generators),
        )
        if array.shape != shape or array.dtype.kind != "i"
    ]
    for name, array in (("load_w", injections.load_w), ("generation_w", injections.generation_w)):
        negative = sorted(set(np.argwhere(array < 0)[:, -1].tolist()))
        if negative:
            problems.append(f"{name} is negative for {', '.join(map(str, negative[:8]))}")
    if problems:
        raise InputError(f"injections do not fit {case.code}: {'; '.join(problems)}")
