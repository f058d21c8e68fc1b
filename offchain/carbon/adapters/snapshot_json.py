"""One flow snapshot with the intensities of its generators, from JSON.

    {"branches": [{"f": 0, "t": 2, "p_from": 243.0, "p_to": -237.2}, ...],    bus numbers from 0, MW into the branch
     "PG": [...], "PL": [...],                                                MW per bus
     "E_G": [...]                                                             tCO2/MWh per generator bus
     or "unit_params": [{"a": ..., "b": ..., "c": ..., "mu": ..., "phi": ...}, ...]}    read where E_G is not there

Generator buses are those with PG above 0, in ascending order; `E_G` and `unit_params` have one entry for each, or one
per bus. PG and PL may go on beyond the buses: then index n + b is the virtual node of branch b, with PG 0 and with the
branch's loss as PL. A branch may have `"may_gain": true` (negative resistance). `"coordinates"`, one [x, y] per bus,
are for pictures. Other keys are left alone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from offchain.carbon.snapshot import TOLERANCE_MW, FlowSnapshot, numbered
from offchain.carbon.unit_curves import parse_unit, unit_intensity
from offchain.errors import InputError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TraceInput:
    """A snapshot of one step and what its generators emit."""

    snapshot: FlowSnapshot
    intensities: Floats
    """(generators,) [tCO2/MWh]."""
    coordinates: Floats | None
    """(nodes, 2), if given."""


def load_trace_input(path: Path) -> TraceInput:
    """Read and check a file.

    Raises:
        InputError: it is missing or damaged, or the snapshot is not sound; names every problem.

    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    try:
        return parse_trace_input(document)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def parse_trace_input(document: Any) -> TraceInput:
    """Turn a JSON document into a snapshot and intensities.

    Raises:
        InputError: names every problem.

    """
    problems = list(_form_problems(document))
    if problems:
        raise InputError("; ".join(problems))
    branches = document["branches"]
    ends = np.array([[b["f"], b["t"]] for b in branches], dtype=np.int64).reshape(-1, 2)
    power = np.array([[b["p_from"], b["p_to"]] for b in branches], dtype=np.float64).reshape(-1, 2)
    generation, load = (np.array(document[key], dtype=np.float64) for key in ("PG", "PL"))
    buses = _bus_count(ends, power, generation=generation, load=load)
    generation, load = generation[:buses], load[:buses]
    generates = np.flatnonzero(generation != 0)  # a negative one is found by the snapshot's own checks
    snapshot = FlowSnapshot(
        nodes=numbered(buses),
        branches=numbered(len(branches)),
        generators=tuple(map(str, generates.tolist())),
        loads=numbered(buses),
        from_node=ends[:, 0],
        to_node=ends[:, 1],
        generator_node=generates,
        load_node=np.arange(buses),
        p_from_mw=power[np.newaxis, :, 0],
        p_to_mw=power[np.newaxis, :, 1],
        generation_mw=generation[np.newaxis, generates],
        load_mw=load[np.newaxis],
        may_gain=np.array([b.get("may_gain", False) for b in branches], dtype=np.bool_),
    )
    coordinates = document.get("coordinates")
    if coordinates is not None and len(coordinates) != buses:
        raise InputError(f"coordinates are {len(coordinates)}, expected one [x, y] for each of {buses} buses")
    return TraceInput(
        snapshot=snapshot.closed(),
        intensities=_intensities(document, generates, generation=generation),
        coordinates=None if coordinates is None else np.array(coordinates, dtype=np.float64),
    )


def _form_problems(document: Any) -> Iterator[str]:
    """Name what has not the form of a snapshot."""
    if not isinstance(document, dict):
        yield "the document must be an object with branches, PG, PL and E_G or unit_params"
        return
    for key in ("PG", "PL"):
        if not _numbers(document.get(key)) or not document[key]:
            yield f"{key} must be a list of numbers"
    branches = document.get("branches")
    if not isinstance(branches, list):
        yield "branches must be a list"
    else:
        wrong = [str(position) for position, branch in enumerate(branches) if not _is_branch(branch)]
        if wrong:
            yield f"branches {', '.join(wrong[:8])}: f and t must be bus numbers, p_from and p_to numbers"
    if "E_G" not in document and "unit_params" not in document:
        yield "either E_G or unit_params must be there"
    if not _numbers(document.get("E_G", [])):
        yield "E_G must be a list of numbers"
    if not isinstance(document.get("unit_params", []), list):
        yield "unit_params must be a list"
    coordinates = document.get("coordinates", [])
    if not isinstance(coordinates, list) or not all(_numbers(pair) and len(pair) == 2 for pair in coordinates):
        yield "coordinates must be a list of [x, y]"


def _is_branch(branch: Any) -> bool:
    return (
        isinstance(branch, dict)
        and all(type(branch.get(key)) is int and branch[key] >= 0 for key in ("f", "t"))
        and _numbers([branch.get("p_from"), branch.get("p_to")])
        and isinstance(branch.get("may_gain", False), bool)
    )


def _numbers(values: Any) -> bool:
    """Tell whether this is a list of numbers."""
    return isinstance(values, list) and all(type(value) in (int, float) for value in values)


def _bus_count(ends: npt.NDArray[np.int64], power: Floats, *, generation: Floats, load: Floats) -> int:
    """Tell how many buses PG and PL stand for, with or without virtual nodes behind them.

    Raises:
        InputError: PG and PL do not agree on it.

    """
    branches, loss = len(ends), power.sum(axis=1)

    def buses(length: int) -> set[int]:
        return {length, length - branches} if length - branches > ends.max(initial=0) else {length}

    common = buses(len(generation)) & buses(len(load))
    if len(common) == 2 and len(generation) == len(load):
        tail = len(load) - branches
        virtual = not generation[tail:].any() and bool(np.all(np.abs(load[tail:] - loss) <= TOLERANCE_MW))
        return min(common) if virtual else max(common)
    if not common:
        raise InputError(
            f"PG has {len(generation)} entries and PL {len(load)}; they may differ by the {branches} branches"
        )
    return min(common)


def _intensities(document: dict[str, Any], generates: npt.NDArray[np.int64], *, generation: Floats) -> Floats:
    """Intensity of each generator bus in tCO2/MWh.

    Raises:
        InputError: there is not one for each, or a unit's numbers are out of range.

    """
    key = "E_G" if "E_G" in document else "unit_params"
    entries = document[key]
    if len(entries) == len(generation):
        entries = [entries[bus] for bus in generates]
    elif len(entries) != len(generates):
        raise InputError(
            f"{key} has {len(entries)} entries, expected one for each of {len(generates)} generator buses "
            f"(PG above 0) or of {len(generation)} buses"
        )
    if key == "E_G":
        return np.array(entries, dtype=np.float64)
    return np.array(
        [
            unit_intensity(parse_unit(unit), float(generation[bus]))
            for unit, bus in zip(entries, generates, strict=True)
        ],
        dtype=np.float64,
    )
