"""What the report shows of a region's allowances and of their trade."""

from collections.abc import Mapping
from pathlib import Path

from offchain.day.driver.evidence import Evidence
from offchain.day.quotas.records import QuotaReport
from offchain.report.checks import Check
from offchain.report.section import Piece, Section, Slot

FOLDER = Path(__file__).parent
CHECKS = {"quotas": Check.RECOMPUTED, "quota trades": Check.AGREED}
"""Quotas are recomputed from measured energy and an intensity proven against its root."""


def section(_: Evidence, findings: Mapping[str, QuotaReport]) -> Section:
    """The allowances of every region."""
    return Section(
        pieces=tuple(piece for name, report in findings.items() for piece in _pieces(name, report)),
        checks=CHECKS,
        regional={
            name: {"quotas": report.totals, "claims": {"trades": report.trades, "cancelled": report.cancelled}}
            for name, report in findings.items()
        },
    )


def _pieces(region: str, report: QuotaReport) -> tuple[Piece, ...]:
    pieces = ((Slot.CARD, 80, "allowances"), (Slot.LATER_CARD, 30, "trades"))
    return tuple(
        Piece(chapter=region, slot=slot, place=place, template=FOLDER / f"{name}.html.j2", values={"report": report})
        for slot, place, name in pieces
    )
