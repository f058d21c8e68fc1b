"""What the report shows of the rewards of a region's day."""

from collections.abc import Mapping
from pathlib import Path

from offchain.day.driver.evidence import Evidence
from offchain.day.rewards.records import RewardTotals
from offchain.report.checks import Check
from offchain.report.section import Piece, Section, Slot

CARD = Path(__file__).with_name("rewards.html.j2")
CHECKS = {"rewards": Check.RECOMPUTED}


def section(_: Evidence, findings: Mapping[str, RewardTotals]) -> Section:
    """The rewards of every region."""
    return Section(
        pieces=tuple(
            Piece(chapter=name, slot=Slot.LATER_CARD, place=20, template=CARD, values={"totals": totals})
            for name, totals in findings.items()
        ),
        checks=CHECKS,
        regional={name: {"claims": {"rewards": totals}} for name, totals in findings.items()},
    )
