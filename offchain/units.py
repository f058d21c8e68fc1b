"""The border between floating-point physics and the integers of money and chain.

Every rounding between float64 results and integers happens in a function of this module, whose name or docstring says
the scale and the direction.
"""

import numpy as np
import numpy.typing as npt

WATTS_PER_MEGAWATT = 1_000_000
MILLIGRAMS_PER_GRAM = 1_000
MICROGRAMS_PER_GRAM = 1_000_000
PARTS_PER_MILLION = 1_000_000
FACTOR_SCALE = 1_000_000_000
POINT = 10**18
"""One power point [point-wei]."""
PRICE_TICK = 10**14
"""Every price and tariff is a multiple of this [point-wei/kWh]; so Wh x price / 1000 is exact."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def round_half_up(values: Floats) -> Integers:
    """Round to the nearest integer, halves towards +infinity, same shape."""
    return np.floor(values + 0.5).astype(np.int64)


def watts(power_mw: Floats) -> Integers:
    """Convert MW (or Mvar) to whole W (or var), rounded half up, same shape."""
    return round_half_up(power_mw * WATTS_PER_MEGAWATT)


def nano_factors(factors: Floats) -> Integers:
    """Convert dimensionless factors to integers in 1e-9, rounded half up, same shape."""
    return round_half_up(factors * FACTOR_SCALE)


def mean_watts(factors: Integers, ratings_w: Integers) -> Integers:
    """Multiply factors in 1e-9 by ratings in W and average over axis 1, exactly, rounded half up to whole W.

    Shapes (a, b, c) and (c,) give (a, c). Exact for b up to 4 and |factor * rating| up to 2e18, which is 2 GW.
    """
    scale = factors.shape[1] * FACTOR_SCALE
    mean: Integers = (factors.sum(axis=1) * ratings_w + scale // 2) // scale
    return mean


def megawatts(power_w: Integers) -> Floats:
    """Convert whole W (or var) to MW (or Mvar), same shape."""
    return power_w / WATTS_PER_MEGAWATT


def milligrams_per_kwh(intensity_g_per_kwh: Floats) -> Integers:
    """Convert carbon intensity from gCO2e/kWh to whole mgCO2e/kWh, rounded half up, same shape."""
    return round_half_up(intensity_g_per_kwh * MILLIGRAMS_PER_GRAM)


def grams_per_kwh(intensity_mg_per_kwh: int) -> float:
    """Convert carbon intensity from mgCO2e/kWh to gCO2e/kWh; `milligrams_per_kwh` gives the same integer back."""
    return intensity_mg_per_kwh / MILLIGRAMS_PER_GRAM


def ratio_half_up(dividend: int, divisor: int) -> int:
    """Divide a number of at least 0 by a positive one exactly, rounded half up."""
    return (dividend + divisor // 2) // divisor


def grams_rounded_up(energy_wh: int, intensity_mg_per_kwh: int) -> int:
    """Carbon of energy [Wh] at an intensity [mgCO2e/kWh] in whole gCO2e, rounded up (Wh x mg/kWh = ugCO2e)."""
    return -(-energy_wh * intensity_mg_per_kwh // MICROGRAMS_PER_GRAM)
