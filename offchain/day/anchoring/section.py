"""What the report shows of anchors."""

from pathlib import Path

from offchain.day.anchoring.records import AnchorRow
from offchain.day.driver.evidence import Evidence
from offchain.report.checks import Check
from offchain.report.section import Chapter, Piece, Section, Slot

CARD = Path(__file__).with_name("anchors.html.j2")
CHAPTER = "anchors"
CHECKS = {"anchors": Check.POSTED}


def section(_: Evidence, findings: tuple[AnchorRow, ...]) -> Section:
    """All anchors on the main chain."""
    return Section(
        chapters=(Chapter(name=CHAPTER, anchor=CHAPTER, link="Anchors", title="Anchors on the main chain", place=310),),
        pieces=(Piece(chapter=CHAPTER, slot=Slot.WIDE, place=10, template=CARD, values={"anchors": findings}),),
        checks=CHECKS,
        figures={"anchors": findings},
    )
