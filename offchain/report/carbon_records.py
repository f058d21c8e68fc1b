"""What a report shows of a region's carbon. Energy in Wh, carbon in gCO2e, intensity in mgCO2e/kWh."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CarbonSource:
    """Generation of one carrier over the day."""

    carrier: str
    units: int
    energy: float
    factor: int
    """Emission factor [mgCO2e/kWh]."""
    carbon: float


@dataclass(frozen=True, kw_only=True)
class CarbonBalance:
    """Carbon of generation = carbon of loads + carbon into the upper grid + carbon of losses [gCO2e]."""

    sources: tuple[CarbonSource, ...]
    """Carriers of the members, and the upper grid while it feeds the region."""
    load: float
    """Carried to the members' consumption."""
    exported: float
    """Carried into the upper grid."""
    losses: float
    tolerance: float = 1e-9
    """Largest residual, as part of the generation."""

    @property
    def generation(self) -> float:
        """Carbon of all generation [gCO2e]."""
        return sum(source.carbon for source in self.sources)

    @property
    def residual(self) -> float:
        """Generation less all that it is carried to [gCO2e]."""
        return self.generation - self.load - self.exported - self.losses


@dataclass(frozen=True, kw_only=True)
class GeneratorLoss:
    """Network losses of the day that a generator's power met on its way to loads."""

    name: str
    carrier: str
    energy: float
    """Generated [Wh]."""
    loss: float
    """Of it, lost in the network [Wh]."""
    carbon: float
    """Carbon of the loss, which the generator bears [gCO2e]."""


@dataclass(frozen=True, kw_only=True)
class Rounding:
    """How far the committed whole numbers are from the trace in floating point."""

    worst: float
    """Largest distance of an intensity [mgCO2e/kWh]."""
    mean: float
    """Mean distance, weighted with the power that flows through the node [mgCO2e/kWh]."""
    unaccounted: int
    """Sum over the hours of what generation, loads and losses differ by [ugCO2e]; the grid company's."""
