"""Storage hands on the carbon of what charged it.

A storage unit takes power as a load of its node and gives it as a generator. What it holds has the mean intensity of
what charged it; energy lost in it leaves its carbon behind, so that all carbon that went in comes out, but for the
rounding of the intensity (half an ugCO2e per Wh, gone when the unit is empty). Whole numbers, as on chain: Wh,
mgCO2e/kWh, ugCO2e.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from offchain.carbon.integer import IntegerTrace, integer_trace
from offchain.carbon.snapshot import Floats, FlowSnapshot
from offchain.errors import InputError
from offchain.units import PARTS_PER_MILLION, grams_per_kwh, ratio_half_up, watts


@dataclass(frozen=True, kw_only=True)
class StorageContent:
    """What a storage unit can still give."""

    energy_wh: int
    """Energy that can be given, conversion losses already taken off."""
    carbon_ug: int
    """Carbon it carries [ugCO2e]."""

    @property
    def intensity(self) -> int:
        """Intensity of what it gives [mgCO2e/kWh], rounded half up; 0 if empty."""
        return ratio_half_up(self.carbon_ug, self.energy_wh) if self.energy_wh else 0

    def charged(self, *, taken_wh: int, stored_wh: int, intensity: int) -> "StorageContent":
        """Take energy at an intensity [mgCO2e/kWh], of which `stored_wh` can be given again.

        Raises:
            InputError: a number is negative, or more is stored than taken.

        """
        if not 0 <= stored_wh <= taken_wh or intensity < 0:
            raise InputError(f"cannot store {stored_wh} of {taken_wh} Wh at {intensity} mgCO2e/kWh")
        return replace(self, energy_wh=self.energy_wh + stored_wh, carbon_ug=self.carbon_ug + taken_wh * intensity)

    def discharged(self, given_wh: int) -> "StorageContent":
        """Give energy at `intensity`; an empty unit carries nothing.

        Raises:
            InputError: there is not so much.

        """
        if not 0 <= given_wh <= self.energy_wh:
            raise InputError(f"cannot give {given_wh} of {self.energy_wh} Wh")
        if not given_wh:
            return self  # what it took and lost keeps its carbon until there is energy to carry it
        left = self.energy_wh - given_wh
        carbon = max(self.carbon_ug - given_wh * self.intensity, 0) if left else 0
        return replace(self, energy_wh=left, carbon_ug=carbon)


@dataclass(frozen=True, kw_only=True)
class StorageUnit:
    """A storage unit in a snapshot: which of its generators and loads it is."""

    generator: int
    load: int
    efficiency_ppm: int
    """Part of what it takes that it can give again, in millionths, rounded down to whole Wh."""


def trace_with_storage(
    snapshot: FlowSnapshot,
    intensities: Floats,
    *,
    units: Sequence[StorageUnit],
    contents: Sequence[StorageContent],
) -> tuple[tuple[IntegerTrace, ...], tuple[StorageContent, ...]]:
    """Trace hour by hour, each storage unit giving what earlier hours put in.

    Args:
        snapshot: one step per hour.
        intensities: of the generators in gCO2e/kWh, (generators,); those of storage units are not read.
        units: the storage units.
        contents: what each holds before the first hour.

    Returns:
        The integer trace of each hour, one step each, and what the units hold after the last.

    Raises:
        InputError: a unit gives more than it holds, or its intensity is out of range.

    """
    held, traces = list(contents), []
    for step in range(snapshot.steps):
        emitted = np.array(intensities, dtype=np.float64)
        for unit, content in zip(units, held, strict=True):
            emitted[unit.generator] = grams_per_kwh(content.intensity)
        hour = integer_trace(snapshot.only(step), emitted)
        traces.append(hour)
        for position, unit in enumerate(units):
            given = int(hour.flows[0].generation[unit.generator])
            taken = int(watts(snapshot.load_mw[step, [unit.load]])[0])
            held[position] = (
                held[position]
                .discharged(given)
                .charged(
                    taken_wh=taken,
                    stored_wh=taken * unit.efficiency_ppm // PARTS_PER_MILLION,
                    intensity=int(hour.intensity[0, snapshot.load_node[unit.load]]),
                )
            )
    return tuple(traces), tuple(held)
