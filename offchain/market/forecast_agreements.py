"""Bilateral agreements that members would make on the day before, from a forecast of their hourly energy.

Every generator offers part of its forecast in windows of whole hours with a flat amount: the least of the window's
hours. So photovoltaics offers sunlight hours only. Of the consumers that it asks, those who need most buy first; the
price is halfway between the seller's ask and the buyer's bid. Nobody agrees to more than its forecast or its nameplate.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from offchain.errors import InputError
from offchain.market.offers import Offer, Side
from offchain.market.records import Agreement, Tariffs
from offchain.market.validation import tariff_problems
from offchain.members.sheet_words import energy_problems
from offchain.units import PRICE_TICK


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A member's hourly energy of a market day, 24 values [Wh], and the power of its connection [W]."""

    member: int
    wh: tuple[int, ...]
    nameplate_w: int


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How members trade; shares in percent of the forecast."""

    sold_percent: int = 90
    bought_percent: int = 90
    windows_per_seller: int = 3
    buyers_asked: int = 12
    """Drawn anew for every window."""
    buyers_per_window: int = 3
    shortest_window: int = 3
    """[h]"""
    longest_window: int = 8
    """[h]"""
    smallest_wh: int = 1000
    """Nobody signs for less than this per hour [Wh]."""
    margin_percent: int = 40
    """Asks lie this far above the lowest price, bids this far below the highest, in percent of the range."""


@dataclass(frozen=True)
class _Window:
    first: int
    hours: int
    wh: int


def _windows(available: Sequence[int], rng: np.random.Generator, *, habits: Habits) -> list[_Window]:
    """Cut an offer [24 x Wh] at drawn hours and keep its most energetic windows, in order of time."""
    windows = []
    first = 0
    while first < len(available):
        length = int(rng.integers(habits.shortest_window, habits.longest_window, endpoint=True))
        hours = available[first : first + length]
        usable = next((i for i, wh in enumerate(hours) if wh < habits.smallest_wh), len(hours))
        if usable >= habits.shortest_window:
            windows.append(_Window(first, usable, min(hours[:usable])))
        first += max(usable, 1)
    windows.sort(key=lambda window: (-window.wh * window.hours, window.first))
    return sorted(windows[: habits.windows_per_seller], key=lambda window: window.first)


def _purchases(
    window: _Window, needs: dict[int, list[int]], *, asked: Sequence[int], habits: Habits
) -> Iterator[tuple[int, int]]:
    """Buyers with the Wh per hour that each takes of a window; `needs` shrinks accordingly.

    Of those asked, who can take most comes first; at equal amounts who was asked first.
    """
    hours = slice(window.first, window.first + window.hours)
    ranked = sorted(asked, key=lambda member: -min(window.wh, *needs[member][hours]))
    left = window.wh
    for buyer in ranked[: habits.buyers_per_window]:
        wh = min(left, *needs[buyer][hours])
        if wh < habits.smallest_wh:
            return
        needs[buyer][hours] = [need - wh for need in needs[buyer][hours]]
        left -= wh
        yield buyer, wh


def _prices(
    sellers: Sequence[Forecast], buyers: Sequence[Forecast], rng: np.random.Generator, *, tariffs: Tariffs, percent: int
) -> tuple[dict[int, int], dict[int, int]]:
    """Asks of the sellers and bids of the buyers, in ticks."""
    lowest, highest = tariffs.feed_in // PRICE_TICK, tariffs.highest_price // PRICE_TICK
    spread = (highest - lowest) * percent // 100
    asks = {s.member: lowest + int(rng.integers(0, spread, endpoint=True)) for s in sellers}
    bids = {b.member: highest - int(rng.integers(0, spread, endpoint=True)) for b in buyers}
    return asks, bids


def _usable(forecast: Forecast, percent: int) -> list[int]:
    return [min(wh * percent // 100, forecast.nameplate_w) for wh in forecast.wh]


def _check(sellers: Sequence[Forecast], buyers: Sequence[Forecast], tariffs: Tariffs) -> None:
    problems = tariff_problems(tariffs)
    for forecast in (*sellers, *buyers):
        problems += [f"forecast of member {forecast.member}: {text}" for text in energy_problems(forecast.wh)]
    for side in (sellers, buyers):
        if len({forecast.member for forecast in side}) < len(side):
            problems.append("a member has two forecasts for one side of the market")
    if problems:
        raise InputError("agreements: " + "; ".join(problems))


def make_agreements(
    sellers: Sequence[Forecast],
    buyers: Sequence[Forecast],
    *,
    first_hour: int,
    tariffs: Tariffs,
    rng: np.random.Generator,
    habits: Habits | None = None,
) -> tuple[Agreement, ...]:
    """Agreements for the market day that begins at a unix hour, numbered from 1 by seller, window and buyer.

    The same forecasts and a generator in the same state give the same agreements, in whatever order members come.

    Raises:
        InputError: a forecast has not 24 hours of uint32 Wh or comes twice, or the tariffs leave no room for a price.

    """
    _check(sellers, buyers, tariffs)
    habits = habits or Habits()
    sellers = sorted(sellers, key=lambda forecast: forecast.member)
    buyers = sorted(buyers, key=lambda forecast: forecast.member)
    asks, bids = _prices(sellers, buyers, rng, tariffs=tariffs, percent=habits.margin_percent)
    needs = {forecast.member: _usable(forecast, habits.bought_percent) for forecast in buyers}
    members = np.array([forecast.member for forecast in buyers], dtype=np.int64)
    deals = []
    for seller in rng.permutation(len(sellers)):
        forecast = sellers[seller]
        for window in _windows(_usable(forecast, habits.sold_percent), rng, habits=habits):
            asked = rng.permutation(members[members != forecast.member])[: habits.buyers_asked].tolist()
            for buyer, wh in _purchases(window, needs, asked=asked, habits=habits):
                deals.append((forecast.member, window.first, buyer, window.hours, wh))
    return tuple(
        Agreement(
            id=number,
            seller=seller,
            buyer=buyer,
            wh_per_hour=wh,
            first_hour=first_hour + first,
            hours=hours,
            price=(asks[seller] + bids[buyer]) // 2 * PRICE_TICK,
        )
        for number, (seller, first, buyer, hours, wh) in enumerate(sorted(deals), start=1)
    )


def offers_of(agreements: Sequence[Agreement], *, expiry: int) -> tuple[tuple[Offer, Offer], ...]:
    """The sale and the purchase that make each agreement, for each other only, until a block time [s].

    A member's nonces count from 0 in the order of the agreements.
    """
    nonces: Counter[int] = Counter()
    pairs = []
    for agreement in agreements:
        sale, purchase = (
            Offer(
                member=member,
                nonce=nonces[member],
                side=side,
                counterparty=other,
                wh_per_hour=agreement.wh_per_hour,
                first_hour=agreement.first_hour,
                hours=agreement.hours,
                price=agreement.price,
                bundled=agreement.bundled,
                partial=False,
                expiry=expiry,
            )
            for member, other, side in (
                (agreement.seller, agreement.buyer, Side.SELL),
                (agreement.buyer, agreement.seller, Side.BUY),
            )
        )
        nonces.update((agreement.seller, agreement.buyer))
        pairs.append((sale, purchase))
    return tuple(pairs)
