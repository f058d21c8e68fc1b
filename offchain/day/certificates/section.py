"""What the report shows of a region's certificates: issued and retired by carrier, a sale and its correction."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from offchain.day.certificates.audit import CertificateFindings
from offchain.day.certificates.plan import certified
from offchain.day.certificates.records import CertificateReport, CertificateRow
from offchain.day.driver.evidence import Evidence
from offchain.day.world.plan import DayPlan
from offchain.report.checks import Check
from offchain.report.section import Piece, Section, Slot

FOLDER = Path(__file__).parent
CHECKS = {"certificates": Check.RECOMPUTED}


def section(evidence: Evidence, findings: Mapping[str, CertificateFindings]) -> Section:
    """The certificates of every region."""
    return shown({region.name: _report(region.plan, findings[region.name]) for region in evidence.regions})


def shown(reports: Mapping[str, CertificateReport]) -> Section:
    """The section of these regions."""
    return Section(
        pieces=tuple(piece for name, report in reports.items() for piece in _pieces(name, report)),
        checks=CHECKS,
        regional={
            name: {
                "certificates": report.certificates,
                "claims": {"sale": report.sale, "correction": report.correction},
            }
            for name, report in reports.items()
        },
    )


def _pieces(region: str, report: CertificateReport) -> tuple[Piece, ...]:
    pieces = ((Slot.TILES, 40, "tile"), (Slot.CARD, 110, "certificates"), (Slot.LATER_CARD, 10, "sale"))
    return tuple(
        Piece(chapter=region, slot=slot, place=place, template=FOLDER / f"{name}.html.j2", values={"report": report})
        for slot, place, name in pieces
    )


def _report(plan: DayPlan, found: CertificateFindings) -> CertificateReport:
    devices: dict[str, list[int]] = defaultdict(list)
    for member in certified(plan):
        devices[str(member.carrier)].append(member.id)
    rows = tuple(
        CertificateRow(
            carrier=carrier.replace("_", " "),
            devices=len(ids),
            issued=sum(found.issued[i] for i in ids),
            retired=sum(found.retired[i] for i in ids),
        )
        for carrier, ids in sorted(devices.items())
    )
    return CertificateReport(certificates=rows, sale=found.sale, correction=found.correction)
