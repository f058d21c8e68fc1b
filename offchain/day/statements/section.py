"""What the report shows of statements, and the files that it points to."""

from collections.abc import Mapping
from pathlib import Path

from offchain.day.driver.evidence import Evidence
from offchain.day.statements.audit import StatementFindings
from offchain.day.statements.records import StatementRow
from offchain.day.world.plan import DayPlan
from offchain.report.checks import Check
from offchain.report.section import Piece, Section, Slot
from offchain.statements.carbon_day import carbon_file, carbon_text
from offchain.statements.document import totals
from offchain.statements.forms import WRITERS
from offchain.statements.statement import Statement

CARD = Path(__file__).with_name("statements.html.j2")
CHECKS = {"statements": Check.COMPUTED}
"""Location- and market-based figures and losses are computed, all else of a statement is on the chain."""
FOLDER = "statements"
"""Beside the report's page."""


def section(evidence: Evidence, findings: Mapping[str, StatementFindings]) -> Section:
    """The statements of every region, in every form, and the carbon records."""
    rows = {
        region.name: tuple(
            _row(region.plan, statement, member=member)
            for member, statement in findings[region.name].statements.items()
        )
        for region in evidence.regions
    }
    return shown(rows, files={path: text for found in findings.values() for path, text in _files(found).items()})


def shown(rows: Mapping[str, tuple[StatementRow, ...]], *, files: Mapping[str, str]) -> Section:
    """The section of these regions."""
    return Section(
        pieces=tuple(
            Piece(
                chapter=name,
                slot=Slot.WIDE,
                place=10,
                template=CARD,
                values={"statements": of_region, "chain": name},
            )
            for name, of_region in rows.items()
        ),
        checks=CHECKS,
        regional={name: {"claims": {"statements": of_region}} for name, of_region in rows.items()},
        files=files,
    )


def _files(found: StatementFindings) -> Mapping[str, str]:
    """The carbon record and the statements, by their paths beside the page."""
    record = found.record
    texts = {carbon_file(Path(), record.chain, record.day).as_posix(): carbon_text(record)}
    for member, statement in found.statements.items():
        for form, writer in WRITERS.items():
            texts[_path(record.chain, member, form)] = writer(statement)
    return texts


def _path(chain: str, member: int, form: str) -> str:
    return f"{FOLDER}/{chain}-{member}.{form}"


def _row(plan: DayPlan, statement: Statement, *, member: int) -> StatementRow:
    figures = totals(statement)
    return StatementRow(
        member=member,
        name=plan.members.by_id(member).name,
        file=_path(plan.region.name, member, "html"),
        consumed=sum(hour.wh for hour in statement.hours),
        certified=sum(hour.certified_wh for hour in statement.hours),
        location=figures["location_based"],
        market=figures["market_based"],
        traced=figures["flow_traced"],
        losses=figures["network_losses"],
    )
