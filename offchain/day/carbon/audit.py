"""The carbon roots of a regional chain against the trace."""

from collections.abc import Iterable

from offchain.carbon.history import posted_roots
from offchain.day.driver.audit import refuse
from offchain.day.driver.evidence import Evidence, Question, RegionEvidence


def queries(evidence: Evidence) -> Iterable[Question]:
    """The root that the ledger holds for good, of every hour."""
    for region in evidence.regions:
        for hour in region.plan.hours:
            yield Question(region.name, "CarbonLedger", "finalRoot", (hour,))


def audit_roots(evidence: Evidence) -> None:
    """Compare posted and final roots with the day's trees.

    Raises:
        LawViolation: a root is another one; names all of a region.
    """
    for region in evidence.regions:
        refuse(region.name, _roots(region))


def _roots(region: RegionEvidence) -> Iterable[str]:
    plan, posted = region.plan, posted_roots(region.chain.of("CarbonLedger", "RootPosted"))
    for hour, tree in zip(plan.hours, plan.trees, strict=True):
        planned, final = f"0x{tree.root.hex()}", f"0x{region.chain.answer('CarbonLedger', 'finalRoot', hour).hex()}"
        announced = posted[hour].values["root"] if hour in posted else "none"
        if {announced, final} != {planned}:
            yield f"carbon root of hour {hour} is {final}, posted {announced}, planned {planned}"
