"""Offers to sell or to buy energy, as members sign them (EIP-712), and what must hold before one enters a book."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from offchain.market.records import Tariffs
from offchain.market_time import HOURS_PER_DAY, SECONDS_PER_HOUR, MarketCalendar
from offchain.members.records import UINT32_MAX
from offchain.units import PRICE_TICK

GATE_CLOSURE_HOURS = 13
"""The gate of a day closes this long before the day begins [h]: at 11:00 of the day before."""
LARGEST_NONCE = 2**24 - 1
ANYBODY = 0
"""As counterparty."""


class Side(StrEnum):
    """Who makes an offer: one who will deliver, or one who will take."""

    SELL = "sell"
    BUY = "buy"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An amount in each hour of a window of whole hours, at a price not worse than the limit."""

    member: int
    nonce: int
    """Used up when the offer is filled or cancelled."""
    side: Side
    counterparty: int = ANYBODY
    """The only member that may take it."""
    wh_per_hour: int
    first_hour: int
    """Unix hour in which the window begins."""
    hours: int
    price: int
    """The least that a seller asks, the most that a buyer pays [point-wei/kWh]."""
    bundled: bool
    """The energy comes with its certificates."""
    partial: bool
    """May be taken in parts; else whole or not at all."""
    expiry: int
    """Last time at which it can be filled [s]."""

    @property
    def window(self) -> range:
        """The unix hours of delivery."""
        return range(self.first_hour, self.first_hour + self.hours)

    @property
    def message(self) -> Mapping[str, int | bool]:
        """What `OFFER_TYPES` signs of it."""
        return {
            "member": self.member,
            "selling": self.side is Side.SELL,
            "counterparty": self.counterparty,
            "whPerHour": self.wh_per_hour,
            "firstHour": self.first_hour,
            "hourCount": self.hours,
            "price": self.price,
            "bundled": self.bundled,
            "partialFill": self.partial,
            "expiry": self.expiry,
            "nonce": self.nonce,
        }

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"offer {self.nonce} of member {self.member}"


def offer_problems(offer: Offer, *, calendar: MarketCalendar, tariffs: Tariffs) -> list[str]:
    """List what an offer lacks: an amount, a window within one market day, a price in its bounds."""
    problems = []
    if not 1 <= offer.member <= UINT32_MAX:
        problems.append(f"member is not within 1 to {UINT32_MAX}")
    if not 0 <= offer.nonce <= LARGEST_NONCE:
        problems.append(f"nonce is not within 0 to {LARGEST_NONCE}")
    if not 0 <= offer.counterparty <= UINT32_MAX or offer.counterparty == offer.member:
        problems.append(f"counterparty {offer.counterparty} is not another member, or {ANYBODY} for anybody")
    if not 0 <= offer.expiry < 2**64:
        problems.append(f"expiry {offer.expiry} is not within 0 to 2^64 - 1")
    if not 1 <= offer.wh_per_hour <= UINT32_MAX:
        problems.append(f"{offer.wh_per_hour} Wh per hour is not within 1 to {UINT32_MAX}")
    left = HOURS_PER_DAY - calendar.hour_of_day(offer.first_hour)
    if not 1 <= offer.hours <= left:
        problems.append(f"{offer.hours} hours from hour {offer.first_hour} are not within 1 to {left} of its day")
    if not tariffs.feed_in <= offer.price <= tariffs.highest_price:
        problems.append(f"price {offer.price} is not within {tariffs.feed_in} to {tariffs.highest_price}")
    if offer.price % PRICE_TICK:
        problems.append(f"price {offer.price} is not a multiple of {PRICE_TICK}")
    return [f"{offer.name}: {problem}" for problem in problems]


def gate_closure(offer: Offer, calendar: MarketCalendar) -> int:
    """The block time [s] from which no agreement for the offer's day is registered."""
    return calendar.start(calendar.day_of_hour(offer.first_hour)) - GATE_CLOSURE_HOURS * SECONDS_PER_HOUR
