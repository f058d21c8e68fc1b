"""What the report shows of the auction: figures of the main chain, and the merit order of one hour."""

from collections.abc import Sequence

from offchain.auction.merit_picture import inline_picture
from offchain.auction.orders import CHAIN_TICK
from offchain.auction.packing import SHARE_BYTES
from offchain.auction.settlement import amount
from offchain.chain.events import Event
from offchain.day.auction import POSTER, AuctionDay
from offchain.day.auction_audit import AuctionAudit
from offchain.day.auction_plan import AuctionHour
from offchain.report.auction_records import AuctionHourRow, AuctionOrderRow, AuctionReport


def auction_report(auction: AuctionDay, audit: AuctionAudit) -> AuctionReport:
    """The auction's part of the page; every figure has been audited against the chain."""
    plan = auction.plan
    rows = tuple(_hour(hour, audit, number) for number, hour in enumerate(plan.hours))
    best = max(range(len(rows)), key=lambda number: rows[number].saved)
    return AuctionReport(
        hours=rows,
        orders=tuple(_order(auction, audit, position) for position in range(len(plan.units))),
        coalitions=plan.hours[0].result.allocation.coalitions,
        deposited=sum(held for name, held in auction.deposits.items() if name != POSTER),
        bonds=audit.bonds,
        ladder_account=audit.ladder_account,
        awards_roots=tuple(f"0x{event.values.awardsRoot.hex()}" for event in audit.paid),
        picture_hour=best,
        picture=inline_picture(plan.hours[best].result, [unit.name for unit in plan.units]),
    )


def _hour(hour: AuctionHour, audit: AuctionAudit, number: int) -> AuctionHourRow:
    awards, orders, paid = audit.awarded[number], hour.market.orders, audit.paid[number].values
    prices = [event.values.price * CHAIN_TICK for event in awards if event.values.energy]
    loads = [event for event, order in zip(awards, orders, strict=True) if order.is_load]
    generators = [event for event, order in zip(awards, orders, strict=True) if not order.is_load]
    return AuctionHourRow(
        first_emission=audit.first[number].values.emission,
        emission=audit.second[number].values.emission,
        first_energy=_generated(hour),
        energy=sum(event.values.energy for event in generators),
        lowest_price=min(prices, default=0),
        highest_price=max(prices, default=0),
        congested=hour.result.second.congested,
        paid=-_for_energy(loads),
        received=_for_energy(generators),
        rent=paid.rent,
        ladder=paid.ladder,
    )


def _generated(hour: AuctionHour) -> int:
    """Energy of the first clearing [Wh]."""
    pairs = zip(hour.market.orders, hour.result.first.dispatch, strict=True)
    return sum(power for order, power in pairs if not order.is_load)


def _ladder(event: Event) -> int:
    """What an award pays into the ladder account [point-wei]."""
    return amount(event.values.adder * CHAIN_TICK, event.values.energy)


def _for_energy(events: Sequence[Event]) -> int:
    """What orders receive for energy alone [point-wei]."""
    return sum(event.values.leg + _ladder(event) for event in events)


def _order(auction: AuctionDay, audit: AuctionAudit, position: int) -> AuctionOrderRow:
    plan = auction.plan
    unit, order = plan.units[position], plan.bounds[position]
    events = [awards[position] for awards in audit.awarded]
    return AuctionOrderRow(
        name=unit.name,
        region=plan.case.buses[unit.bus],
        kind=unit.kind,
        load=order.is_load,
        intensity=order.intensity,
        quote=order.price * CHAIN_TICK,
        first_energy=sum(hour.result.first.dispatch[position] for hour in plan.hours),
        energy=sum(event.values.energy for event in events),
        allocated=tuple(_share(table, position) for table in audit.tables),
        leg=_for_energy(events),
        ladder=sum(map(_ladder, events)),
    )


def _share(table: Event, position: int) -> int:
    """An order's allocation [gCO2e] in the row that was posted."""
    start = position * SHARE_BYTES
    return int.from_bytes(table.values.allocations[start : start + SHARE_BYTES], "big", signed=True)
