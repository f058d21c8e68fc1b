"""Allowances of the day's year against what was granted, drawn and traded."""

from collections.abc import Iterable, Iterator, Mapping

from offchain.day.driver.audit import contradictions, differences, refuse
from offchain.day.driver.evidence import Evidence, Question, RegionEvidence
from offchain.day.quotas.plan import allowance, drawn, offered, traders
from offchain.day.quotas.records import QuotaReport, QuotaTotals, QuotaTradeRow
from offchain.errors import LawViolation
from offchain.quotas.history import AllowanceYear, AllowanceYears, allowances_of
from offchain.quotas.records import OFFSETS


def queries(evidence: Evidence) -> Iterable[Question]:
    """Every member's year as CarbonQuota says."""
    for region in evidence.regions:
        for member in region.plan.members.everybody:
            yield Question(region.name, "CarbonQuota", "statusOf", (member.id, region.plan.date.year))


def audit_quotas(evidence: Evidence) -> Mapping[str, QuotaReport]:
    """Compare the allowances of every region with its plan.

    Raises:
        LawViolation: anything differs; names the first difference of each kind.
    """
    found = {}
    for region in evidence.regions:
        years = allowances_of(region.chain.events) or {}
        refuse(region.name, [*_answers(region, years), *_drawn(region, years), *_traded(region, years)])
        found[region.name] = QuotaReport(
            totals=_totals(region, years),
            trades=tuple(_trades(region)),
            cancelled=sum(e.values["amount"] for e in region.chain.of("QuotaExchange", "OrderCancelled")),
        )
    return found


def _year(region: RegionEvidence, years: AllowanceYears, member: int) -> AllowanceYear:
    return years.get((member, region.plan.date.year)) or AllowanceYear()


def _answers(region: RegionEvidence, years: AllowanceYears) -> Iterable[str]:
    for member in region.plan.members.everybody:
        year = _year(region, years, member.id)
        status = region.chain.answer("CarbonQuota", "statusOf", member.id, region.plan.date.year)
        yield from contradictions(
            {
                f"{what} of member {member.id}": (getattr(year, what), getattr(status, what))
                for what in ("granted", "traded", "drawn")
            }
        )


def _drawn(region: RegionEvidence, years: AllowanceYears) -> Iterable[str]:
    consumers = region.plan.members.consumers
    found = {consumer.id: _year(region, years, consumer.id).drawn for consumer in consumers}
    planned = {consumer.id: drawn(region.plan, consumer) for consumer in consumers}
    yield from differences("carbon drawn from member", found, planned)


def _traded(region: RegionEvidence, years: AllowanceYears) -> Iterable[str]:
    """Allowances that were traded sum to zero, and the first seller's is what it gave."""
    plan = region.plan
    total = sum(_year(region, years, member.id).traded for member in plan.members.everybody)
    if total:
        yield f"traded allowances sum to {total} gCO2e, not 0"
    first, second = (_year(region, years, member.id) for member in traders(plan))
    taken = offered(plan) // 2
    planned = (allowance(plan, traders(plan)[0]), -taken, taken)
    found = (first.granted, first.traded, second.traded)
    if found != planned:
        yield f"allowances granted and traded are {found} gCO2e, planned {planned}"


def _totals(region: RegionEvidence, years: AllowanceYears) -> QuotaTotals:
    consumers = region.plan.members.consumers
    of_consumers = [_year(region, years, consumer.id) for consumer in consumers]
    return QuotaTotals(
        year=region.plan.date.year,
        members=len(consumers),
        granted=sum(allowance(region.plan, consumer) for consumer in consumers),
        drawn=sum(year.drawn for year in of_consumers),
        short=sum(year.drawn > year.granted for year in of_consumers),
    )


def _trades(region: RegionEvidence) -> Iterator[QuotaTradeRow]:
    placed = {event.values["id"]: event.values for event in region.chain.of("QuotaExchange", "OrderPlaced")}
    members = region.plan.members
    for event in region.chain.of("QuotaExchange", "OrderTaken"):
        values, order = event.values, placed.get(event.values["id"])
        if order is None:
            raise LawViolation(f"chain {region.name} takes order {values['id']} of quotas, which was never placed")
        maker, taker = members.by_id(values["maker"]).name, members.by_id(values["taker"]).name
        seller, buyer = (taker, maker) if order["purchase"] else (maker, taker)
        yield QuotaTradeRow(
            asset="offsets" if order["asset"] == OFFSETS else f"allowances of {order['asset']}",
            seller=seller,
            buyer=buyer,
            amount=values["amount"],
            paid=values["paid"],
            transaction=event.transaction,
        )
