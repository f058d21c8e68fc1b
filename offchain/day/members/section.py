"""What the report shows of a region's meters: their balance with the power flow, and their sheets."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from offchain.day.driver.evidence import Evidence
from offchain.day.members.audit import SheetFindings
from offchain.day.members.records import EnergyBalance, MeterReport, MeterTotals
from offchain.day.world.plan import DayPlan
from offchain.drawing import formats
from offchain.drawing.charts import Line, hourly_chart
from offchain.index.records import IndexedEvent
from offchain.members.records import FIRST_DEVICE_METER
from offchain.members.sheet_words import unpack_signed
from offchain.report.checks import Check
from offchain.report.section import Law, Piece, Section, Slot

FOLDER = Path(__file__).parent
HALF_WH = 0.5
WH_PER_MWH = 1_000_000
CHECKS = {"meters": Check.MEASURED, "power flow": Check.COMPUTED}


def section(evidence: Evidence, findings: SheetFindings) -> Section:
    """Meters of every region."""
    return shown(
        {
            region.name: MeterReport(energy=_energy(region.plan), meters=_meters(findings.announced[region.name]))
            for region in evidence.regions
        }
    )


def shown(reports: Mapping[str, MeterReport]) -> Section:
    """The section of these regions."""
    return Section(
        pieces=tuple(piece for name, report in reports.items() for piece in _pieces(name, report)),
        laws=tuple(law(name, report.energy) for name, report in reports.items()),
        checks=CHECKS,
        regional={name: {"energy": report.energy, "meters": report.meters} for name, report in reports.items()},
    )


def law(region: str, energy: EnergyBalance) -> Law:
    """Energy of a region."""
    return Law(
        chapter=region,
        law="Energy: exports + upper grid − imports − losses, worst hour",
        residual=f"{formats.tiny(energy.worst)} Wh",
        allowed=f"{formats.tiny(energy.tolerance)} Wh",
        holds=all(abs(residual) <= energy.tolerance for residual in energy.residuals),
    )


def _pieces(region: str, report: MeterReport) -> tuple[Piece, ...]:
    energy = report.energy
    pieces: tuple[tuple[Slot, int, str, Mapping[str, Any]], ...] = (
        (Slot.TILES, 10, "tiles", {"energy": energy}),
        (Slot.CARD, 20, "energy", {"picture": _chart(region, energy)}),
        (Slot.CARD, 30, "balance", {"energy": energy}),
        (Slot.CARD, 90, "meters", {"meters": report.meters}),
    )
    return tuple(
        Piece(chapter=region, slot=slot, place=place, template=FOLDER / f"{name}.html.j2", values=values)
        for slot, place, name, values in pieces
    )


def _chart(region: str, energy: EnergyBalance) -> Markup:
    lines = [
        Line("local generation", "local", [wh / 1e6 for wh in energy.exports]),
        Line("consumption", "main", [wh / 1e6 for wh in energy.imports]),
        Line("from the upper grid", "upper", [wh / 1e6 for wh in energy.boundary]),
    ]
    return hourly_chart(lines, title=f"Energy in {region} over the day", unit="MWh/h")


def _energy(plan: DayPlan) -> EnergyBalance:
    boundary, *traders = plan.readings.final
    return EnergyBalance(
        exports=tuple(map(sum, zip(*(sheet.export_wh for sheet in traders), strict=True))),
        imports=tuple(map(sum, zip(*(sheet.import_wh for sheet in traders), strict=True))),
        boundary=tuple(float(i - o) for i, o in zip(boundary.export_wh, boundary.import_wh, strict=True)),
        losses=tuple(((plan.flow.p_from_mw + plan.flow.p_to_mw).sum(axis=1) * WH_PER_MWH).tolist()),
        # The boundary meter counts whole Wh, and the power flow balances each node to a thousandth of one.
        tolerance=HALF_WH + len(plan.case.nodes) / 1000,
        export_dust=plan.market.settlement.export_dust_wh,
        import_dust=plan.market.settlement.import_dust_wh,
    )


def _meters(sheets: tuple[IndexedEvent, ...]) -> MeterTotals:
    """Counts of the day's sheets; a corrected sheet was accepted or estimated before."""
    by_name: dict[str, list[IndexedEvent]] = defaultdict(list)
    for event in sheets:
        by_name[event.name].append(event)
    devices = sum(event.values["meter"] >= FIRST_DEVICE_METER for event in by_name["SheetAccepted"])
    corrections = [event.values for event in by_name["SheetCorrected"]]
    return MeterTotals(
        settlement=len(by_name["SheetAccepted"]) - devices,
        devices=devices,
        estimated=len(by_name["SheetEstimated"]),
        corrected=len(corrections),
        import_difference=sum(sum(unpack_signed(values["importDifference"])) for values in corrections),
        export_difference=sum(sum(unpack_signed(values["exportDifference"])) for values in corrections),
    )
