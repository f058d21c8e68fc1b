"""What a report shows of meters and of the energy that they measured.

"Hourly" is a tuple of 24 values, local hour 0 of the market day first. What comes from meters is int, what comes
from the power flow is float.
"""

from dataclasses import dataclass

HourlyInt = tuple[int, ...]
HourlyFloat = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class EnergyBalance:
    """exports + boundary - imports - losses = residual, each hourly [Wh]."""

    exports: HourlyInt
    """Sum of the export registers."""
    imports: HourlyInt
    """Sum of the import registers."""
    boundary: HourlyFloat
    """From the upper grid; negative into it."""
    losses: HourlyFloat
    tolerance: float
    """Largest residual of an hour that the rounding of meters and the power flow explain [Wh]."""
    export_dust: int = 0
    """Exported energy of the day on nobody's bill; the grid company's [Wh]."""
    import_dust: int = 0

    @property
    def residuals(self) -> HourlyFloat:
        """What the hours leave unexplained [Wh]."""
        rows = zip(self.exports, self.boundary, self.imports, self.losses, strict=True)
        return tuple(export + boundary - imported - loss for export, boundary, imported, loss in rows)

    @property
    def worst(self) -> float:
        """The residual of the worst hour, without its sign [Wh]."""
        return max(abs(residual) for residual in self.residuals)


@dataclass(frozen=True, kw_only=True)
class MeterTotals:
    """Sheets of the day as the chain keeps them."""

    settlement: int
    """Settlement meters."""
    devices: int
    """Meters of production devices."""
    estimated: int
    """Sheets that the operator estimated because the meter was silent."""
    corrected: int
    """Sheets that a later revision replaced."""
    import_difference: int
    """Sum of all signed corrections of import registers [Wh]."""
    export_difference: int


@dataclass(frozen=True, kw_only=True)
class MeterReport:
    """A region's meters."""

    energy: EnergyBalance
    meters: MeterTotals
