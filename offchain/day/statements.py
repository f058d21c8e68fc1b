"""After the day: the carbon record that statements need, and statements of those who moved certificates or quotas."""

from collections.abc import Iterable
from pathlib import Path

from offchain.day.certification import beneficiary
from offchain.day.driver.region import RegionDay
from offchain.day.world.plan import DayPlan
from offchain.files import write_atomically
from offchain.index.records import IndexedEvent
from offchain.index.store import Store
from offchain.index.sync import sync
from offchain.market.history.terms import market_facts
from offchain.report.claim_records import StatementRow
from offchain.statements.carbon_day import CarbonDay, CarbonHour, write_carbon_day
from offchain.statements.document import totals
from offchain.statements.forms import WRITERS
from offchain.statements.statement import CONTRACTS, Statement, member_statement
from offchain.units import MILLIGRAMS_PER_GRAM

MOVING = frozenset({"GreenCertificate", "CertificateSale", "QuotaExchange"})
FOLDER = "statements"
"""Beside the report's page."""


def write_statements(region: RegionDay, store: Store, page: Path) -> tuple[StatementRow, ...]:
    """Index the region's chain, and write the carbon record and the statements beside the report's page.

    Raises:
        LawViolation: index, record and chain contradict each other.
    """
    sync(region.client, store, facts=market_facts)
    chain = store.chain(region.client.endpoint.name)
    record = carbon_day(region.plan, chain=chain.name)
    write_carbon_day(record, page.parent)
    events = store.events(chain.name, contracts=CONTRACTS)
    rows = []
    for member in concerned(store.events(chain.name, contracts=MOVING), region):
        found = member_statement(events, chain=chain, records={record.day: record}, member=member)
        file = Path(FOLDER) / f"{chain.name}-{member}.html"
        for form, writer in WRITERS.items():
            write_atomically((page.parent / file).with_suffix(f".{form}"), writer(found))
        rows.append(_row(region.plan, found, member=member, file=file))
    return tuple(rows)


def concerned(events: Iterable[IndexedEvent], region: RegionDay) -> list[int]:
    """Members that retired, sold or bought certificates, or traded quotas."""
    numbers = {region.member(m.id).address: m.id for m in region.plan.members.everybody}
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


def _row(plan: DayPlan, statement: Statement, *, member: int, file: Path) -> StatementRow:
    figures = totals(statement)
    return StatementRow(
        member=member,
        name=plan.members.by_id(member).name,
        file=file.as_posix(),
        consumed=sum(hour.wh for hour in statement.hours),
        certified=sum(hour.certified_wh for hour in statement.hours),
        location=figures["location_based"],
        market=figures["market_based"],
        traced=figures["flow_traced"],
        losses=figures["network_losses"],
    )
