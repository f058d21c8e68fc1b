"""What the report shows of a region's power points."""

from collections.abc import Mapping
from pathlib import Path

from offchain.day.driver.evidence import Evidence
from offchain.day.points.records import PointTotals
from offchain.report.checks import Check
from offchain.report.section import Piece, Section, Slot

CARD = Path(__file__).with_name("points.html.j2")
CHECKS = {"points": Check.AGREED}
"""Points are minted on the bank's word, signed by two of its persons."""


def section(_: Evidence, findings: Mapping[str, PointTotals]) -> Section:
    """Points of every region."""
    return Section(
        pieces=tuple(
            Piece(chapter=name, slot=Slot.CARD, place=100, template=CARD, values={"totals": totals})
            for name, totals in findings.items()
        ),
        checks=CHECKS,
        regional={name: {"points": totals} for name, totals in findings.items()},
    )
