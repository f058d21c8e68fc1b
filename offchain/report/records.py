"""What a report of a trading day shows.

Energy in Wh, money in point-wei, carbon in gCO2e, intensity in mgCO2e/kWh. "Hourly" is a tuple of 24 values, local hour
0 of the market day first. What comes from meters and contracts is int, what comes from the power flow and the carbon
trace is float.
"""

from dataclasses import dataclass
from datetime import date

from offchain.report.auction_records import AuctionReport
from offchain.report.carbon_records import CarbonBalance, GeneratorLoss, Rounding
from offchain.report.claim_records import ClaimsReport
from offchain.report.market_records import AgreementRow, DefaultReport, MoneyRow

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
class CertificateRow:
    """Certificates of one carrier [Wh]."""

    carrier: str
    devices: int
    issued: int
    retired: int


@dataclass(frozen=True, kw_only=True)
class QuotaTotals:
    """Carbon allowances of the members [gCO2e] for the year of the day."""

    year: int
    members: int
    granted: int
    drawn: int
    short: int
    """Members whose consumption has used more than was granted."""


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
class PointTotals:
    """Power points of the region [point-wei]."""

    deposited: int
    withdrawn: int
    supply: int
    margins: int
    """Held by the market."""
    bonds: int
    """Held as bonds of devices."""
    rewards: int
    """Credit that the reward pool owes."""


@dataclass(frozen=True, kw_only=True)
class RegionReport:
    """A region's trading day."""

    name: str
    grid: str
    upper_node: int
    """Node at which the upper grid connects."""
    energy: EnergyBalance
    money: tuple[MoneyRow, ...]
    carbon: CarbonBalance
    generator_losses: tuple[GeneratorLoss, ...]
    rounding: Rounding
    nodes: tuple[GridNode, ...]
    branches: tuple[GridBranch, ...]
    load_intensity: HourlyInt
    """Mean over the consumers' energy."""
    agreements: tuple[AgreementRow, ...]
    defaults: DefaultReport
    certificates: tuple[CertificateRow, ...]
    claims: ClaimsReport
    quotas: QuotaTotals
    meters: MeterTotals
    points: PointTotals
    roots: tuple[str, ...]
    """Roots of the carbon ledger, hourly, as hexadecimal text."""

    @property
    def money_total(self) -> int:
        """Sum of all legs [point-wei]: zero, or the settlement is wrong."""
        return sum(row.total for row in self.money)

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
        imported = sum(self.energy.imports)
        return self.carbon.load * 1e6 / imported if imported else None


@dataclass(frozen=True, kw_only=True)
class ContractRow:
    """A contract on a chain."""

    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class ChainReport:
    """A chain at the end of the run."""

    name: str
    chain_id: int
    height: int
    contracts: tuple[ContractRow, ...]


@dataclass(frozen=True, kw_only=True)
class AnchorRow:
    """A regional block whose hash stands on the main chain."""

    chain: str
    height: int
    block_hash: str


@dataclass(frozen=True, kw_only=True)
class GasRow:
    """What an operation used; one transaction may carry many items (agreements, members, hours)."""

    chain: str
    operation: str
    transactions: int
    items: int
    gas: int
    largest: int
    """Gas of the largest transaction."""


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What the run was made from, and how long its stages took [s]."""

    date: date
    seed: int
    utc_offset_hours: int
    stages: tuple[tuple[str, float], ...]


@dataclass(frozen=True, kw_only=True)
class DayReport:
    """Everything on the page."""

    run: RunFacts
    regions: tuple[RegionReport, ...]
    auction: AuctionReport
    chains: tuple[ChainReport, ...]
    anchors: tuple[AnchorRow, ...]
    gas: tuple[GasRow, ...]
