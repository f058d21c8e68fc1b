"""Which offers of a book meet, at what price: deterministic, best price first, then first come."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from offchain.market.offers import ANYBODY, Offer, Side
from offchain.units import PRICE_TICK


@dataclass(frozen=True, kw_only=True)
class StandingOffer:
    """An offer in a book: its place in the queue and what is left of it."""

    place: int
    """Earlier comes first at equal prices."""
    offer: Offer
    left_wh: int
    """Not yet matched [Wh/h]."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """A seller's and a buyer's offer that meet: anybody registers the two as an agreement."""

    sell: StandingOffer
    buy: StandingOffer
    wh_per_hour: int
    price: int
    """Halfway between the limits, rounded down to the tick [point-wei/kWh]."""


def match_offers(standing: Sequence[StandingOffer]) -> tuple[Match, ...]:
    """Match offers for the same window and kind of certificate: best price first, then first come.

    Buyers are served from the highest limit down, each from the cheapest seller up. Nobody trades with itself or with
    another counterparty than it names; an offer that may not be taken in parts is matched whole with one other.
    Registered in this order, the matches have the same amounts on chain. The order of `standing` is irrelevant.
    """
    left = {entry.place: entry.left_wh for entry in standing}
    sells = _queues(standing, Side.SELL)
    matches = []
    for market, buyers in sorted(_queues(standing, Side.BUY).items()):
        sellers, first = sells.get(market, []), 0
        for buy in buyers:
            while first < len(sellers) and left[sellers[first].place] == 0:
                first += 1
            for sell in sellers[first:]:
                if left[buy.place] == 0 or sell.offer.price > buy.offer.price:
                    break
                wh = _amount(sell, buy, left)
                if wh:
                    left[sell.place] -= wh
                    left[buy.place] -= wh
                    matches.append(Match(sell=sell, buy=buy, wh_per_hour=wh, price=_halfway(sell, buy)))
    return tuple(matches)


def _queues(standing: Sequence[StandingOffer], side: Side) -> dict[tuple[int, int, bool], list[StandingOffer]]:
    """One side's offers by window and kind of certificate, best first."""
    sign = 1 if side is Side.SELL else -1
    queues: dict[tuple[int, int, bool], list[StandingOffer]] = {}
    for entry in sorted(standing, key=lambda entry: (sign * entry.offer.price, entry.place)):
        offer = entry.offer
        if offer.side is side:
            queues.setdefault((offer.first_hour, offer.hours, offer.bundled), []).append(entry)
    return queues


def _amount(sell: StandingOffer, buy: StandingOffer, left: dict[int, int]) -> int:
    """What two offers can trade with each other [Wh/h]."""
    wh = min(left[sell.place], left[buy.place])
    whole = all(entry.offer.partial or wh == entry.offer.wh_per_hour for entry in (sell, buy))
    allowed = all(a.counterparty in (ANYBODY, b.member) for a, b in permutations((sell.offer, buy.offer)))
    return wh if whole and allowed and sell.offer.member != buy.offer.member else 0


def _halfway(sell: StandingOffer, buy: StandingOffer) -> int:
    return (sell.offer.price + buy.offer.price) // (2 * PRICE_TICK) * PRICE_TICK
