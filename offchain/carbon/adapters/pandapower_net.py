"""Flow snapshots of solved pandapower networks (an optional extra: `toolchain/requirements/cases.in`).

Reads the documented tables and results only. Lines, transformers, impedances, loads, static generators, generators,
external grids and shunts are known; a network with anything else in service is refused, not traced in part.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from offchain.carbon.snapshot import FlowSnapshot, positions, split_signs
from offchain.errors import InputError

BRANCHES = (
    # table, columns of its ends, results at them, resistance
    ("line", ("from_bus", "to_bus"), ("p_from_mw", "p_to_mw"), "r_ohm_per_km"),
    ("trafo", ("hv_bus", "lv_bus"), ("p_hv_mw", "p_lv_mw"), "vkr_percent"),
    ("impedance", ("from_bus", "to_bus"), ("p_from_mw", "p_to_mw"), "rft_pu"),
)
PRODUCERS = ("sgen", "gen", "ext_grid")
CONSUMERS = ("load", "shunt")
KNOWN = {"bus", *(table for table, *_ in BRANCHES), *PRODUCERS, *CONSUMERS}
ELEMENTS = ("trafo3w", "dcline", "ward", "xward", "storage", "motor", "asymmetric_load", "asymmetric_sgen",
            "svc", "tcsc", "ssc", "vsc", "bus_dc", "line_dc", "load_dc", "source_dc")  # fmt: skip

Floats = npt.NDArray[np.float64]


def from_pandapower(net: Any) -> FlowSnapshot:
    """Take the solved active flows of a network; nodes are its buses, other names are "table index".

    Generators are, in this order: those of `PRODUCERS` that give power, and `CONSUMERS` that give power; loads are what
    takes power, `CONSUMERS` first.

    Raises:
        InputError: the network is not solved or has elements without a rule, or its flows are not sound.

    """
    problems = list(_unknown(net))
    if problems:
        raise InputError(f"pandapower network: {'; '.join(problems)}")
    buses = net.bus.index.to_numpy()
    branches = [(table, *_branch(net, table, ends, results, r)) for table, ends, results, r in BRANCHES]
    giving, taking = _injections(net, PRODUCERS), _injections(net, CONSUMERS)
    (gives, backward), (takes, fed_back) = split_signs(giving[2]), split_signs(taking[2])
    generated, consumed = np.concatenate([gives, fed_back]), np.concatenate([takes, backward])
    gen_names, gen_bus = giving[0] + taking[0], np.concatenate([giving[1], taking[1]])
    load_names, load_bus = taking[0] + giving[0], np.concatenate([taking[1], giving[1]])
    generates, loads = generated > 0, consumed > 0
    snapshot = FlowSnapshot(
        nodes=tuple(f"bus {bus}" for bus in buses.tolist()),
        branches=tuple(f"{table} {index}" for table, names, *_ in branches for index in names),
        generators=tuple(name for name, kept in zip(gen_names, generates, strict=True) if kept),
        loads=tuple(name for name, kept in zip(load_names, loads, strict=True) if kept),
        from_node=positions(np.concatenate([b[2] for b in branches]), buses),
        to_node=positions(np.concatenate([b[3] for b in branches]), buses),
        generator_node=positions(gen_bus[generates], buses),
        load_node=positions(load_bus[loads], buses),
        p_from_mw=np.concatenate([b[4] for b in branches])[np.newaxis],
        p_to_mw=np.concatenate([b[5] for b in branches])[np.newaxis],
        generation_mw=generated[generates][np.newaxis],
        load_mw=consumed[loads][np.newaxis],
        may_gain=np.concatenate([b[6] for b in branches]),
    )
    return snapshot.closed()


def _unknown(net: Any) -> Iterator[str]:
    """Name what there is no rule for."""
    tables = [table for table, *_ in BRANCHES] + [*PRODUCERS, *CONSUMERS]
    if not net.get("converged", False) or not all(
        net[table].index.isin(net[f"res_{table}"].index).all() for table in tables
    ):
        yield "is not solved"
    for table in ELEMENTS:
        if table in net and len(net[table]) and net[table].in_service.any():
            yield f"{int(net[table].in_service.sum())} elements of {table} in service have no rule"
    couplers = net.switch[(net.switch.et == "b") & net.switch.closed]
    if len(couplers):
        yield f"{len(couplers)} closed couplers of buses have no rule"


def _branch(net: Any, table: str, ends: tuple[str, str], results: tuple[str, str], resistance: str) -> tuple[Any, ...]:
    """Index, both buses, power into both ends [MW], and whether the resistance is negative, of one table."""
    elements, solved = net[table], net[f"res_{table}"]
    first, second = (elements[column].to_numpy() for column in ends)
    power = [solved[column].fillna(0.0).to_numpy(dtype=np.float64) for column in results]
    return elements.index.tolist(), first, second, *power, elements[resistance].to_numpy(dtype=np.float64) < 0


def _injections(net: Any, tables: tuple[str, ...]) -> tuple[list[str], npt.NDArray[np.int64], Floats]:
    """Names, buses and solved power [MW] of the elements of some tables."""
    names = [f"{table} {index}" for table in tables for index in net[table].index.tolist()]
    buses = np.concatenate([net[table].bus.to_numpy(dtype=np.int64) for table in tables])
    power = np.concatenate([net[f"res_{table}"].p_mw.fillna(0.0).to_numpy(dtype=np.float64) for table in tables])
    return names, buses, power
