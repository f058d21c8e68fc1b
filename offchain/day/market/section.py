"""What the report shows of a region's market: money by kind of member, agreements, defaults and who gains by them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from offchain.day.driver.evidence import Evidence
from offchain.day.market.audit import MarketFindings, charges_of
from offchain.day.market.records import (
    AgreementRow,
    CreditRow,
    DebtRow,
    DefaultReport,
    DefaultRow,
    MarketReport,
    MoneyRow,
)
from offchain.day.world.plan import DayPlan
from offchain.report.checks import Check
from offchain.report.section import Law, Piece, Section, Slot

FOLDER = Path(__file__).parent
CHECKS = {"agreements": Check.AGREED, "settlement": Check.RECOMPUTED}
GRID_COMPANY = "grid company"
RESERVE = "reserve, dust"


def section(evidence: Evidence, findings: Mapping[str, MarketFindings]) -> Section:
    """The market of every region."""
    return shown({region.name: _report(region.plan, findings[region.name]) for region in evidence.regions})


def shown(reports: Mapping[str, MarketReport]) -> Section:
    """The section of these regions."""
    return Section(
        pieces=tuple(piece for name, report in reports.items() for piece in _pieces(name, report)),
        laws=tuple(law(name, report) for name, report in reports.items()),
        checks=CHECKS,
        regional={
            name: {"money": report.money, "agreements": report.agreements, "defaults": report.defaults}
            for name, report in reports.items()
        },
    )


def law(region: str, report: MarketReport) -> Law:
    """Money of a region."""
    return Law(
        chapter=region,
        law="Money: sum of all legs",
        residual=f"{report.money_total} point-wei",
        allowed="0",
        holds=report.money_total == 0,
    )


def _pieces(region: str, report: MarketReport) -> tuple[Piece, ...]:
    pieces = (
        (Slot.TILES, 20, "tile"),
        (Slot.CARD, 60, "money"),
        (Slot.CARD, 70, "defaults"),
        (Slot.CARD, 120, "agreements"),
        (Slot.DETAILS, 10, "all_agreements"),
    )
    return tuple(
        Piece(chapter=region, slot=slot, place=place, template=FOLDER / f"{name}.html.j2", values={"market": report})
        for slot, place, name in pieces
    )


def _report(plan: DayPlan, found: MarketFindings) -> MarketReport:
    return MarketReport(
        money=_money(plan, found),
        agreements=_agreements(plan),
        defaults=_default_report(plan, found),
        imported=sum(sum(sheet.import_wh) for sheet in plan.readings.final[1:]),
    )


def _money(plan: DayPlan, found: MarketFindings) -> tuple[MoneyRow, ...]:
    """Legs by kind of member, as the chain booked them: generators by carrier, consumers, the grid company."""
    legs = {name: _booked(column) for name, column in _columns(plan, found).items()}
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
    late = sum(event.values["toReserve"] for event in found.corrections.values())
    left = found.reserve + found.dust - late
    return (*rows, MoneyRow(group=RESERVE, members=0, agreements=0, outside=0, shares=left, corrections=late))


def _agreements(plan: DayPlan) -> tuple[AgreementRow, ...]:
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


def _default_report(plan: DayPlan, found: MarketFindings) -> DefaultReport:
    """Defaults, credit, debts and corrections, as audited."""
    name = {member.id: member.name for member in plan.members.everybody}
    opening = dict(plan.market.close.opening)
    credit = [
        CreditRow(member=name[m], opening=opening[m], weight=weight, share=found.claims.get(m, 0))
        for m, weight in found.weights.items()
    ]
    return DefaultReport(
        defaults=tuple(_defaults(plan, found)),
        credit=tuple(sorted(credit, key=lambda row: (-row.share, row.member))),
        debts=tuple(DebtRow(member=name[m], debt=-free) for m, free in sorted(found.free.items()) if free < 0),
        reserve=found.reserve,
        dust=found.dust,
        estimated=name[plan.readings.estimated],
        late=name[plan.readings.late],
        corrected=sum(
            event.values["sellerDifference"] != 0 or event.values["buyerDifference"] != 0
            for event in found.corrections.values()
        ),
    )


_Column = list[tuple[int, int]]
"""Member and leg [point-wei]."""


def _booked(legs: _Column) -> dict[int, int]:
    booked: dict[int, int] = defaultdict(int)
    for member, leg in legs:
        booked[member] += leg
    return booked


def _columns(plan: DayPlan, found: MarketFindings) -> dict[str, _Column]:
    """All legs by the column of the report."""
    grid_company = plan.members.grid_company.id
    agreements: _Column = []
    defaults: _Column = []
    corrections: _Column = []
    for event in found.settled:
        values, (of_seller, of_buyer) = event.values, charges_of(event)
        received, paid = values["energy"]["received"], values["energy"]["paid"]
        agreements += [(values["seller"], received), (values["buyer"], -paid), (grid_company, paid - received)]
        defaults += [(values["seller"], of_buyer[0] - sum(of_seller)), (values["buyer"], of_seller[0] - sum(of_buyer))]
    outside = [(member, event.values["memberLeg"]) for member, event in found.residuals.items()]
    for event in found.corrections.values():
        values = event.values
        rest = -values["sellerDifference"] - values["buyerDifference"] - values["toReserve"]
        corrections += [
            (values["seller"], values["sellerDifference"]),
            (values["buyer"], values["buyerDifference"]),
            (grid_company, rest),
        ]
    corrections += found.residual_corrections.items()
    corrections.append((grid_company, -sum(found.residual_corrections.values())))
    outside.append((grid_company, -sum(leg for _, leg in outside)))
    return {
        "agreements": agreements,
        "outside": outside,
        "defaults": defaults,
        "shares": list(found.claims.items()),
        "corrections": corrections,
    }


def _defaults(plan: DayPlan, found: MarketFindings) -> Iterator[DefaultRow]:
    for item, event in zip(plan.market.settlement.agreements, found.settled, strict=True):
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
