"""Where the auction's floating-point quantities become its integers: every scale and rounding, by name.

A file counts power in MW, prices per MWh, intensities in tCO2e/MWh; 1 unit of money is 1 point, so 1 per MWh is
1e15 point-wei/kWh. All round to nearest, halves up.
"""

from fractions import Fraction

import numpy as np

from offchain.auction.orders import FACTOR_SCALE, Resolution
from offchain.units import Floats, round_half_up, watts

PRICE_SCALE = 10**15
"""[point-wei/kWh] in 1 per MWh."""
GRAMS_PER_KWH = 1000
"""[gCO2e/kWh] in 1 tCO2e/MWh."""
POINT_WEI = 10**18
GRAMS_PER_TONNE = 10**6


def whole_watts(power_mw: float) -> int:
    """MW to W."""
    return int(watts(np.array(power_mw)))


def ticks(price_per_mwh: float, resolution: Resolution) -> int:
    """Price per MWh to ticks of a resolution."""
    return int(round_half_up(np.array(price_per_mwh * (PRICE_SCALE // resolution.tick))))


def intensity_units(intensity_t_per_mwh: float, resolution: Resolution) -> int:
    """tCO2e/MWh to units of intensity of a resolution."""
    return int(round_half_up(np.array(intensity_t_per_mwh * GRAMS_PER_KWH * resolution.units_per_gram)))


def line_factors(factors: Floats) -> tuple[tuple[int, ...], ...]:
    """Power transfer distribution factors to integers x 1e9, (lines, nodes)."""
    return tuple(tuple(row) for row in round_half_up(factors * FACTOR_SCALE).tolist())


def price_per_mwh(point_wei_per_kwh: int | Fraction) -> float:
    """point-wei/kWh to price per MWh."""
    return float(Fraction(point_wei_per_kwh, PRICE_SCALE))


def money(point_wei_watts: int | Fraction) -> float:
    """W x point-wei/kWh over an hour to units of money."""
    return float(Fraction(point_wei_watts, 1000 * POINT_WEI))


def tonnes(emission: int | Fraction, resolution: Resolution) -> float:
    """W x units of intensity over an hour to tCO2e."""
    return float(Fraction(emission, 1000 * resolution.units_per_gram * GRAMS_PER_TONNE))


def point_wei_per_gram(price_per_tonne: float) -> int:
    """Carbon price per tCO2e to point-wei/gCO2e."""
    return int(round_half_up(np.array(price_per_tonne * (POINT_WEI // GRAMS_PER_TONNE))))
