"""Read back what became of the certificates after their issuance, and of traded quotas, and check it."""

from collections.abc import Iterable, Iterator, Sequence

from offchain.chain.events import Event
from offchain.day.audit import minted
from offchain.day.certificate_sale import PRICE, sold
from offchain.day.certification import certified
from offchain.day.driver.region import RegionDay
from offchain.day.emissions import allowance
from offchain.day.energy_rewards import audit_rewards
from offchain.day.next_day import next_day_exports
from offchain.day.quota_trade import OFFSETS, offered, traders
from offchain.errors import LawViolation
from offchain.members.sheet_words import unpack
from offchain.report.claim_records import (
    ClaimsReport,
    CorrectionRow,
    QuotaTradeRow,
    RewardTotals,
    SaleRow,
    StatementRow,
)


def audit_claims(region: RegionDay, statements: Sequence[StatementRow]) -> ClaimsReport:
    """Compare certificates and quotas with what their laws say, and tell the report what happened.

    Raises:
        LawViolation: anything differs; names the first difference of each kind.
    """
    audit_rewards(region)
    claims = ClaimsReport(
        sale=_sale(region),
        correction=_correction(region),
        rewards=_rewards(region),
        trades=tuple(_trades(region)),
        cancelled=sum(event.values.amount for event in _events(region, "QuotaExchange", "OrderCancelled")),
        statements=tuple(statements),
    )
    problems = [*_sale_laws(claims.sale), *_correction_laws(claims), *_measured(region), *_quotas(region)]
    if problems:
        raise LawViolation(f"chain {region.client.endpoint.name} differs from the plan: {'; '.join(problems)}")
    return claims


def _events(region: RegionDay, contract: str, name: str) -> list[Event]:
    return list(region.client.events(region.contract(contract), name))


def _sale(region: RegionDay) -> SaleRow:
    event = _events(region, "CertificateSale", "GreenAgreementSigned")[-1]
    members = region.plan.members
    return SaleRow(
        seller=members.by_id(event.values.seller).name,
        buyer=members.by_id(event.values.buyer).name,
        sold=sum(event.values.amounts),
        price=event.values.price,
        paid=event.values.paid,
        transaction=event.transaction,
    )


def _correction(region: RegionDay) -> CorrectionRow:
    owner = sold(region)
    (corrected,) = _events(region, "GreenCertificate", "DayCorrected")
    (withheld,) = _events(region, "GreenCertificate", "EnergyWithheld")
    next_hours = region.plan.calendar.hours(withheld.values.day)
    return CorrectionRow(
        owner=owner.name,
        lowered=corrected.values.lowered,
        withdrawn=corrected.values.withdrawn,
        measured_next=sum(next_day_exports(region)[owner.device or 0]),
        withheld=withheld.values.wh,
        issued_next=minted(region, next_hours)[owner.device or 0],
        correction=corrected.transaction,
        issuance=withheld.transaction,
    )


def _rewards(region: RegionDay) -> RewardTotals:
    delivered = _events(region, "EnergyRewards", "AgreementDelivered")
    (closed,) = _events(region, "EnergyRewards", "RewardsClosed")
    claimed = _events(region, "EnergyRewards", "RewardsClaimed")
    return RewardTotals(
        agreements=len(delivered),
        delivered=sum(sum(unpack(event.values.counted)) for event in delivered),
        earned=closed.values.sum,
        factor=closed.values.factor,
        members=len(claimed),
        claimed=sum(event.values.granted for event in claimed),
    )


def _trades(region: RegionDay) -> Iterator[QuotaTradeRow]:
    placed = {event.values.id: event.values for event in _events(region, "QuotaExchange", "OrderPlaced")}
    members = region.plan.members
    for event in _events(region, "QuotaExchange", "OrderTaken"):
        order, values = placed[event.values.id], event.values
        maker, taker = members.by_id(values.maker).name, members.by_id(values.taker).name
        seller, buyer = (taker, maker) if order.purchase else (maker, taker)
        yield QuotaTradeRow(
            asset="offsets" if order.asset == OFFSETS else f"allowances of {order.asset}",
            seller=seller,
            buyer=buyer,
            amount=values.amount,
            paid=values.paid,
            transaction=event.transaction,
        )


def _sale_laws(sale: SaleRow) -> Iterable[str]:
    cost = -(-sale.sold * PRICE // 1000)
    if (sale.price, sale.paid) != (PRICE, cost):
        yield f"{sale.sold} Wh were sold for {sale.paid} point-wei, planned {cost}"


def _correction_laws(claims: ClaimsReport) -> Iterable[str]:
    """All was sold before: nothing is withdrawn, and the next issuance is smaller by all that was lowered."""
    row = claims.correction
    kept = min(row.lowered, row.measured_next)
    if (row.withdrawn, row.withheld, row.issued_next) != (0, kept, row.measured_next - kept):
        yield (
            f"{row.lowered} Wh corrected after the sale: {row.withdrawn} Wh withdrawn, {row.withheld} Wh kept back of "
            f"{row.measured_next} Wh, {row.issued_next} Wh issued"
        )


def _measured(region: RegionDay) -> Iterable[str]:
    """Of every device: certified and not withdrawn, less what it owes, is what was measured."""
    contract, client = region.contract("GreenCertificate"), region.client
    for member in certified(region.plan):
        totals = client.call(contract("totalsOf", member.device))
        measured = sum(
            sum(unpack(client.call(contract("measuredOf", member.device, day))))
            for day in (region.plan.day, region.plan.day + 1)
        )
        if totals.issued - totals.withdrawn - totals.owed != measured:
            yield f"device {member.device} is certified for {totals}, measured {measured} Wh"
            return


def _quotas(region: RegionDay) -> Iterable[str]:
    """Allowances that were traded sum to zero, and the first seller's is what it gave."""
    plan, quota, client = region.plan, region.contract("CarbonQuota"), region.client
    status = {m.id: client.call(quota("statusOf", m.id, plan.date.year)) for m in plan.members.everybody}
    if sum(value.traded for value in status.values()):
        yield f"traded allowances sum to {sum(value.traded for value in status.values())} gCO2e, not 0"
    first, second = traders(region)
    taken = offered(region) // 2
    planned = (allowance(plan, first), -taken, taken)
    found = (status[first.id].granted, status[first.id].traded, status[second.id].traded)
    if found != planned:
        yield f"allowances granted and traded are {found} gCO2e, planned {planned}"
