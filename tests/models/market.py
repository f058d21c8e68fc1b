"""The market as the paper writes it, hour by hour: written apart from the contracts and their twin off chain.

Energy in Wh, prices in ticks of 1e14 point-wei/kWh, money in Wh x ticks, which is 1e11 point-wei, until the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final, NamedTuple

WEI: Final = 10**11  # of a Wh at a price of one tick
WAD: Final = 10**18
KAPPA: Final = 2
FIRST_WEIGHT: Final = WAD // 2

Hours = Sequence[int]


class Tariffs(NamedTuple):
    """Ticks."""

    feed_in: int
    purchase: int
    grid_fee: int


class Deal(NamedTuple):
    """An agreement within one day: energy per hour [Wh], window in hours of the day, price in ticks."""

    seller: int
    buyer: int
    wh: int
    first: int
    count: int
    ticks: int
    related: bool

    @property
    def window(self) -> range:
        return range(self.first, self.first + self.count)

    @property
    def energy(self) -> int:
        return self.wh * self.count

    def losses(self, tariffs: Tariffs) -> tuple[int, int]:
        """What a missing Wh costs the other party: the seller's, the buyer's."""
        return tariffs.purchase - self.ticks - tariffs.grid_fee, self.ticks - tariffs.feed_in

    def margins(self, tariffs: Tariffs) -> tuple[int, int]:
        """Reserved of seller and buyer [point-wei]."""
        seller, buyer = self.losses(tariffs)
        return self.energy * (1 + KAPPA) * seller * WEI, self.energy * max(tariffs.purchase, (1 + KAPPA) * buyer) * WEI


@dataclass(frozen=True)
class Party:
    """How a party kept an agreement."""

    performed: int  # agreed in hours without a shortfall [Wh]
    short: int  # [Wh]
    alone: int  # short in hours in which the other party kept its word [Wh]
    squares: int  # [Wh^2]


@dataclass(frozen=True)
class Outcome:
    """What an agreement came to."""

    received: int  # by the seller for energy [point-wei]
    paid: int  # by the buyer for energy [point-wei]
    seller: Party
    buyer: Party

    def compensations(self, deal: Deal, tariffs: Tariffs) -> tuple[int, int]:
        """What seller and buyer owe each other [point-wei]."""
        seller, buyer = deal.losses(tariffs)
        return self.seller.alone * seller * WEI, self.buyer.alone * buyer * WEI

    def penalties(self, deal: Deal, tariffs: Tariffs, weights: tuple[int, int]) -> tuple[int, int]:
        """What seller and buyer pay to others, at their weights of the day's opening [point-wei]."""
        seller, buyer = (
            ceil(Fraction(loss * WEI * KAPPA * max(weight, WAD // 2) * party.squares, WAD * deal.wh))
            for loss, weight, party in zip(deal.losses(tariffs), weights, (self.seller, self.buyer), strict=True)
        )
        return seller, buyer

    def legs(self, deal: Deal, tariffs: Tariffs) -> tuple[int, int]:
        """Energy and compensation of seller and buyer [point-wei]."""
        by_seller, by_buyer = self.compensations(deal, tariffs)
        return self.received - by_seller + by_buyer, -self.paid + by_seller - by_buyer


def paper(delivered: int, taken: int, price: int, *, feed_in: int, purchase: int, fee: int) -> tuple[int, int, int]:
    """Xiong et al. 2023, Eqs. (26)-(31), corrected: V_f, V_y, V_g in Wh x ticks, case by case as the paper has them."""
    if delivered >= taken:
        seller = taken * price + (delivered - taken) * feed_in  # Eq. (26), with a plus
        buyer = taken * (price + fee)  # Eq. (27)
        grid = taken * fee - (delivered - taken) * feed_in  # Eq. (28)
    else:
        seller = delivered * price  # Eq. (29)
        buyer = delivered * (price + fee) + (taken - delivered) * purchase  # Eq. (30)
        grid = delivered * fee + (taken - delivered) * purchase  # Eq. (31)
    return seller, buyer, grid


def contracted(deals: Sequence[Deal], member: int, hour: int, *, selling: bool) -> int:
    """What a member sold, or bought, in an hour [Wh]."""
    return sum(d.wh for d in deals if (d.seller if selling else d.buyer) == member and hour in d.window)


def outcome(deal: Deal, deals: Sequence[Deal], exports: Hours, imports: Hours, tariffs: Tariffs) -> Outcome:
    """Settle an agreement among all deals of its day, on its seller's exports and its buyer's imports."""
    units = []
    for hour in deal.window:
        sold = contracted(deals, deal.seller, hour, selling=True)
        bought = contracted(deals, deal.buyer, hour, selling=False)
        units.append((min(deal.wh, exports[hour] * deal.wh // sold), min(deal.wh, imports[hour] * deal.wh // bought)))
    legs = [
        paper(*unit, deal.ticks, feed_in=tariffs.feed_in, purchase=tariffs.purchase, fee=tariffs.grid_fee)
        for unit in units
    ]
    missing = [(deal.wh - delivered, deal.wh - taken) for delivered, taken in units]
    return Outcome(
        received=sum(leg[0] for leg in legs) * WEI,
        paid=sum(leg[1] for leg in legs) * WEI,
        seller=_party(deal.wh, [(own, other) for own, other in missing]),
        buyer=_party(deal.wh, [(own, other) for other, own in missing]),
    )


def _party(wh: int, missing: Sequence[tuple[int, int]]) -> Party:
    """A party's own shortfalls beside the other one's, hour by hour [Wh]."""
    return Party(
        performed=sum(wh for own, _ in missing if own == 0),
        short=sum(own for own, _ in missing),
        alone=sum(own for own, other in missing if other == 0),
        squares=sum(own * own for own, _ in missing),
    )


def residual(member: int, deals: Sequence[Deal], exports: Hours, imports: Hours, tariffs: Tariffs) -> int:
    """What a member gets for its energy of a day outside agreements [point-wei]."""
    leg = 0
    for hour in range(24):
        leg += max(0, exports[hour] - contracted(deals, member, hour, selling=True)) * tariffs.feed_in
        leg -= max(0, imports[hour] - contracted(deals, member, hour, selling=False)) * tariffs.purchase
    return leg * WEI


def weight_after(weight: int, deeds: Sequence[tuple[Deal, Party]], market: int) -> int:
    """A member's weight after a day from the one at its opening [wad]; `market` is all that counts that day [Wh]."""
    counted = [(deal, party) for deal, party in deeds if not deal.related]
    performed = sum(party.performed for _, party in counted)
    short = sum(party.short for _, party in counted)
    gain = Fraction((WAD - weight) * performed, market).__floor__() if performed else 0
    loss = ceil(Fraction(weight * short, sum(deal.energy for deal, _ in counted))) if short else 0
    return weight + gain - loss
