"""Agreements as the market announces them: one word each, whose layout is in contracts/market/types/Agreements.sol."""

from collections.abc import Mapping

from offchain.index.records import Plain
from offchain.market.records import Agreement
from offchain.market_time import MarketCalendar
from offchain.units import PRICE_TICK


def day_of(agreement: int) -> int:
    """The market day of an agreement, by its id."""
    return agreement >> 32


def agreement_of(values: Mapping[str, Plain], *, utc_offset_hours: int) -> Agreement:
    """The agreement that the values of an event AgreementRegistered describe."""
    word = values["agreement"]
    midnight = MarketCalendar(utc_offset_hours).first_hour(day_of(values["id"]))
    return Agreement(
        id=values["id"],
        seller=values["seller"],
        buyer=values["buyer"],
        wh_per_hour=word >> 64 & 0xFFFFFFFF,
        price=(word >> 96 & 0xFFFFFF) * PRICE_TICK,
        first_hour=midnight + (word >> 120 & 0xFF),
        hours=word >> 128 & 0xFF,
        bundled=bool(word >> 136 & 0xFF),
        related=bool(word >> 144 & 0xFF),
    )
