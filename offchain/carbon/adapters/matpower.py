"""Flow snapshots from solved tables in MATPOWER's columns (bus, gen, branch), as many programs write them.

Columns are those of the MATPOWER manual, appendix B, counted from 0. Branch flows are results: the table must have its
columns 13 and 15.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offchain.carbon.snapshot import TOLERANCE_MW, FlowSnapshot, positions, split_signs
from offchain.errors import InputError

BUS_ID, BUS_TYPE, LOAD_MW, SHUNT_MW, VOLTAGE_PU = 0, 1, 2, 4, 7
GENERATOR_BUS, GENERATION_MW, GENERATOR_STATUS = 0, 1, 7
FROM_BUS, TO_BUS, RESISTANCE_PU, BRANCH_STATUS, FROM_MW, TO_MW = 0, 1, 2, 10, 13, 15
ISOLATED = 4
COLUMNS = {"bus": VOLTAGE_PU + 1, "gen": GENERATOR_STATUS + 1, "branch": TO_MW + 1}

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MatpowerTables:
    """A solved case."""

    bus: Floats
    gen: Floats
    branch: Floats


def from_matpower(tables: MatpowerTables, *, tolerance_mw: float = TOLERANCE_MW) -> FlowSnapshot:
    """Take the solved active flows; isolated buses and what is out of service are left out.

    Nodes are named by bus number, generators "gen row", loads "load bus" and "shunt bus", branches "branch row"; rows
    count from 0. A generator that takes power is a load of its name, a load or shunt that gives power a generator.

    Raises:
        InputError: a table lacks columns, or the flows are not sound.

    """
    problems = [
        f"{name} has shape {getattr(tables, name).shape}, needed are {columns} columns"
        for name, columns in COLUMNS.items()
        if getattr(tables, name).ndim != 2 or getattr(tables, name).shape[1] < columns
    ]
    if problems:
        raise InputError(f"MATPOWER tables: {'; '.join(problems)}")
    bus = tables.bus[tables.bus[:, BUS_TYPE] != ISOLATED]
    generators = np.flatnonzero(tables.gen[:, GENERATOR_STATUS] > 0)
    branches = np.flatnonzero(tables.branch[:, BRANCH_STATUS] > 0)
    gen, branch = tables.gen[generators], tables.branch[branches]

    names = [f"gen {row}" for row in generators]
    names += [f"{kind} {bus_id:.0f}" for kind in ("load", "shunt") for bus_id in bus[:, BUS_ID]]
    where = np.concatenate([gen[:, GENERATOR_BUS], bus[:, BUS_ID], bus[:, BUS_ID]])
    shunt = bus[:, SHUNT_MW] * bus[:, VOLTAGE_PU] ** 2
    given, taken = split_signs(np.concatenate([gen[:, GENERATION_MW], -bus[:, LOAD_MW], -shunt]))
    gives, takes = given > 0, taken > 0
    snapshot = FlowSnapshot(
        nodes=tuple(f"{bus_id:.0f}" for bus_id in bus[:, BUS_ID]),
        branches=tuple(f"branch {row}" for row in branches),
        generators=tuple(name for name, kept in zip(names, gives, strict=True) if kept),
        loads=tuple(name for name, kept in zip(names, takes, strict=True) if kept),
        from_node=positions(branch[:, FROM_BUS], bus[:, BUS_ID]),
        to_node=positions(branch[:, TO_BUS], bus[:, BUS_ID]),
        generator_node=positions(where[gives], bus[:, BUS_ID]),
        load_node=positions(where[takes], bus[:, BUS_ID]),
        p_from_mw=branch[np.newaxis, :, FROM_MW],
        p_to_mw=branch[np.newaxis, :, TO_MW],
        generation_mw=given[np.newaxis, gives],
        load_mw=taken[np.newaxis, takes],
        may_gain=branch[:, RESISTANCE_PU] < 0,
        tolerance_mw=tolerance_mw,
    )
    return snapshot.closed()
