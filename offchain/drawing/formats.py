"""How numbers are written in a report: unit, rounding, grouping."""

from datetime import date
from math import isfinite

THIN_SPACE = "\u202f"
MINUS = "\u2212"
GAS_LIMIT = 16_777_216
"""Largest gas of one transaction (EIP-7825)."""


def number(value: float, decimals: int = 0) -> str:
    """Write a number with grouped thousands; what rounds to zero has no sign."""
    text = f"{value:,.{decimals}f}".replace(",", THIN_SPACE)
    if not text.strip("-0." + THIN_SPACE):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def mwh(wh: float, decimals: int = 3) -> str:
    """Write energy [Wh] in MWh, to the kWh."""
    return number(wh / 1e6, decimals)


def kwh(wh: float) -> str:
    """Write energy [Wh] in kWh, to 0.1 kWh."""
    return number(wh / 1e3, 1)


def points(point_wei: int) -> str:
    """Write money [point-wei] in points, to the hundredth."""
    return number(point_wei / 1e18, 2)


def price(point_wei_per_kwh: int) -> str:
    """Write a price [point-wei/kWh] in points per kWh, to the tick."""
    return number(point_wei_per_kwh / 1e18, 4)


def weight(wad: int) -> str:
    """Write a credit weight [wad] in points of 0 to 100, to the hundredth."""
    return number(wad / 1e16, 2)


def kg(grams: float) -> str:
    """Write carbon [gCO2e] in kgCO2e, to 0.1 kg."""
    return number(grams / 1e3, 1)


def tonnes(milligrams: int) -> str:
    """Write carbon [mgCO2e] in tCO2e, to 0.1 t."""
    return number(milligrams / 1e9, 1)


def intensity(mg_per_kwh: float | None, decimals: int = 0) -> str:
    """Write a carbon intensity [mgCO2e/kWh] in gCO2e/kWh; a dash where no power flows."""
    return "–" if mg_per_kwh is None else number(mg_per_kwh / 1e3, decimals)


def tiny(value: float) -> str:
    """Write a residual with two significant digits, whatever its size; exact zero is 0."""
    if value == 0:
        return "0"
    if not isfinite(value):
        return "not a number"
    mantissa, exponent = f"{value:.1e}".split("e")
    if -3 <= int(exponent) <= 3:
        return number(value, max(0, 1 - int(exponent)))
    superscript = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} × 10{superscript}".replace("-", MINUS)


def percent(part: float, whole: float) -> str:
    """Write a share in percent; a dash where there is no whole."""
    return f"{number(100 * part / whole, 1)}{THIN_SPACE}%" if whole else "–"


def window(first_hour: int, hours: int) -> str:
    """Write local hours of the day, as 07:00–11:00."""
    return f"{first_hour:02d}:00–{first_hour + hours:02d}:00"


def long_date(day: date) -> str:
    """Write a date as Thursday, 14 January 2016."""
    return f"{day:%A}, {day.day} {day:%B %Y}"
