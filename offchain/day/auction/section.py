"""What the report shows of the auction: figures of the main chain, and the merit order of one hour."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from offchain.auction.merit_picture import inline_picture
from offchain.auction.orders import CHAIN_TICK
from offchain.auction.packing import SHARE_BYTES
from offchain.auction.settlement import amount
from offchain.day.auction.audit import AuctionFindings
from offchain.day.auction.plan import AuctionHour, AuctionPlan
from offchain.day.auction.records import AuctionHourRow, AuctionOrderRow, AuctionReport
from offchain.day.driver.evidence import Evidence
from offchain.drawing import formats
from offchain.drawing.charts import Line, hourly_chart
from offchain.drawing.colours import Scale
from offchain.index.records import IndexedEvent
from offchain.report.checks import Check
from offchain.report.section import Chapter, Law, Piece, Section, Slot

PAGE = Path(__file__).with_name("auction.html.j2")
CHAPTER = "auction"
CHECKS = {
    "clearing": Check.CERTIFIED,
    "allocation": Check.CHALLENGEABLE,
    "ladder": Check.RECOMPUTED,
    "awards": Check.RECOMPUTED,
}
HALF_A_GRAM = 500
"""Allocations are whole grams: what an hour may leave over [mgCO2e]."""
LARGEST_INTENSITY = 1_500.0
"""Of a plant [gCO2e/kWh]: the end of its colours."""


def section(evidence: Evidence, findings: AuctionFindings) -> Section:
    """The auction of the day."""
    plan = evidence.world.auction
    report = _report(plan, findings)
    picture = inline_picture(plan.hours[report.picture_hour].result, [unit.name for unit in plan.units])
    return shown(report, merit=picture)


def shown(report: AuctionReport, *, merit: str) -> Section:
    """The section of an auction; `merit` is the merit order of its hour `picture_hour`, before and after, as SVG."""
    lines = [
        Line("first clearing", "local", [hour.first_emission / 1e9 for hour in report.hours]),
        Line("second clearing", "main", [hour.emission / 1e9 for hour in report.hours]),
    ]
    values = {
        "auction": report,
        "merit": Markup(merit),  # noqa: S704  drawn by this project, names are escaped
        "emissions": hourly_chart(lines, title="Emissions of the auction over the day", unit="tCO₂e"),
        "scale": Scale(LARGEST_INTENSITY),
    }
    heading = Chapter(
        name=CHAPTER,
        anchor=CHAPTER,
        link="Auction",
        title="Low-carbon auction",
        note="24 hours between five regions, on the main chain",
        place=200,
    )
    return Section(
        chapters=(heading,),
        pieces=(Piece(chapter=CHAPTER, slot=Slot.WIDE, place=10, template=PAGE, values=values),),
        laws=laws(report),
        checks=CHECKS,
        figures={"auction": report},
    )


def laws(auction: AuctionReport) -> tuple[Law, ...]:
    """Money and carbon of the auction."""
    rest, allowed = auction.unallocated, HALF_A_GRAM * len(auction.hours)
    return (
        Law(
            chapter=CHAPTER,
            law="Money: loads, generators, rent and ladder account",
            residual=f"{auction.money_total} point-wei",
            allowed="0",
            holds=auction.money_total == 0 and all(hour.residual == 0 for hour in auction.hours),
        ),
        Law(
            chapter=CHAPTER,
            law="Carbon: first clearings − allocations",
            residual=f"{formats.tiny(rest / 1e3)} g",
            allowed=f"{formats.tiny(allowed / 1e3)} g",
            holds=abs(rest) <= allowed,
        ),
    )


def _report(plan: AuctionPlan, found: AuctionFindings) -> AuctionReport:
    """The auction's part of the page; every figure has been audited against the chain."""
    rows = tuple(_hour(hour, found, number) for number, hour in enumerate(plan.hours))
    best = max(range(len(rows)), key=lambda number: rows[number].saved)
    return AuctionReport(
        hours=rows,
        orders=tuple(_order(plan, found, position) for position in range(len(plan.units))),
        coalitions=plan.hours[0].result.allocation.coalitions,
        deposited=found.deposited,
        bonds=found.bonds,
        ladder_account=found.ladder_account,
        awards_roots=tuple(str(event.values["awardsRoot"]) for event in found.paid),
        picture_hour=best,
    )


def _hour(hour: AuctionHour, found: AuctionFindings, number: int) -> AuctionHourRow:
    awards, orders, paid = found.awarded[number], hour.market.orders, found.paid[number].values
    prices = [event.values["price"] * CHAIN_TICK for event in awards if event.values["energy"]]
    loads = [event for event, order in zip(awards, orders, strict=True) if order.is_load]
    generators = [event for event, order in zip(awards, orders, strict=True) if not order.is_load]
    return AuctionHourRow(
        first_emission=found.first[number].values["emission"],
        emission=found.second[number].values["emission"],
        first_energy=_generated(hour),
        energy=sum(event.values["energy"] for event in generators),
        lowest_price=min(prices, default=0),
        highest_price=max(prices, default=0),
        congested=hour.result.second.congested,
        paid=-_for_energy(loads),
        received=_for_energy(generators),
        rent=paid["rent"],
        ladder=paid["ladder"],
    )


def _generated(hour: AuctionHour) -> int:
    """Energy of the first clearing [Wh]."""
    pairs = zip(hour.market.orders, hour.result.first.dispatch, strict=True)
    return sum(power for order, power in pairs if not order.is_load)


def _ladder(event: IndexedEvent) -> int:
    """What an award pays into the ladder account [point-wei]."""
    return amount(event.values["adder"] * CHAIN_TICK, event.values["energy"])


def _for_energy(events: Sequence[IndexedEvent]) -> int:
    """What orders receive for energy alone [point-wei]."""
    return sum(event.values["leg"] + _ladder(event) for event in events)


def _order(plan: AuctionPlan, found: AuctionFindings, position: int) -> AuctionOrderRow:
    unit, order = plan.units[position], plan.bounds[position]
    events = [awards[position] for awards in found.awarded]
    return AuctionOrderRow(
        name=unit.name,
        region=plan.case.buses[unit.bus],
        kind=unit.kind,
        load=order.is_load,
        intensity=order.intensity,
        quote=order.price * CHAIN_TICK,
        first_energy=sum(hour.result.first.dispatch[position] for hour in plan.hours),
        energy=sum(event.values["energy"] for event in events),
        allocated=tuple(_share(table, position) for table in found.tables),
        leg=_for_energy(events),
        ladder=sum(map(_ladder, events)),
    )


def _share(table: IndexedEvent, position: int) -> int:
    """An order's allocation [gCO2e] in the row that was posted."""
    row, start = bytes.fromhex(table.values["allocations"][2:]), position * SHARE_BYTES
    return int.from_bytes(row[start : start + SHARE_BYTES], "big", signed=True)
