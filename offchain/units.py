"""The border between floating-point physics and the integers of money and chain.

Every rounding between float64 results and integers happens in a function of this module, whose name or docstring says
the scale and the direction.
"""

import numpy as np
import numpy.typing as npt

WATTS_PER_MEGAWATT = 1_000_000
MILLIGRAMS_PER_GRAM = 1_000

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def round_half_up(values: Floats) -> Integers:
    """Round to the nearest integer, halves towards +infinity, same shape."""
    return np.floor(values + 0.5).astype(np.int64)


def watts(power_mw: Floats) -> Integers:
    """Convert MW (or Mvar) to whole W (or var), rounded half up, same shape."""
    return round_half_up(power_mw * WATTS_PER_MEGAWATT)


def mean_watts(power_mw: Floats) -> Integers:
    """Average MW (or Mvar) over axis 1 and convert to whole W (or var), rounded half up; (a, b, c) -> (a, c).

    Over the intervals of one hour this is also the hour's energy in Wh (or varh).
    """
    return watts(power_mw.mean(axis=1))


def megawatts(power_w: Integers) -> Floats:
    """Convert whole W (or var) to MW (or Mvar), same shape."""
    return power_w / WATTS_PER_MEGAWATT


def milligrams_per_kwh(intensity_g_per_kwh: Floats) -> Integers:
    """Convert carbon intensity from gCO2e/kWh to whole mgCO2e/kWh, rounded half up, same shape."""
    return round_half_up(intensity_g_per_kwh * MILLIGRAMS_PER_GRAM)
