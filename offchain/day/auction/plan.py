"""What the auction's hours of a day come to: every one cleared, allocated, priced and paid off chain."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from offchain.auction.case import AuctionCase, CaseOrder
from offchain.auction.coalitions import clear_coalitions, coalitions_of, regions_of
from offchain.auction.hour import AuctionResult, run_auction
from offchain.auction.ladder import LadderRule
from offchain.auction.orders import Market, Order
from offchain.auction.packing import pack_network, pack_orders, pack_shares
from offchain.auction.settlement import AwardSettlement, PriceLimits, locked, settle_awards
from offchain.auction.table import coalition_table
from offchain.chain.keys import Key, local_key
from offchain.market_time import MarketCalendar, date_of_day
from offchain.units import POINT

POSTER = "poster"
"""Who posts coalition tables on local chains."""
GRID_COMPANY = "grid company"
"""To whom congestion rent goes on local chains."""


@dataclass(frozen=True, kw_only=True)
class AuctionHour:
    """An hour from orders to awards."""

    hour: int
    """Unix hour of delivery."""
    result: AuctionResult
    table_hash: bytes
    """What the poster of the coalition table commits to."""
    settlement: AwardSettlement
    locked: tuple[int, ...]
    """The most that each order can be asked to pay [point-wei]."""

    @property
    def market(self) -> Market:
        """The orders as they were placed."""
        return self.result.first.market

    @cached_property
    def orders(self) -> bytes:
        """The row of orders."""
        return pack_orders(self.market)

    @cached_property
    def adjusted(self) -> bytes:
        """The row of orders with the ladder price."""
        return pack_orders(self.result.second.market)

    @cached_property
    def allocations(self) -> bytes:
        """The row of Owen values [gCO2e]."""
        return pack_shares([int(share) for share in self.result.allocation.shares])

    @property
    def adders(self) -> tuple[int, ...]:
        """What the ladder adds to each quote, or takes from a bid, in the end [ticks]."""
        pairs = zip(self.market.orders, self.result.second.market.orders, strict=True)
        return tuple(abs(after.price - before.price) for before, after in pairs)

    @property
    def legs(self) -> tuple[int, ...]:
        """What each order gets, ladder included [point-wei]."""
        return tuple(map(sum, zip(self.settlement.energy, self.settlement.ladder, strict=True)))


@dataclass(frozen=True, kw_only=True)
class AuctionPlan:
    """All auction hours of a market day."""

    case: AuctionCase
    hours: tuple[AuctionHour, ...]
    utc_offset_hours: int
    """Of the market days."""

    @property
    def units(self) -> tuple[CaseOrder, ...]:
        """Who bids; each has one order an hour, at the same place in the list."""
        return self.case.orders

    @cached_property
    def bounds(self) -> tuple[Order, ...]:
        """Each unit with the largest bounds of its orders [W], at least 1."""
        by_unit = zip(*(hour.market.orders for hour in self.hours), strict=True)
        return tuple(
            replace(orders[0], lower=max(o.lower for o in orders), upper=max(1, *(o.upper for o in orders)))
            for orders in by_unit
        )

    @property
    def month(self) -> int:
        """The month of delivery, counted from January of the year 0."""
        date = date_of_day(MarketCalendar(self.utc_offset_hours).day_of_hour(self.hours[0].hour))
        return date.year * 12 + date.month - 1

    @property
    def network(self) -> bytes:
        """The network of all hours."""
        return pack_network(self.hours[0].market.network)

    @property
    def deposits(self) -> tuple[int, ...]:
        """The most that each unit can be asked to pay for the day [point-wei]."""
        return tuple(map(sum, zip(*(hour.locked for hour in self.hours), strict=True)))


def plan_auction(
    case: AuctionCase, hours: Sequence[int], *, utc_offset_hours: int, rule: LadderRule, limits: PriceLimits
) -> AuctionPlan:
    """Run every auction hour of a market day.

    Args:
        case: orders and network.
        hours: unix hours of the day, local midnight first.
        utc_offset_hours: of the market days.
        rule: of the ladder price.
        limits: of the prices paid.

    Raises:
        InputError: the case does not fit the chain's resolution, or an hour cannot be cleared.
        LawViolation: a clearing cannot be proven.
    """
    return AuctionPlan(
        case=case,
        utc_offset_hours=utc_offset_hours,
        hours=tuple(_hour(case.market(i), hour, rule=rule, limits=limits) for i, hour in enumerate(hours)),
    )


def _hour(market: Market, hour: int, *, rule: LadderRule, limits: PriceLimits) -> AuctionHour:
    result = run_auction(market, rule=rule, ceiling=limits.ceiling)
    coalitions = coalitions_of(regions_of(market))
    power = clear_coalitions(result.first, coalitions.members)
    return AuctionHour(
        hour=hour,
        result=result,
        table_hash=coalition_table(result.first, coalitions, power=power).hash,
        settlement=settle_awards(market, result.second, limits=limits),
        locked=locked(market.orders, limits=limits, tick=market.resolution.tick),
    )


def order_key(name: str) -> Key:
    """The key that places a unit's orders, and that of the poster, on local chains."""
    return local_key(f"auction: {name}")


def deposits(plan: AuctionPlan, *, bond: int) -> dict[str, int]:
    """Name of a unit or of the poster -> what orders and tables can cost it at most, in whole points [point-wei].

    Args:
        plan: the auction.
        bond: of the poster for an hour's table [point-wei].
    """
    names = [unit.name for unit in plan.units]
    wanted = dict(zip(names, plan.deposits, strict=True)) | {POSTER: bond * len(plan.hours)}
    return {name: -(-most // POINT) * POINT for name, most in wanted.items() if most}
