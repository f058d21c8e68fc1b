"""What a kWh of each carrier emits, from a sourced and versioned table."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.grid.case import GridCase

FACTOR_TABLE = PROJECT / "data" / "factors" / "emission_factors.toml"
"""The committed table."""

GRID_MIX = "grid_mix"
UNIT = "gCO2e/kWh"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Carrier:
    """What electricity is made from."""

    name: str
    code: int  # stands for the carrier on chain, 1 to 255
    renewable: bool
    intensity: float | None  # gCO2e/kWh; None where it depends on the country
    source: str


@dataclass(frozen=True)
class Mix:
    """The average electricity of a country's grid."""

    country: str
    year: int
    intensity: float  # gCO2e/kWh
    source: str


@dataclass(frozen=True)
class EmissionFactors:
    """A version of the table."""

    version: str
    method: str
    carriers: Mapping[str, Carrier]
    mixes: Mapping[str, Mix]


def load_factors(path: Path) -> EmissionFactors:
    """Read and check the table.

    Raises:
        InputError: the file is missing or unreadable, or entries are incomplete or contradictory; names all of them.

    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing") from error
    except ValueError as error:
        raise InputError(f"{path} is not TOML: {error}") from error
    problems = list(_problems(document))
    if problems:
        raise InputError(f"{path}: {'; '.join(problems)}")
    return EmissionFactors(
        version=document["version"],
        method=document["method"],
        carriers={
            name: Carrier(name, entry["code"], entry["renewable"], entry.get("intensity"), entry.get("source", ""))
            for name, entry in sorted(document["carriers"].items())
        },
        mixes={country: Mix(country, **entry) for country, entry in sorted(document["mixes"].items())},
    )


def generator_intensities(case: GridCase, factors: EmissionFactors, *, country: str) -> Floats:
    """Return the intensity of each generator of the case, then of the external grid: (generators + 1,) in gCO2e/kWh.

    This is the order of `FlowSnapshot.generation_mw`.

    Raises:
        InputError: a carrier of the case or the country is not in the table.

    """
    known = {name: carrier.intensity for name, carrier in factors.carriers.items() if carrier.intensity is not None}
    missing = sorted({generator.carrier for generator in case.generators} - known.keys())
    if missing:
        raise InputError(f"no emission factor for {', '.join(missing)}; there are {', '.join(known)}")
    if country not in factors.mixes:
        raise InputError(f"no grid mix for {country}; there are {', '.join(factors.mixes)}")
    return np.array([known[generator.carrier] for generator in case.generators] + [factors.mixes[country].intensity])


def _problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Name everything that is wrong with a table."""
    if document.get("unit") != UNIT:
        yield f"unit must be {UNIT}"
    for key in ("version", "method"):
        if not isinstance(document.get(key), str):
            yield f"{key} must be text"
    carriers, mixes = document.get("carriers", {}), document.get("mixes", {})
    if GRID_MIX not in carriers:
        yield f"carrier {GRID_MIX} is missing"
    codes = [entry.get("code") for entry in carriers.values()]
    for name, entry in carriers.items():
        if type(entry.get("code")) is not int or not 1 <= entry["code"] <= 255 or codes.count(entry["code"]) > 1:
            yield f"carrier {name}: code must be its own whole number from 1 to 255"
        if not isinstance(entry.get("renewable"), bool):
            yield f"carrier {name}: renewable must be true or false"
        if name != GRID_MIX and not _sourced(entry):
            yield f"carrier {name}: needs an intensity of at least 0 and its source"
    for country, entry in mixes.items():
        if entry.keys() != {"year", "intensity", "source"} or not _sourced(entry):
            yield f"mix {country}: needs year, an intensity of at least 0 and its source"


def _sourced(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry has a plausible intensity and names where it comes from."""
    value = entry.get("intensity")
    return isinstance(value, float) and math.isfinite(value) and value >= 0 and bool(entry.get("source"))
