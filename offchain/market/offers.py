"""Offers to sell or to buy energy, as their makers sign them, and what must hold before one enters a book."""

from dataclasses import dataclass
from enum import StrEnum

from offchain.market.records import PRICE_TICK, UINT32_MAX, Tariffs
from offchain.market_time import HOURS_PER_DAY, MarketCalendar


class Side(StrEnum):
    """Who makes an offer: one who will deliver, or one who will take."""

    SELL = "sell"
    BUY = "buy"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An amount in each hour of a window of whole hours, at a price not worse than the limit."""

    member: int
    nonce: int
    """Tells a member's offers apart; what is cancelled on chain is a nonce, or all below one."""
    side: Side
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
    """Last time at which an agreement on it can be registered [s]."""

    @property
    def window(self) -> range:
        """The unix hours of delivery."""
        return range(self.first_hour, self.first_hour + self.hours)

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"offer {self.nonce} of member {self.member}"


def offer_problems(offer: Offer, *, calendar: MarketCalendar, tariffs: Tariffs) -> list[str]:
    """List what an offer lacks: an amount, a window within one market day, a price in its bounds."""
    problems = []
    if not 1 <= offer.member <= UINT32_MAX:
        problems.append(f"member is not within 1 to {UINT32_MAX}")
    if not 0 <= offer.nonce <= UINT32_MAX:
        problems.append(f"nonce is not within 0 to {UINT32_MAX}")
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
