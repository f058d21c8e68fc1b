"""What the day's meters announced on a regional chain."""

from collections.abc import Mapping
from dataclasses import dataclass

from offchain.day.driver.audit import differences, refuse
from offchain.day.driver.evidence import Evidence, RegionEvidence
from offchain.index.records import IndexedEvent
from offchain.members.history.sheets import sheets_of

ANNOUNCED = ("SheetAccepted", "SheetEstimated", "SheetCorrected")


@dataclass(frozen=True, kw_only=True)
class SheetFindings:
    """The day's sheets on each regional chain."""

    announced: Mapping[str, tuple[IndexedEvent, ...]]
    """By region: everything accepted, estimated, corrected, in the order of these names."""


def audit_sheets(evidence: Evidence) -> SheetFindings:
    """Compare the final sheets of settlement meters with what the meters measured.

    Raises:
        LawViolation: a member's sheet is another one; names the first.
    """
    announced = {}
    for region in evidence.regions:
        refuse(region.name, _sheets(region))
        events = [event for name in ANNOUNCED for event in region.chain.of("DaySheets", name)]
        announced[region.name] = tuple(event for event in events if event.values["day"] == region.plan.day)
    return SheetFindings(announced=announced)


def _sheets(region: RegionEvidence) -> list[str]:
    plan = region.plan
    found = sheets_of(region.chain.of("DaySheets", *ANNOUNCED))
    final = {
        sheet.meter: (sheet.present.import_wh, sheet.present.export_wh)
        for (meter, day), sheet in found.items()
        if day == plan.day and meter in {member.id for member in plan.members.everybody}
    }
    measured = {sheet.member: (tuple(sheet.import_wh), tuple(sheet.export_wh)) for sheet in plan.readings.final}
    return list(differences("final sheet of member", final, measured))
