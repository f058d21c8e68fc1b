"""What a report shows of a region's grid and its carbon. Energy in Wh, carbon in gCO2e, intensity in mgCO2e/kWh."""

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


@dataclass(frozen=True, kw_only=True)
class GridNode:
    """A node of the grid and its hourly carbon intensity; None where no power flows."""

    id: int
    name: str
    longitude: float | None
    latitude: float | None
    intensity: tuple[int | None, ...]

    @property
    def mean(self) -> float | None:
        """Mean over the hours in which power flows [mgCO2e/kWh]."""
        known = [value for value in self.intensity if value is not None]
        return sum(known) / len(known) if known else None


@dataclass(frozen=True, kw_only=True)
class GridBranch:
    """A line or a transformer between two nodes; an open one carries no power from end to end."""

    from_node: int
    to_node: int
    is_open: bool = False


@dataclass(frozen=True, kw_only=True)
class CarbonReport:
    """A region's grid and the carbon in it."""

    grid: str
    upper_node: int
    """Node at which the upper grid connects."""
    carbon: CarbonBalance
    generator_losses: tuple[GeneratorLoss, ...]
    rounding: Rounding
    nodes: tuple[GridNode, ...]
    branches: tuple[GridBranch, ...]
    load_intensity: tuple[int, ...]
    """Mean over the consumers' energy, hourly."""
    roots: tuple[str, ...]
    """Roots of the carbon ledger, hourly, as hexadecimal text."""
    imported: int
    """By members over the day [Wh]."""

    @property
    def losses_by_carrier(self) -> tuple[GeneratorLoss, ...]:
        """Losses summed over the generators of each carrier, in the order in which carriers come."""
        carriers = dict.fromkeys(row.carrier for row in self.generator_losses)
        return tuple(
            GeneratorLoss(
                name=carrier,
                carrier=carrier,
                energy=sum(row.energy for row in self.generator_losses if row.carrier == carrier),
                loss=sum(row.loss for row in self.generator_losses if row.carrier == carrier),
                carbon=sum(row.carbon for row in self.generator_losses if row.carrier == carrier),
            )
            for carrier in carriers
        )

    @property
    def consumed_intensity(self) -> float | None:
        """Carbon carried to loads by the energy that members imported [mgCO2e/kWh]."""
        return self.carbon.load * 1e6 / self.imported if self.imported else None
