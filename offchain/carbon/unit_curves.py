"""Carbon intensity of a thermal unit from its coal consumption curve: Sun et al. 2023, Eqs. (20) and (21).

The curve f(P) = a P^2 + b P + c gives coal in t/h at a gross output of P MW. Per energy it is

    w = 1000 delta (a P + b + c / P)    [kg/MWh], and 0 below the minimum output       (20)
    E = (44.0095 / 12.0107) / 1000 mu phi (1 - theta) w    [tCO2/MWh]                  (21)

Where we differ: c / P grows without bound as P goes to 0, so that an output of round-off size would emit c t/h; below
`p_min` a unit counts as not running (corrected, see docs/PAPERS.md). The paper names four states and three factors;
deep peak-shaving and rapid ramping share 1.01. Capture lowers E; the energy it takes is not in the model.
"""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from offchain.errors import InputError

CO2_PER_CARBON = 44.0095 / 12.0107  # by mass: molar masses in g/mol
KG_PER_T = 1000.0


class OperatingState(StrEnum):
    """What a unit does."""

    NORMAL = "normal"
    SHUT_DOWN = "shut down"
    DEEP_PEAK_SHAVING = "deep peak-shaving"
    RAPID_RAMPING = "rapid ramping"


STATE_FACTORS: Mapping[OperatingState, float] = {
    OperatingState.NORMAL: 1.0,
    OperatingState.SHUT_DOWN: 0.0,
    OperatingState.DEEP_PEAK_SHAVING: 1.01,
    OperatingState.RAPID_RAMPING: 1.01,
}
"""delta of Eq. (20)."""


@dataclass(frozen=True, kw_only=True)
class UnitCurve:
    """A coal-fired unit.

    Raises:
        InputError: a number is out of range; names all of them.

    """

    a: float
    """[t/MW2h]"""
    b: float
    """[t/MWh]"""
    c: float
    """[t/h]"""
    mu: float
    """Carbon in the coal, by mass."""
    phi: float
    """Part of the carbon that is oxidised."""
    theta: float = 0.0
    """Part of the CO2 that is captured."""
    delta: float = 1.0
    """Correction for the state of the unit, see `STATE_FACTORS`."""
    p_min_mw: float = 1e-3
    """Output below which the unit is not running: 1 kW where the unit's own is not known."""

    def __post_init__(self) -> None:
        problems = []
        for field in fields(self):
            value = getattr(self, field.name)
            highest = 1.0 if field.name in ("mu", "phi", "theta") else math.inf
            lowest = -math.inf if field.name in ("a", "b") else 0.0
            if not (math.isfinite(value) and lowest <= value <= highest):
                problems.append(f"{field.name} must be from {lowest:g} to {highest:g}, not {value}")
        if self.p_min_mw == 0:
            problems.append("p_min_mw must be positive")
        if problems:
            raise InputError(f"unit curve: {'; '.join(problems)}")


def consumption(unit: UnitCurve, p_mw: float) -> float:
    """Coal per energy w at a gross output of `p_mw`, in kg/MWh: Eq. (20).

    Raises:
        InputError: the curve is negative at this output, so it does not reach so far.

    """
    if p_mw < unit.p_min_mw:
        return 0.0
    w = KG_PER_T * unit.delta * (unit.a * p_mw + unit.b + unit.c / p_mw)
    if w < 0:
        raise InputError(f"unit curve is negative at {p_mw} MW: {w:.6g} kg/MWh")
    return w


def unit_intensity(unit: UnitCurve, p_mw: float) -> float:
    """Carbon intensity E at a gross output of `p_mw`, in tCO2/MWh (times 1000: gCO2/kWh): Eq. (21)."""
    return CO2_PER_CARBON / KG_PER_T * unit.mu * unit.phi * (1 - unit.theta) * consumption(unit, p_mw)


def load_unit_curves(path: Path) -> dict[str, UnitCurve]:
    """Read the table of units, by name.

    Raises:
        InputError: the file is missing or damaged, or a unit is incomplete or out of range; names all of them.

    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing") from error
    except ValueError as error:
        raise InputError(f"{path} is not TOML: {error}") from error
    units, problems = {}, list(_table_problems(document))
    for name, entry in document.get("units", {}).items():
        try:
            units[name] = parse_unit({key: value for key, value in entry.items() if key != "source"})
        except InputError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise InputError(f"{path}: {'; '.join(problems)}")
    return units


def parse_unit(entry: Any) -> UnitCurve:
    """Make a unit from numbers by field name; a, b, c, mu and phi must be there.

    Raises:
        InputError: a field is missing, unknown, no number or out of range.

    """
    names = {field.name for field in fields(UnitCurve)}
    needed = {"a", "b", "c", "mu", "phi"}
    if not isinstance(entry, dict) or not needed <= entry.keys() <= names:
        raise InputError(
            f"unit curve: fields must be {', '.join(sorted(needed))}, and may be {', '.join(sorted(names - needed))}"
        )
    wrong = [key for key, value in entry.items() if isinstance(value, bool) or not isinstance(value, int | float)]
    if wrong:
        raise InputError(f"unit curve: {', '.join(wrong)} must be numbers")
    return UnitCurve(**{key: float(value) for key, value in entry.items()})


def _table_problems(document: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(document.get("version"), str):
        yield "version must be text"
    if not isinstance(document.get("units"), dict):
        yield "units are missing"
        return
    for name, entry in document["units"].items():
        if not isinstance(entry, dict) or not isinstance(entry.get("source"), str) or not entry["source"]:
            yield f"{name}: needs its source"
