"""What awards cost: energy at the nodal prices of the second clearing, the ladder, and the rent of congested lines.

A leg is in point-wei, positive for who receives it. Loads, generators, the grid company's rent and the ladder account
sum to zero. Prices and roundings are those of docs/AUCTION.md, 'Prices paid'.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from offchain.auction.clearing import Clearing
from offchain.auction.optimality import nodal_prices
from offchain.auction.orders import FACTOR_SCALE, MAX_PRICE, Market, Order

WH_PER_KWH = 1000


@dataclass(frozen=True, kw_only=True)
class PriceLimits:
    """Lowest and highest price that a market pays [ticks]; floor <= 0 <= ceiling."""

    floor: int = -MAX_PRICE - 1
    ceiling: int = MAX_PRICE


NO_LIMITS = PriceLimits()


@dataclass(frozen=True, kw_only=True)
class AwardSettlement:
    """Legs of an hour [point-wei]."""

    prices: tuple[int, ...]
    """Paid per order [ticks]."""
    energy: tuple[int, ...]
    """Per order."""
    ladder: tuple[int, ...]
    """Per order, never positive."""
    rent: int
    """Of the grid company."""
    ladder_account: int
    """Returned at month's end pro rata to energy."""


def prices_paid(clearing: Clearing, *, limits: PriceLimits = NO_LIMITS) -> tuple[int, ...]:
    """Price of each order's award [ticks]."""
    certificate, market = clearing.certificate, clearing.market
    tick = market.resolution.tick
    if not clearing.congested:
        uniform = (certificate.mu + tick // 2) // tick
        nodal = [(uniform, uniform)] * market.network.nodes
    else:
        nodal = [
            (price // (tick * FACTOR_SCALE), -(-price // (tick * FACTOR_SCALE)))
            for price in nodal_prices(market, mu=certificate.mu, nu=certificate.nu)
        ]
    return tuple(
        _price(order, power, down=nodal[order.node][0], up=nodal[order.node][1], limits=limits)
        for order, power in zip(market.orders, clearing.dispatch, strict=True)
    )


def _price(order: Order, power: int, *, down: int, up: int, limits: PriceLimits) -> int:
    """Price a load at the nodal price rounded up, a generator down; above its minimum no worse than its quote."""
    price = up if order.is_load else down
    if power > order.lower:
        price = min(price, order.price) if order.is_load else max(price, order.price)
    return min(max(price, limits.floor), limits.ceiling)


def settle_awards(market: Market, clearing: Clearing, *, limits: PriceLimits = NO_LIMITS) -> AwardSettlement:
    """Settle the second clearing of a market whose orders had these quotes before the ladder."""
    tick = market.resolution.tick
    prices = prices_paid(clearing, limits=limits)
    energy = [
        amount(price * tick, -power if order.is_load else power)
        for order, price, power in zip(market.orders, prices, clearing.dispatch, strict=True)
    ]
    ladder = [
        -amount(abs(after.price - before.price) * tick, power)
        for before, after, power in zip(market.orders, clearing.market.orders, clearing.dispatch, strict=True)
    ]
    return AwardSettlement(
        prices=prices,
        energy=tuple(energy),
        ladder=tuple(ladder),
        rent=-sum(energy),
        ladder_account=-sum(ladder),
    )


def amount(price: int, watt_hours: int) -> int:
    """Whole point-wei of energy at a price [point-wei/kWh]; ticks are multiples of 1,000, so nothing is rounded."""
    return price * watt_hours // WH_PER_KWH


def locked(orders: Sequence[Order], *, limits: PriceLimits, tick: int) -> tuple[int, ...]:
    """The most that each order can be asked to pay, ladder included [point-wei]."""
    amounts = []
    for order in orders:
        if order.is_load:
            bid = max(order.price, 0)
            most = max(bid * order.upper, (limits.ceiling + bid) * order.lower)
        else:
            must_pay = (limits.ceiling - order.price - limits.floor) * order.lower
            most = max(max(-order.price, 0) * order.upper, must_pay)
        amounts.append(amount(most, tick))
    return tuple(amounts)
