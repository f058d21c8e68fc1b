"""Colours of carbon intensity: teal for low, amber, brick for high; told apart without seeing red and green."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

UNKNOWN = "var(--quiet)"
"""Where no power flows."""

_STOPS = ((11, 143, 135), (122, 197, 150), (246, 214, 110), (226, 120, 60), (140, 30, 48))
_STEPS = 40


@dataclass(frozen=True)
class Scale:
    """Intensities from 0 to `highest` [mgCO2e/kWh]."""

    highest: float

    def colour(self, intensity: float | None) -> str:
        """Return the colour of an intensity [mgCO2e/kWh], in 40 steps."""
        if intensity is None:
            return UNKNOWN
        step = round(min(max(intensity / self.highest, 0.0), 1.0) * _STEPS)
        position = step / _STEPS * (len(_STOPS) - 1)
        lower = min(int(position), len(_STOPS) - 2)
        part = position - lower
        mixed = (round(a + (b - a) * part) for a, b in zip(_STOPS[lower], _STOPS[lower + 1], strict=True))
        return "#" + "".join(f"{channel:02x}" for channel in mixed)

    @property
    def gradient(self) -> str:
        """The colours from 0 to `highest` as a CSS gradient."""
        stops = ",".join(self.colour(self.highest * i / 8) for i in range(9))
        return f"linear-gradient(to right,{stops})"


def round_up(value: float) -> float:
    """Round up to 1, 2, 3, 4, 5, 6, 8 or 10 times a power of ten; to 1 what is not positive."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-12))


def scale_for(intensities: Sequence[float | None]) -> Scale:
    """One scale for all pictures of a report."""
    return Scale(round_up(max((value for value in intensities if value is not None), default=0)))
