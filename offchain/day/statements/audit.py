"""The statements of members that moved certificates or quotas, and the carbon record that they need."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offchain.day.certificates.plan import beneficiary
from offchain.day.driver.evidence import Evidence, RegionEvidence
from offchain.day.world.keys import member_key
from offchain.day.world.plan import DayPlan
from offchain.index.records import IndexedEvent
from offchain.statements.carbon_day import CarbonDay, CarbonHour
from offchain.statements.statement import CONTRACTS, Statement, member_statement
from offchain.units import MILLIGRAMS_PER_GRAM

MOVING = frozenset({"GreenCertificate", "CertificateSale", "QuotaExchange"})


@dataclass(frozen=True, kw_only=True)
class StatementFindings:
    """A region's carbon record and its members' statements."""

    record: CarbonDay
    statements: Mapping[int, Statement]
    """By member."""


def audit_statements(evidence: Evidence) -> Mapping[str, StatementFindings]:
    """State what the index says of every region.

    Raises:
        LawViolation: index, record and chain contradict each other.
    """
    return {region.name: _stated(region) for region in evidence.regions}


def _stated(region: RegionEvidence) -> StatementFindings:
    chain, record = region.chain.chain, carbon_day(region.plan, chain=region.name)
    events = [event for event in region.chain.events if event.contract in CONTRACTS]
    members = concerned((event for event in region.chain.events if event.contract in MOVING), region.plan)
    statements = {
        member: member_statement(events, chain=chain, records={record.day: record}, member=member) for member in members
    }
    return StatementFindings(record=record, statements=statements)


def concerned(events: Iterable[IndexedEvent], plan: DayPlan) -> list[int]:
    """Members that retired, sold or bought certificates, or traded quotas."""
    numbers = {member_key(plan.region.name, m.id).address: m.id for m in plan.members.everybody}
    pairs = []
    for event in events:
        values = event.values
        if event.name == "OrderTaken":
            pairs.append((values["maker"], values["taker"]))
        elif event.contract == "GreenCertificate" and event.name == "CertificatesRetired":
            holder = numbers.get(values["holder"])
            pairs.append((holder, holder))
        elif event.name == "GreenAgreementSigned":
            pairs.append((values["seller"], values["buyer"]))
    return sorted({member for pair in pairs if all(pair) for member in pair})


def carbon_day(plan: DayPlan, *, chain: str) -> CarbonDay:
    """The carbon record of a day."""
    mix = plan.factors.mixes[plan.region.country].intensity
    trace = plan.integer_trace
    return CarbonDay(
        chain=chain,
        day=plan.day,
        factors=f"version {plan.factors.version}, {plan.factors.method}",
        carriers={
            carrier.code: round(MILLIGRAMS_PER_GRAM * (mix if carrier.intensity is None else carrier.intensity))
            for carrier in plan.factors.carriers.values()
        },
        names={member.id: beneficiary(plan, member) for member in plan.members.everybody},
        hours=tuple(
            CarbonHour(
                hour=hour,
                intensity=tuple(map(int, intensity)),
                generation_wh=int(flow.generation.sum()),
                generation_ug=generated,
                load_wh=int(flow.load.sum()),
                loss_ug=lost,
            )
            for hour, intensity, flow, (generated, _, lost) in zip(
                plan.hours, trace.intensity, trace.flows, trace.totals, strict=True
            )
        ),
    )
