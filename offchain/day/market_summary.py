"""What the report shows of a region's market: money by kind of member, agreements, defaults and who gains by them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from offchain.day.driver.region import RegionDay
from offchain.day.market_audit import MarketAudit, charges_of
from offchain.day.world.plan import DayPlan
from offchain.report.market_records import AgreementRow, CreditRow, DebtRow, DefaultReport, DefaultRow, MoneyRow

GRID_COMPANY = "grid company"
RESERVE = "reserve, dust"


def money_rows(region: RegionDay, audit: MarketAudit) -> tuple[MoneyRow, ...]:
    """Legs by kind of member, as the chain booked them: generators by carrier, consumers, the grid company."""
    plan = region.plan
    legs = {name: _booked(column) for name, column in _columns(region, audit).items()}
    grid_company = plan.members.grid_company.id
    groups: Mapping[str, list[int]] = defaultdict(list)
    for member in plan.members.everybody:
        name = GRID_COMPANY if member.id == grid_company else member.carrier or "consumers"
        groups[name].append(member.id)
    rows = [
        MoneyRow(
            group=name.replace("_", " "),
            members=len(ids),
            **{column: sum(booked[member] for member in ids) for column, booked in legs.items()},
        )
        for name, ids in groups.items()
    ]
    late = sum(event.values.toReserve for event in audit.corrections.values())
    left = audit.reserve + audit.dust - late
    return (*rows, MoneyRow(group=RESERVE, members=0, agreements=0, outside=0, shares=left, corrections=late))


def agreement_rows(plan: DayPlan) -> tuple[AgreementRow, ...]:
    """All agreements; their energy as planned, which the audit of their money proves."""
    return tuple(
        AgreementRow(
            id=item.agreement.id,
            seller=plan.members.by_id(item.agreement.seller).name,
            buyer=plan.members.by_id(item.agreement.buyer).name,
            first_hour=plan.calendar.hour_of_day(item.agreement.first_hour),
            hours=item.agreement.hours,
            wh_per_hour=item.agreement.wh_per_hour,
            price=item.agreement.price,
            matched=item.exchange.matched_wh,
            surplus=item.exchange.surplus_wh,
            shortfall=item.exchange.shortfall_wh,
        )
        for item in plan.market.settlement.agreements
    )


def default_report(region: RegionDay, audit: MarketAudit) -> DefaultReport:
    """Defaults, credit, debts and corrections, as audited."""
    plan = region.plan
    name = {member.id: member.name for member in plan.members.everybody}
    opening = dict(plan.market.close.opening)
    credit = [
        CreditRow(member=name[m], opening=opening[m], weight=weight, share=audit.claims.get(m, 0))
        for m, weight in audit.weights.items()
    ]
    return DefaultReport(
        defaults=tuple(_defaults(plan, audit)),
        credit=tuple(sorted(credit, key=lambda row: (-row.share, row.member))),
        debts=tuple(DebtRow(member=name[m], debt=-free) for m, free in sorted(audit.free.items()) if free < 0),
        reserve=audit.reserve,
        dust=audit.dust,
        estimated=name[plan.readings.estimated],
        late=name[plan.readings.late],
        corrected=sum(
            event.values.sellerDifference != 0 or event.values.buyerDifference != 0
            for event in audit.corrections.values()
        ),
    )


_Column = list[tuple[int, int]]
"""Member and leg [point-wei]."""


def _booked(legs: _Column) -> dict[int, int]:
    booked: dict[int, int] = defaultdict(int)
    for member, leg in legs:
        booked[member] += leg
    return booked


def _columns(region: RegionDay, audit: MarketAudit) -> dict[str, _Column]:
    """All legs by the column of the report."""
    grid_company = region.plan.members.grid_company.id
    agreements: _Column = []
    defaults: _Column = []
    corrections: _Column = []
    for event in audit.settled:
        values, (of_seller, of_buyer) = event.values, charges_of(event)
        received, paid = values.energy.received, values.energy.paid
        agreements += [(values.seller, received), (values.buyer, -paid), (grid_company, paid - received)]
        defaults += [(values.seller, of_buyer[0] - sum(of_seller)), (values.buyer, of_seller[0] - sum(of_buyer))]
    outside = [(member, event.values.memberLeg) for member, event in audit.residuals.items()]
    for event in audit.corrections.values():
        values = event.values
        rest = -values.sellerDifference - values.buyerDifference - values.toReserve
        corrections += [
            (values.seller, values.sellerDifference),
            (values.buyer, values.buyerDifference),
            (grid_company, rest),
        ]
    corrections += audit.residual_corrections.items()
    corrections.append((grid_company, -sum(audit.residual_corrections.values())))
    outside.append((grid_company, -sum(leg for _, leg in outside)))
    return {
        "agreements": agreements,
        "outside": outside,
        "defaults": defaults,
        "shares": list(audit.claims.items()),
        "corrections": corrections,
    }


def _defaults(plan: DayPlan, audit: MarketAudit) -> Iterator[DefaultRow]:
    for item, event in zip(plan.market.settlement.agreements, audit.settled, strict=True):
        parties = (item.agreement.seller, item.agreement.buyer)
        for member, short, charge in zip(
            parties, (item.seller_short, item.buyer_short), charges_of(event), strict=True
        ):
            if short.wh:
                yield DefaultRow(
                    agreement=item.agreement.id,
                    party=plan.members.by_id(member).name,
                    missing=short.wh,
                    compensation=charge[0],
                    penalty=charge[1],
                )
