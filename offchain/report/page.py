"""The report of a trading day as one self-contained HTML page: no script, no request to anywhere."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from offchain.drawing import formats
from offchain.drawing.charts import Band, Line, hourly_chart
from offchain.drawing.colours import Scale, scale_for
from offchain.files import write_atomically
from offchain.market_time import HOURS_PER_DAY
from offchain.report.auction_records import AuctionReport
from offchain.report.checks import SECTIONS, Check
from offchain.report.pictures import grid_picture, heat_map
from offchain.report.records import DayReport, RegionReport

AUCTION = "auction"
HALF_A_GRAM = 500
"""Allocations are whole grams: what an hour may leave over [mgCO2e]."""
LARGEST_INTENSITY = 1_500.0
"""Of a plant in the auction [gCO2e/kWh]: the end of its colours."""
PICTURE_HOURS = (3, 9, 13, 19)
"""Local hours of the small pictures: night, morning, noon, evening."""

_FILTERS = (
    formats.number,
    formats.mwh,
    formats.kwh,
    formats.points,
    formats.price,
    formats.weight,
    formats.kg,
    formats.tonnes,
    formats.intensity,
    formats.tiny,
    formats.percent,
    formats.window,
    formats.long_date,
)


@dataclass(frozen=True)
class LawRow:
    """A conservation law on a region's figures: what it leaves over, and how much it may."""

    region: str
    law: str
    residual: str
    allowed: str
    holds: bool


@dataclass(frozen=True)
class AuctionPictures:
    """Everything drawn for the auction."""

    merit: Markup
    emissions: Markup


@dataclass(frozen=True)
class RegionPictures:
    """Everything drawn for a region."""

    day: Markup
    hours: tuple[tuple[str, Markup], ...]
    heat: Markup
    intensity: Markup
    energy: Markup


def law_rows(region: RegionReport) -> tuple[LawRow, ...]:
    """Energy, money and carbon of a region."""
    energy, carbon = region.energy, region.carbon
    return (
        LawRow(
            region.name,
            "Energy: exports + upper grid − imports − losses, worst hour",
            f"{formats.tiny(energy.worst)} Wh",
            f"{formats.tiny(energy.tolerance)} Wh",
            all(abs(residual) <= energy.tolerance for residual in energy.residuals),
        ),
        LawRow(region.name, "Money: sum of all legs", f"{region.money_total} point-wei", "0", region.money_total == 0),
        LawRow(
            region.name,
            "Carbon: generation − consumption − upper grid − losses",
            f"{formats.tiny(carbon.residual)} g",
            f"{formats.tiny(carbon.tolerance * carbon.generation)} g",
            abs(carbon.residual) <= carbon.tolerance * carbon.generation,
        ),
    )


def auction_rows(auction: AuctionReport) -> tuple[LawRow, ...]:
    """Money and carbon of the auction."""
    rest, allowed = auction.unallocated, HALF_A_GRAM * len(auction.hours)
    return (
        LawRow(
            AUCTION,
            "Money: loads, generators, rent and ladder account",
            f"{auction.money_total} point-wei",
            "0",
            auction.money_total == 0 and all(hour.residual == 0 for hour in auction.hours),
        ),
        LawRow(
            AUCTION,
            "Carbon: first clearings − allocations",
            f"{formats.tiny(rest / 1e3)} g",
            f"{formats.tiny(allowed / 1e3)} g",
            abs(rest) <= allowed,
        ),
    )


def _intensity_chart(region: RegionReport) -> Markup:
    lower, upper = [], []
    for hour in range(HOURS_PER_DAY):
        known = sorted(value for node in region.nodes if (value := node.intensity[hour]) is not None) or [0]
        lower.append(known[len(known) // 10] / 1e3)
        upper.append(known[-1 - len(known) // 10] / 1e3)
    band = Band("the middle 80 % of the nodes", lower, upper)
    consumers = Line("consumers' mean", "main", [value / 1e3 for value in region.load_intensity])
    title = f"Carbon intensity in {region.name} over the day"
    return hourly_chart([consumers], title=title, unit="g/kWh", bands=[band])


def _energy_chart(region: RegionReport) -> Markup:
    energy = region.energy
    lines = [
        Line("local generation", "local", [wh / 1e6 for wh in energy.exports]),
        Line("consumption", "main", [wh / 1e6 for wh in energy.imports]),
        Line("from the upper grid", "upper", [wh / 1e6 for wh in energy.boundary]),
    ]
    return hourly_chart(lines, title=f"Energy in {region.name} over the day", unit="MWh/h")


def _auction_pictures(auction: AuctionReport) -> AuctionPictures:
    lines = [
        Line("first clearing", "local", [hour.first_emission / 1e9 for hour in auction.hours]),
        Line("second clearing", "main", [hour.emission / 1e9 for hour in auction.hours]),
    ]
    return AuctionPictures(
        merit=Markup(auction.picture),  # noqa: S704  drawn by this project, names are escaped
        emissions=hourly_chart(lines, title="Emissions of the auction over the day", unit="tCO₂e"),
    )


def _pictures(region: RegionReport, *, scale: Scale) -> RegionPictures:
    return RegionPictures(
        day=grid_picture(region, scale=scale),
        hours=tuple((f"{hour:02d}:00", grid_picture(region, scale=scale, hour=hour)) for hour in PICTURE_HOURS),
        heat=heat_map(region, scale=scale),
        intensity=_intensity_chart(region),
        energy=_energy_chart(region),
    )


def render(report: DayReport) -> str:
    """Render the page as HTML text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({function.__name__: function for function in _FILTERS})
    scale = scale_for([value for region in report.regions for node in region.nodes for value in node.intensity])
    return environment.get_template("day.html.j2").render(
        report=report,
        laws=[*(row for region in report.regions for row in law_rows(region)), *auction_rows(report.auction)],
        auction_pictures=_auction_pictures(report.auction),
        auction_scale=Scale(LARGEST_INTENSITY),
        regions=[(region, _pictures(region, scale=scale)) for region in report.regions],
        scale=scale,
        checks=SECTIONS,
        legend=[check for check in Check if check in SECTIONS.values()],
        gas_limit=formats.GAS_LIMIT,
    )


def write_report(report: DayReport, path: Path) -> None:
    """Render a report to a file; a reader sees the old page or the new one, never a part."""
    write_atomically(path, render(report))
