"""What the report shows of a region's grid and the carbon in it: the plan's physics, whose roots the chain holds."""

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from offchain.day.carbon.figures import carbon_report
from offchain.day.carbon.pictures import grid_picture, heat_map
from offchain.day.carbon.records import CarbonBalance, CarbonReport
from offchain.day.driver.evidence import Evidence
from offchain.drawing import formats
from offchain.drawing.charts import Band, Line, hourly_chart
from offchain.drawing.colours import Scale, scale_for
from offchain.market_time import HOURS_PER_DAY
from offchain.report.checks import Check
from offchain.report.section import Law, Piece, Section, Slot

FOLDER = Path(__file__).parent
CHECKS = {"carbon": Check.COMPUTED, "intensity": Check.POSTED}
PICTURE_HOURS = (3, 9, 13, 19)
"""Local hours of the small pictures: night, morning, noon, evening."""


def section(evidence: Evidence, _: None) -> Section:
    """The grid and carbon of every region."""
    return shown({region.name: carbon_report(region.plan) for region in evidence.regions})


def shown(reports: Mapping[str, CarbonReport]) -> Section:
    """The section of these regions; all grids have the same colours."""
    scale = scale_for([v for report in reports.values() for node in report.nodes for v in node.intensity])
    return Section(
        pieces=tuple(piece for name, report in reports.items() for piece in _pieces(name, report, scale=scale)),
        laws=tuple(law(name, report.carbon) for name, report in reports.items()),
        checks=CHECKS,
        regional={name: _figures(report) for name, report in reports.items()},
    )


def law(region: str, carbon: CarbonBalance) -> Law:
    """Carbon of a region."""
    allowed = carbon.tolerance * carbon.generation
    return Law(
        chapter=region,
        law="Carbon: generation − consumption − upper grid − losses",
        residual=f"{formats.tiny(carbon.residual)} g",
        allowed=f"{formats.tiny(allowed)} g",
        holds=abs(carbon.residual) <= allowed,
    )


def _figures(report: CarbonReport) -> dict[str, object]:
    """For programs: all fields but what another section has."""
    return {name: value for name, value in vars(report).items() if name != "imported"}


def _pieces(region: str, report: CarbonReport, *, scale: Scale) -> tuple[Piece, ...]:
    day = grid_picture(report, scale=scale)
    hours = [(f"{hour:02d}:00", grid_picture(report, scale=scale, hour=hour)) for hour in PICTURE_HOURS]
    pictures = {"day": day, "hours": hours, "heat": heat_map(report, scale=scale), "intensity": _chart(region, report)}
    values = {"report": report, "carbon": report.carbon, "pictures": pictures, "scale": scale}
    pieces = (
        (Slot.TILES, 30, "tile"),
        (Slot.PICTURE, 10, "map"),
        (Slot.CARD, 10, "intensity"),
        (Slot.CARD, 40, "balance"),
        (Slot.CARD, 50, "losses"),
        (Slot.DETAILS, 20, "details"),
    )
    return tuple(
        Piece(chapter=region, slot=slot, place=place, template=FOLDER / f"{name}.html.j2", values=values)
        for slot, place, name in pieces
    )


def _chart(region: str, report: CarbonReport) -> Markup:
    lower, upper = [], []
    for hour in range(HOURS_PER_DAY):
        known = sorted(value for node in report.nodes if (value := node.intensity[hour]) is not None) or [0]
        lower.append(known[len(known) // 10] / 1e3)
        upper.append(known[-1 - len(known) // 10] / 1e3)
    band = Band("the middle 80 % of the nodes", lower, upper)
    consumers = Line("consumers' mean", "main", [value / 1e3 for value in report.load_intensity])
    title = f"Carbon intensity in {region} over the day"
    return hourly_chart([consumers], title=title, unit="g/kWh", bands=[band])
