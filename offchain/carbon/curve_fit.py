"""Fit the consumption curve of a unit to its history: a, b and c of Sun et al. 2023, Eq. (20)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import lstsq
from scipy.stats import t as student

from offchain.errors import InputError

COEFFICIENTS = ("a", "b", "c")
CONFIDENCE = 0.95
LARGEST_CONDITION = 1e6  # of the scaled columns: beyond it the outputs hardly differ and a, b, c cannot be told apart

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CurveFit:
    """Least squares of f(P) = a P^2 + b P + c, and how far to trust it."""

    a: float
    """[t/MW2h]"""
    b: float
    """[t/MWh]"""
    c: float
    """[t/h]"""
    half_widths: tuple[float, float, float]
    """Half of the 95 % confidence intervals of a, b and c, in their units."""
    r_squared: float
    rms_error: float
    """Root mean square of the residuals, over the degrees of freedom [t/h]."""
    worst: int
    """Position of the measurement that is furthest from the curve."""
    measurements: int
    p_range_mw: tuple[float, float]
    """Outputs that were measured; the curve says nothing beyond them."""

    def report(self) -> str:
        """Describe the fit in a few lines."""
        values = zip(COEFFICIENTS, (self.a, self.b, self.c), self.half_widths, strict=True)
        lines = [f"{name} = {value:.6g} +- {width:.2g}" for name, value, width in values]
        low, high = self.p_range_mw
        lines.append(f"{self.measurements} measurements from {low:g} to {high:g} MW, R2 {self.r_squared:.6f}")
        lines.append(f"root mean square error {self.rms_error:.4g} t/h, furthest off: measurement {self.worst}")
        return "\n".join(lines)


def fit_curve(p_mw: Floats, coal_t_per_h: Floats) -> CurveFit:
    """Fit the curve to measured outputs, (measurements,) in MW, and coal, (measurements,) in t/h.

    Hours in which the unit did not run must be left out; measurement errors are taken to be equal and independent.

    Raises:
        InputError: fewer than four measurements, shapes differ, a number is not finite and positive, or outputs are too
            much alike.

    """
    if p_mw.shape != coal_t_per_h.shape or p_mw.ndim != 1 or len(p_mw) <= len(COEFFICIENTS):
        raise InputError(
            f"a curve needs at least 4 outputs and as many coal figures: {p_mw.shape}, {coal_t_per_h.shape}"
        )
    broken = np.flatnonzero(~(np.isfinite(p_mw) & (p_mw > 0) & np.isfinite(coal_t_per_h) & (coal_t_per_h > 0)))
    if broken.size:
        raise InputError(f"measurements {', '.join(map(str, broken[:8].tolist()))} must be finite and positive")
    highest = float(p_mw.max())
    columns = np.stack([(p_mw / highest) ** 2, p_mw / highest, np.ones_like(p_mw)], axis=1)
    solution, _, rank, singular = lstsq(columns, coal_t_per_h)
    if rank < len(COEFFICIENTS) or singular[0] > LARGEST_CONDITION * singular[-1]:
        raise InputError(f"outputs from {p_mw.min():g} to {highest:g} MW are too much alike to fit a curve")
    residual = coal_t_per_h - columns @ solution
    freedom = len(p_mw) - len(COEFFICIENTS)
    variance = float(residual @ residual) / freedom
    scale = np.array([highest**2, highest, 1.0])
    deviations = np.sqrt(variance * np.diag(np.linalg.inv(columns.T @ columns))) / scale
    widths = student.ppf((1 + CONFIDENCE) / 2, freedom) * deviations
    spread = float(((coal_t_per_h - coal_t_per_h.mean()) ** 2).sum())
    a, b, c = (solution / scale).tolist()
    return CurveFit(
        a=a,
        b=b,
        c=c,
        half_widths=(float(widths[0]), float(widths[1]), float(widths[2])),
        r_squared=1 - float(residual @ residual) / spread if spread else 1.0,
        rms_error=variance**0.5,
        worst=int(np.argmax(np.abs(residual))),
        measurements=len(p_mw),
        p_range_mw=(float(p_mw.min()), highest),
    )
